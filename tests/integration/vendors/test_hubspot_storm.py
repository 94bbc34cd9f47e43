"""HubSpot at its worst: whatever becomes of requests and answers, each effect is there once, and no wait that was asked for is cut short.

A hundred effects in every run; a thousand with `--whole-storm`.
"""

from collections import Counter
from typing import cast

import pytest

from agent.domain.records import Action
from agent.graph.ledger import NotYetDone, perform
from agent.ports import Store
from integrations.vendors.connector import own_id
from tests.integration.vendors.hub import START, Fast, Hub, joined
from tests.integration.vendors.ledger import Entry
from tests.storms.vendors.passing import SHARES
from tools.ports import SourceError

DEALS = 12
PATIENCE = 200
"""So often is one effect driven at most."""


def action(hub: Hub, index: int) -> Action:
    deal = hub.portal.things["deals"][hub.ids[f"deal_{index // 3 % DEALS + 1:03}"]]
    ids = {"deals": deal.id, "accounts": next(iter(deal.links["companies"])), "contacts": next(iter(deal.links["contacts"]))}
    own = {key: own_id("hubspot", key, external) for key, external in ids.items()}
    kind = ("crm_task", "crm_note", "send_content")[index % 3]
    payload = {"title": f"Task {index}", "text": "Text", "body": "Hello", "subject": own["deals"], "account": own["accounts"], "assignee": ""}
    target = own["contacts" if kind == "send_content" else "accounts"]
    return Action(f"np-{index:024x}", "dec_1", 0, kind, target, payload, "planned", False, "digest", False, own["accounts"], START)


async def driven(hub: Hub, row: Entry) -> Action:
    """As the service drives a run: what has to wait, waits and is driven again."""
    for _ in range(PATIENCE):
        try:
            if await perform(cast("Store", row), hub.connector.effects, row.action, hub.time.now) == "done":
                return row.action
        except (SourceError, NotYetDone):
            hub.time.passes(7)
    return row.action


@pytest.fixture
def effects(request: pytest.FixtureRequest) -> int:
    return 1000 if request.config.getoption("whole_storm") else 100


@pytest.mark.slow
async def test_each_effect_is_there_once(effects: int) -> None:
    async with joined(filled=True, timeout_s=0.06, late_s=0.08, settles_s=30, fast=Fast(200)) as hub:
        hub.portal.index_lag_s = 5
        hub.double.misbehaviour.shares = dict(SHARES)
        actions = [await driven(hub, Entry(action(hub, index))) for index in range(effects)]
        hub.double.misbehaviour.shares = {}
    assert Counter(one.state for one in actions) == {"done": effects}
    made = [entry for entry in hub.portal.journal.entries if entry.name.endswith(".create")]
    once = {one.key: len([entry for entry in made if one.key in str(entry.content)]) for one in actions}
    assert {marker: times for marker, times in once.items() if times != 1} == {}
    assert [one.result["reference"].rpartition("-")[2] for one in actions] == [
        next(e.target for e in made if a.key in str(e.content)) for a in actions
    ]
    assert len(made) == effects
    assert hub.double.limit.violations == 0
    assert len(hub.double.asked) > 3 * effects, "what had to be repeated was"
