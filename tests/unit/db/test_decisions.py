import pytest
from pydantic_core import from_json, to_json

from agent.domain.decision import reason
from agent.domain.evidence import Block
from agent.errors import Refused
from integrations.db.store import SqlStore
from tests.unit.db.build import (
    DAY,
    MINUTE,
    NOW,
    SAID,
    action,
    answered,
    approval,
    approve,
    decision,
    evidence,
    message,
    proposal,
    recorded,
    started,
)


async def test_a_decision_comes_back_with_what_became_of_it(store: SqlStore) -> None:
    made = await recorded(store)
    await approve(store, approval())
    assert await store.start_action("np-1-0", NOW + MINUTE)
    await store.finish_action("np-1-0", state="done", at=NOW + 2 * MINUTE)
    await store.observe("dec_1", {"exposure": "delivered", "at": NOW + DAY}, SAID)
    found = await store.decision("dec_1")
    assert found is not None
    assert found.model_copy(update={"approvals": [], "actions": [], "outcome": None}) == made
    [ask], [step] = found.approvals, found.actions
    assert (ask.id, ask.state, ask.answered_by, ask.at) == (
        "apr_1_1_0",
        "approved",
        "bo@example.com",
        NOW + MINUTE,
    )
    assert (step.key, step.state, step.at) == ("np-1-0", "done", NOW + 2 * MINUTE)
    assert found.outcome is not None
    assert (found.outcome.exposure, found.outcome.at) == ("delivered", NOW + DAY)
    assert await store.evidence("dec_1") == from_json(to_json(evidence()))


async def test_recording_moves_the_run_and_tells(store: SqlStore) -> None:
    await recorded(store, state="waiting", entry="revalidate", wake_at=NOW + DAY)
    moved = await store.run("run_1")
    assert moved is not None
    assert (moved.state, moved.entry, moved.wake_at, moved.decision_id) == (
        "waiting",
        "revalidate",
        NOW + DAY,
        "dec_1",
    )
    assert await store.messages(undelivered=True) == [message()]
    assert [entry["kind"] for entry in await store.audit_log(limit=9)] == ["decided"]


async def test_recording_again_changes_nothing(store: SqlStore) -> None:
    await recorded(store)
    await approve(store, approval())
    await store.delivered("msg_1", NOW)
    before = (await store.decision("dec_1"), await store.run("run_1"), await store.audit_log(limit=99))
    again = decision(digest="d2")
    await store.record(
        again,
        None,
        state="asking",
        entry="ask",
        wake_at=None,
        approvals=[approval()],
        actions=[action()],
        messages=[message(2)],
        supersede=[],
        audit=[SAID],
    )
    assert (await store.decision("dec_1"), await store.run("run_1"), await store.audit_log(limit=99)) == before
    assert await store.evidence("dec_1") == from_json(to_json(evidence()))
    assert await store.messages(undelivered=True) == []


async def test_a_run_that_has_ended_records_nothing(store: SqlStore) -> None:
    await started(store)
    await store.move_run("run_1", state="closed")
    papers = {"approvals": [approval()], "actions": [action()], "messages": [message()], "supersede": []}
    with pytest.raises(Refused, match="nothing was recorded"):
        await store.record(decision(), None, state="asking", entry="ask", wake_at=None, audit=[SAID], **papers)  # type: ignore[arg-type]  # given as a dictionary
    assert await store.decision("dec_1") is None
    assert await store.open_asks() == []
    assert await store.messages(undelivered=True) == []
    assert await store.audit_log(limit=9) == []


async def test_superseding_closes_what_the_older_decision_left_open(store: SqlStore) -> None:
    await recorded(store, 1)
    await recorded(store, 2, supersede=["dec_1"])
    [old] = await store.approvals("dec_1")
    assert (old.state, old.ended) == ("superseded", "superseded by dec_2")
    [planned] = await store.actions("dec_1")
    assert (planned.state, planned.error) == ("failed", "superseded by dec_2")
    run = await store.run("run_1")
    assert run is not None
    assert (run.state, run.error) == ("closed", "superseded by dec_2")
    assert [one.ask.id for one in await store.open_asks()] == ["apr_2_1_0"]
    won, now = await store.answer(answered(approval()), proposal=None, audit=SAID)
    assert (won, now.state) == (False, "superseded")


async def test_a_superseded_run_with_an_effect_under_way_goes_on(store: SqlStore) -> None:
    await recorded(store, 1, actions=[action(), action(step=1)])
    await approve(store, approval())
    await store.move_run("run_1", state="acting")
    assert await store.start_action("np-1-0", NOW)
    await recorded(store, 2, supersede=["dec_1"])
    assert [step.state for step in await store.actions("dec_1")] == ["started", "failed"]
    assert [run.id for run in await store.due_runs(NOW)] == ["run_1"]


async def test_a_block_that_came_while_deciding_stops_the_decision(store: SqlStore) -> None:
    await store.block(Block("blk_1", "account", "acc_001", "in litigation", "ops@example.com"), NOW)
    notice = message(2, kind="alarm")
    await recorded(store, messages=[message(), notice])
    [ask] = await store.approvals("dec_1")
    assert (ask.state, ask.ended) == ("blocked", "blocked: in litigation")
    [step] = await store.actions("dec_1")
    assert (step.state, step.error) == ("failed", "blocked: in litigation")
    run = await store.run("run_1")
    assert run is not None
    assert run.state == "closed"
    assert await store.messages(undelivered=True) == [notice]


async def test_a_block_does_not_touch_what_is_only_recorded(store: SqlStore) -> None:
    await store.block(Block("blk_1", "play", "send-case-study", "withdrawn", "ops@example.com"), NOW)
    await recorded(store, decision=decision(route="none"), state="closed", approvals=[], actions=[])
    run = await store.run("run_1")
    assert run is not None
    assert (run.state, run.error) == ("closed", None)
    assert await store.messages(undelivered=True) == [message()]


async def test_the_list_is_newest_first_and_narrowed(store: SqlStore) -> None:
    for number in (1, 2, 3):
        made = decision(number, created_at=NOW + number * MINUTE, surface=f"surface-{number % 2}")
        await recorded(store, number, decision=made)
    await recorded(store, 4, decision=decision(4, route="none", choice=None, proposal=None), state="closed", approvals=[])
    assert [row.id for row in await store.decisions(limit=3)] == ["dec_3", "dec_2", "dec_1"]
    assert [row.id for row in await store.decisions(limit=9, surface="surface-1")] == ["dec_3", "dec_1"]
    assert [row.id for row in await store.decisions(limit=9, route="none")] == ["dec_4"]
    assert await store.decisions(limit=9, account="acc_002") == []
    [row] = await store.decisions(limit=1)
    assert (row.play, row.title, row.reasons, row.state) == (
        "send-case-study",
        "Send a case study",
        ("uncalibrated",),
        "asking",
    )


async def test_stopping_adds_the_reason_and_ends_asks_and_plans(store: SqlStore) -> None:
    made = await recorded(store)
    for _ in range(2):
        await store.stop("dec_1", code="forbidden_after_approval", text="a P1 is open", reconsider_until=NOW + DAY, audit=SAID)
    found = await store.decision("dec_1")
    assert found is not None
    assert found.reasons == [*made.reasons, reason("forbidden_after_approval", "a P1 is open")]
    assert [row.reasons for row in await store.decisions(limit=1)] == [("uncalibrated", "forbidden_after_approval")]
    assert [ask.state for ask in found.approvals] == ["void"]
    assert [(step.state, step.error) for step in found.actions] == [("failed", "forbidden_after_approval: a P1 is open")]
    assert [entry["kind"] for entry in await store.audit_log(limit=9)] == ["test", "decided"]


async def test_a_stopped_decision_is_reconsidered_once_and_in_time(store: SqlStore) -> None:
    for number, until in ((1, NOW + DAY), (2, NOW - DAY), (3, None)):
        await recorded(store, number)
        await store.stop(f"dec_{number}", code="superseded", text="x", reconsider_until=until, audit=SAID)
    assert await store.to_reconsider(NOW) == ["dec_1"]
    await store.reconsidered("dec_1")
    assert await store.to_reconsider(NOW) == []


async def test_an_edited_proposal_is_the_one_that_is_shown(store: SqlStore) -> None:
    await recorded(store)
    edited = proposal("d2", content={"subject": "Hi", "body": "Other words."}, composed_by="person")
    won, ask = await store.answer(answered(approval(), "edited"), proposal=edited.model_dump(mode="json"), audit=SAID)
    assert (won, ask.state, ask.digest) == (True, "edited", "d2")
    found = await store.decision("dec_1")
    assert found is not None
    assert found.proposal == edited


async def test_what_is_not_there_is_none(store: SqlStore) -> None:
    assert await store.decision("dec_9") is None
    assert await store.evidence("dec_9") is None
