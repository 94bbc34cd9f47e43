from datetime import datetime

import pytest
from pydantic import ValidationError

from agent.domain.evidence import Block, OpenProposal, Past
from agent.errors import NotFound
from agent.ports import History
from integrations.db import history as history_rows
from integrations.db.prepared import Prepared
from integrations.db.store import SqlStore
from tests.databases import ON_SQLITE, planned
from tests.unit.db.build import (
    DAY,
    MINUTE,
    NOW,
    SAID,
    action,
    answered,
    approval,
    approve,
    candidate,
    decision,
    proposal,
    recorded,
)


async def history(store: SqlStore, *accounts: str, since: datetime = NOW - DAY) -> History:
    return await store.history(accounts or ("acc_001",), since=since, at=NOW)


def past(number: int, what: str, at: datetime, label: str = "") -> Past:
    place = ("send-case-study", "content", "acc_001", "deal_001", "con_1", "asset_1")
    return Past(f"dec_{number}", *place, what, at, label)  # type: ignore[arg-type]  # a literal


async def test_what_became_of_earlier_recommendations(store: SqlStore) -> None:
    await recorded(store, 1)
    no = answered(approval(1), "rejected", reason="poorly_timed")
    await store.answer(no, proposal=None, audit=SAID)
    steps = [action(2, step=n, needs_approval=False) for n in range(3)]
    await recorded(store, 2, approvals=[], actions=steps, state="acting")
    for step in (0, 1):
        await store.start_action(f"np-2-{step}", NOW)
        await store.finish_action(f"np-2-{step}", state="done", at=NOW + (2 + step) * MINUTE)
    await store.observe("dec_2", {"guardrails": ["overridden"], "at": NOW + 9 * MINUTE}, SAID)
    assert (await history(store)).past == [
        past(1, "rejected", NOW + MINUTE, "poorly_timed"),
        past(2, "delivered", NOW + 3 * MINUTE),
        past(2, "overridden", NOW + 9 * MINUTE),
    ]
    assert [p.what for p in (await history(store, since=NOW + 2 * MINUTE)).past] == ["delivered", "overridden"]
    assert (await history(store, "acc_002")).past == []


async def test_open_proposals_are_those_that_still_wait(store: SqlStore) -> None:
    await recorded(store, 1)
    inner = decision(2, candidates=[candidate(reach="internal")])
    await recorded(store, 2, decision=inner)
    await recorded(store, 3, decision=decision(3, route="shadow"), state="closed", approvals=[], actions=[])
    await recorded(store, 4, state="waiting", wake_at=NOW + DAY, approvals=[], actions=[])
    await recorded(store, 5)
    await store.answer(answered(approval(5), "rejected"), proposal=None, audit=SAID)
    await store.move_run("run_5", state="closed")
    found = (await history(store)).open_proposals
    assert [item.decision for item in found] == ["dec_1", "dec_2", "dec_4"]
    assert found[0] == OpenProposal("dec_1", "send-case-study", "", "acc_001", "con_1", "d1", "deal_001")
    edited = proposal("d2", recipient="con_2").model_dump(mode="json")
    await store.answer(answered(approval(), "edited"), proposal=edited, audit=SAID)
    found = (await history(store)).open_proposals
    assert (found[0].digest, found[0].recipient) == ("d2", "con_2")


async def test_labels_count_answered_decisions_once(store: SqlStore) -> None:
    await recorded(store, 1, approvals=[approval(), approval(index=1)])
    await approve(store, approval())
    await approve(store, approval(index=1))
    second = approval(id="apr_1_2_0", round=2)
    await store.ask_again("dec_1", [second], [], proposal().model_dump(mode="json"), SAID)
    await approve(store, second)
    await recorded(store, 2)
    await store.answer(answered(approval(2), "rejected"), proposal=None, audit=SAID)
    await recorded(store, 3)
    await store.change_ask("apr_3_1_0", {"state": "expired"}, [], SAID)
    assert (await history(store, "acc_002")).labels == {"content": 2}


async def test_blocks_in_force_come_along(store: SqlStore) -> None:
    block = Block("blk_1", "surface", "renewal", "paused", "ops@example.com", NOW + MINUTE)
    await store.block(block, NOW)
    assert (await history(store)).blocks == [block]
    assert (await store.history([], since=NOW, at=NOW + MINUTE)).blocks == []


async def test_outcomes_add_up(store: SqlStore) -> None:
    await recorded(store, approvals=[], actions=[action(needs_approval=False)])
    won = {"result": "converted", "metric": "deal.stage_changed", "value": 1.0, "at": NOW, "attribution": "primary"}
    await store.observe("dec_1", won, SAID)
    for _ in range(2):
        await store.observe("dec_1", {"guardrails": ["reopened"]}, SAID)
    await store.observe("dec_1", {"guardrails": ["overridden"], "exposure": "bounced"}, SAID)
    found = await store.decision("dec_1")
    assert found is not None
    assert found.outcome is not None
    assert found.outcome.model_dump() == {**won, "exposure": "bounced", "guardrails": ["reopened", "overridden"]}
    assert len(await store.audit_log(limit=9)) == 4, "saying the same again is not news"


@pytest.mark.parametrize(("done", "exposure"), [(True, "delivered"), (False, "not_taken")])
async def test_exposure_follows_from_the_ledger_until_it_is_said(store: SqlStore, done: bool, exposure: str) -> None:
    await recorded(store, approvals=[], actions=[action(needs_approval=False)])
    if done:
        await store.start_action("np-1-0", NOW)
        await store.finish_action("np-1-0", state="done", at=NOW)
    await store.observe("dec_1", {"result": "ignored"}, SAID)
    found = await store.decision("dec_1")
    assert found is not None
    assert found.outcome is not None
    assert found.outcome.exposure == exposure


async def test_outcomes_of_nothing_or_of_another_shape_are_refused(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="no decision dec_9"):
        await store.observe("dec_9", {"exposure": "delivered"}, SAID)
    await recorded(store)
    with pytest.raises(ValidationError):
        await store.observe("dec_1", {"mood": "good"}, SAID)


async def test_a_task_that_mends_facts_delivers_nothing_and_its_undo_overrides_nothing(store: SqlStore) -> None:
    mends = action(kind="data_task", needs_approval=False)
    await recorded(store, actions=[mends])
    await store.start_action(mends.key, NOW)
    await store.finish_action(mends.key, state="done", at=NOW, result={})
    await store.observe("dec_1", {"guardrails": ["not_helpful"], "at": NOW}, SAID)
    found = await store.decision("dec_1")
    assert found is not None
    assert found.outcome is not None
    assert found.outcome.exposure == "not_taken"
    await recorded(store, 2, actions=[action(2, kind="data_task", needs_approval=False)])
    assert await store.undo("dec_2", by="bo@example.com", at=NOW) == 1
    assert (await history(store)).past == []


@ON_SQLITE
@pytest.mark.parametrize("query", [history_rows._REJECTED, history_rows._DELIVERED, history_rows._OVERRIDDEN, history_rows._OPEN])
async def test_what_others_lived_through_is_not_walked_through(store: SqlStore, query: Prepared) -> None:
    plan = await store.database.read_core(lambda c: planned(c, query._statement.replace("?", "'x'")))
    assert plan.startswith("SEARCH decisions USING INDEX ix_decisions_account_created_at (account=?)"), plan
    assert "SCAN" not in plan
