"""What changes at a vendor that does not tell us itself comes into the inbox, whoever comes upon it first, and with the copy or not at all."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import Connection

from integrations.db.database import Database
from integrations.db.store import SqlStore
from integrations.vendors.connector import Read, own_id
from integrations.vendors.copy import Changed, Copy
from integrations.vendors.following import Following
from integrations.vendors.freshness import allowed_age
from integrations.vendors.news import News
from integrations.vendors.syncing import Syncing
from tests.integration.vendors.conftest import Watch
from tests.integration.vendors.fake import Acme, account, deal

DEAL = own_id("acme", "deals", "7")


async def told(database: Database, watch: Watch) -> list[tuple[str, str]]:
    return [(run.event.type, run.event.subject_id) for run in await SqlStore(database).due_runs(watch())]


async def synced(copy: Copy, vendor: Acme, watch: Watch) -> None:
    vendor.keys = ("accounts", "deals")
    vendor.parts = {"accounts": [Read([account()])], "deals": [Read([deal("7"), deal("8")])]}
    await Syncing(copy, vendor, watch).run()
    watch.at += allowed_age("deals") * 2


async def test_what_a_decision_comes_upon_is_news_too_and_once(database: Database, vendor: Acme, watch: Watch) -> None:
    copy = Copy(database, News(["acme"]))
    await synced(copy, vendor, watch)
    assert await told(database, watch) == [], "what is read for the first time is no news"
    vendor.objects["deals", "7"] = vendor.later["deals"] = Read([deal("7", version=2, stage="won")])
    await Following(copy, [vendor], watch).one("deal", DEAL)
    await Syncing(copy, vendor, watch).run()
    await Syncing(copy, vendor, watch).run(everything=True)
    assert await told(database, watch) == [("deal.stage_changed", "7")]


async def test_before_everything_was_read_nothing_is_news(database: Database, vendor: Acme, watch: Watch) -> None:
    vendor.objects["deals", "7"] = Read([deal("7")])
    await Following(Copy(database, News(["acme"])), [vendor], watch).named("acme", "deal", "7")
    assert await told(database, watch) == []


async def test_a_vendor_that_tells_us_itself_is_not_repeated(database: Database, vendor: Acme, watch: Watch) -> None:
    copy = Copy(database, News(["other"]))
    await synced(copy, vendor, watch)
    vendor.later["deals"] = Read([deal("7", version=2, stage="won")])
    await Syncing(copy, vendor, watch).run()
    assert await told(database, watch) == []


async def test_what_could_not_be_told_is_not_taken_in_and_is_found_again(database: Database, vendor: Acme, watch: Watch) -> None:
    def dies(_connection: Connection, _vendor: str, _changed: Sequence[Changed], _at: datetime) -> None:
        raise OSError("the disk is full")

    await synced(Copy(database), vendor, watch)
    vendor.later["deals"] = Read([deal("7", version=2, stage="won")])
    with pytest.raises(OSError, match="disk"):
        await Syncing(Copy(database, dies), vendor, watch).run()
    await Syncing(Copy(database, News(["acme"])), vendor, watch).run()
    assert await told(database, watch) == [("deal.stage_changed", "7")]
