"""Everything is read once, in parts; a reading that breaks off goes on where it was; later only changes are read."""

from datetime import timedelta

import pytest

from integrations.db.database import Database
from integrations.vendors.connector import Read
from integrations.vendors.copy import Changed, Copy, Sync
from integrations.vendors.errors import Gone, Rejected, VendorError
from integrations.vendors.syncing import Syncing
from tests.integration.vendors.conftest import Watch
from tests.integration.vendors.fake import Acme, account, deal


async def test_all_parts_of_all_keys_in_their_order_and_then_what_changed(database: Database, vendor: Acme, watch: Watch) -> None:
    vendor.keys = ("accounts", "deals")
    vendor.parts = {"accounts": [Read([account()])], "deals": [Read([deal("1"), deal("2")]), Read([deal("3")])]}
    seen: list[tuple[str, int, int | None]] = []
    heard: list[Changed] = []

    copy = Copy(database, lambda _connection, _vendor, changed, _at: heard.extend(changed))
    syncing = Syncing(copy, vendor, watch, lambda _, key, read, of: seen.append((key, read, of)))
    assert await syncing.run() == 4
    assert vendor.asked == ["accounts 0", "deals 0", "deals 1"]
    assert seen == [("accounts", 1, 10), ("deals", 2, 10), ("deals", 3, 10)]
    assert heard == [], "what is read for the first time is no news"
    vendor.asked.clear()
    watch.at += timedelta(hours=2)
    vendor.later["deals"] = Read([deal("2", version=2, stage="won"), deal("3")])
    assert await syncing.run() == 2
    assert vendor.asked == ["accounts 0 since 09:55", "deals 0 since 09:55"]
    assert [(one.told.external_id, (one.before or {})["stage"]) for one in heard] == [("2", "proposal")]
    assert await syncing.run(everything=True) == 4


async def test_one_that_broke_off_goes_on_where_it_was(copy: Copy, vendor: Acme, watch: Watch) -> None:
    vendor.keys = ("deals",)
    vendor.parts = {"deals": [Read([account(), deal("1")]), Read([deal("2")]), Read([deal("3")])]}
    vendor.breaks_at = ("deals", 2)
    with pytest.raises(VendorError):
        await Syncing(copy, vendor, watch).run()
    sync = await copy.sync("acme", "deals")
    assert sync is not None
    assert (sync.cursor, sync.done_at, sync.read) == ("2", None, 3)
    vendor.asked.clear()
    assert await Syncing(copy, vendor, watch).run() == 1
    assert vendor.asked == ["deals 2"]


async def test_everything_is_everything_also_after_a_reading_of_changes_that_broke_off(copy: Copy, vendor: Acme, watch: Watch) -> None:
    vendor.keys = ("deals",)
    vendor.parts = {"deals": [Read([account(), deal("1")]), Read([deal("2")])]}
    await copy.take("acme", Read(), watch(), sync=("deals", Sync("1", watch(), watch(), None, 7)))
    assert await Syncing(copy, vendor, watch).run(everything=True) == 3
    assert vendor.asked == ["deals 0", "deals 1"]


@pytest.mark.parametrize("error", [Rejected("acme", "the cursor has expired"), Gone("acme", "no such cursor"), ValueError("of another kind")])
async def test_a_place_that_the_vendor_knows_no_more_is_no_end_of_syncing(copy: Copy, vendor: Acme, watch: Watch, error: Exception) -> None:
    vendor.keys = ("deals",)
    vendor.parts = {"deals": [Read([account(), deal("1")]), Read([deal("2")])]}
    vendor.breaks_at = ("deals", 1)
    with pytest.raises(VendorError):
        await Syncing(copy, vendor, watch).run()
    began = watch()
    watch.at += timedelta(days=3)
    vendor.breaks_at, vendor.breaks_with = ("deals", 1), error
    vendor.asked.clear()
    assert await Syncing(copy, vendor, watch).run() == 3
    assert vendor.asked == ["deals 1", "deals 0", "deals 1"]
    sync = await copy.sync("acme", "deals")
    assert sync is not None
    assert (sync.began_at, sync.done_at) == (began, watch()), "what changed since it began is still to be read"


async def test_what_is_refused_from_the_beginning_is_told(copy: Copy, vendor: Acme, watch: Watch) -> None:
    vendor.keys = ("deals",)
    vendor.breaks_at, vendor.breaks_with = ("deals", 0), Rejected("acme", "no such field")
    with pytest.raises(Rejected, match="no such field"):
        await Syncing(copy, vendor, watch).run()
    assert vendor.asked == ["deals 0"]


async def test_a_sandbox_clock_that_is_ahead_skips_no_changes(copy: Copy, vendor: Acme, watch: Watch) -> None:
    """Vendors date their changes by the real time, whatever day it is in the sandbox."""
    vendor.keys = ("deals",)
    real = Watch(watch.at)
    watch.at += timedelta(days=3)
    for _ in range(2):
        await Syncing(copy, vendor, watch, wall=real).run()
    assert vendor.asked == ["deals 0", "deals 0 since 09:55"]
    sync = await copy.sync("acme", "deals")
    assert sync is not None
    assert (sync.began_at, sync.done_at) == (real.at, watch.at)
