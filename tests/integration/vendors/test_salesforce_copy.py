"""A Salesforce and our copy of it: read as a whole, brought up to date, and what decisions ask for by its id."""

from collections.abc import AsyncIterator

import pytest

from integrations.db.database import Database
from integrations.sandbox import records
from integrations.sandbox.doubles.salesforce.filling import fill
from integrations.sandbox.seed import seed_items
from integrations.vendors.copy import Copy
from integrations.vendors.following import Following
from integrations.vendors.known import CopyKnown
from integrations.vendors.syncing import Syncing
from tests.integration.vendors.conftest import Watch
from tests.integration.vendors.salesforce_org import AT, Made, Served, served, small
from tools.freshness import not_read_before
from tools.ports import SourceError


@pytest.fixture
async def there(watch: Watch) -> AsyncIterator[Served]:
    watch.at = AT
    async with served(Made()) as found:
        yield found


async def passes(there: Served, watch: Watch, seconds: float = 1800) -> None:
    """For both sides."""
    await there.made.clock.sleep(seconds)
    watch.at = there.made.clock.now()


async def held(database: Database, key: str, own: str) -> records.Record | None:
    return await database.read_core(lambda connection: records.one(connection, key, own))


async def test_the_whole_seed_is_read_and_later_only_what_changed(there: Served, copy: Copy, database: Database, watch: Watch) -> None:
    ids = fill(there.org, seed_items(), AT)
    await passes(there, watch)
    syncing = Syncing(copy, there.connected(), watch)
    read = await syncing.run()
    assert (read > 300, await copy.faulty()) == (True, {})
    await passes(there, watch)
    there.org.edit(ids["deal_001"], StageName="Closed Won")
    lost_id, kept_id = ids["acc_001"], ids["acc_002"]
    there.org.delete(lost_id, merged_into=kept_id)
    asked = len(there.made.double.asked)
    assert await syncing.run() == 1
    assert len(there.made.double.asked) - asked <= 8, "one question for each key, and what goes with a deal"
    deal = await held(database, "deals", f"salesforce-deal-{ids['deal_001']}")
    assert deal is not None
    assert (deal.data["stage"], deal.updated_at) == ("won", watch.at)
    lost = await held(database, "accounts", f"salesforce-account-{lost_id}")
    assert lost is not None
    assert lost.deleted
    kept = f"salesforce-account-{kept_id}"
    assert await copy.external("salesforce", "account", kept) == kept_id
    assert await CopyKnown(database, "salesforce").external("account", kept) == kept_id, "and not the one that was merged into it"


async def test_a_fault_is_kept_until_it_is_mended(there: Served, copy: Copy, watch: Watch) -> None:
    ids = small(there.org)
    there.org.edit(ids["deal"], StageName="Dormant")
    syncing = Syncing(copy, there.connected(), watch)
    await syncing.run()
    ((vendor, fault),) = await copy.faults(at_most=5)
    assert (vendor, fault.key, fault.external_id) == ("salesforce", "deals", ids["deal"])
    await passes(there, watch)
    there.org.edit(ids["deal"], StageName="Prospecting")
    await syncing.run()
    assert await copy.faults(at_most=5) == []


async def test_what_a_decision_asks_for_is_read_afresh_and_no_sign_in_is_no_answer(
    there: Served, copy: Copy, database: Database, watch: Watch
) -> None:
    ids = small(there.org)
    connector = there.connected()
    await Syncing(copy, connector, watch).run()
    following = Following(copy, [connector], watch)
    own = f"salesforce-deal-{ids['deal']}"
    await passes(there, watch, 60)
    there.org.edit(ids["deal"], Amount=1.0)
    await following.one("deal", own)
    deal = await held(database, "deals", own)
    assert deal is not None
    assert deal.data["amount"] == {"amount": 1, "currency": "USD"}
    there.made.door.client_secret = "changed-secret-3d"
    there.made.door.revoke()
    await passes(there, watch, 60)
    with not_read_before(watch()), pytest.raises(SourceError, match="gives no token"):
        await following.one("deal", own)
