"""An effect on a system that is connected no longer."""

import pytest

from agent.graph.ledger import perform
from integrations.db.database import Database
from integrations.db.store import SqlStore
from integrations.vendors.routing import VendorEffects
from tests.integration.vendors.fake import Acme
from tests.unit.db.build import MINUTE, NOW, action, recorded


@pytest.mark.parametrize(("begun", "state", "result"), [(False, "failed", "failed"), (True, "unknown", "unknown")])
async def test_what_was_begun_there_is_unknown_and_what_was_not_is_refused(
    database: Database, vendor: Acme, begun: bool, state: str, result: str
) -> None:
    store = SqlStore(database)
    await recorded(store, approvals=[], actions=[action(needs_approval=False, target="other-deal-7")])
    [planned] = await store.actions("dec_1")
    if begun:
        await store.start_action(planned.key, NOW)
    [now] = await store.actions("dec_1")
    assert await perform(store, VendorEffects([vendor]), now, lambda: NOW + MINUTE) == result
    [after] = await store.actions("dec_1")
    assert after.state == state
    assert "belongs to no connected system (connected: acme)" in (after.error or "")
