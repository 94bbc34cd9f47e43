import asyncio
from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from agent.domain.evidence import Block
from agent.domain.records import Approval, Message
from agent.errors import NotFound, Refused
from agent.ports import OpenAsk
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
    message,
    proposal,
    recorded,
)


async def only(store: SqlStore, approval_id: str = "apr_1_1_0") -> Approval:
    found = await store.approval(approval_id)
    assert found is not None
    return found


async def test_of_fifty_answers_at_once_one_wins(store: SqlStore) -> None:
    await recorded(store)
    people = [f"p{number}@example.com" for number in range(50)]
    results = await asyncio.gather(*(store.answer(answered(approval(), who=who), proposal=None, audit=SAID) for who in people))
    winners = [who for who, (won, _) in zip(people, results, strict=True) if won]
    assert len(winners) == 1
    assert {now.answered_by for _, now in results} == set(winners)
    assert (await only(store)).answered_by == winners[0]
    assert [entry["kind"] for entry in await store.audit_log(limit=99)] == ["test", "decided"]


async def test_an_answer_to_other_content_does_not_count(store: SqlStore) -> None:
    await recorded(store)
    won, now = await store.answer(answered(approval(digest="d0")), proposal=None, audit=SAID)
    assert (won, now) == (False, approval())


async def test_a_snoozed_ask_can_be_answered(store: SqlStore) -> None:
    await recorded(store)
    until = NOW + 5 * MINUTE
    assert await store.change_ask("apr_1_1_0", {"state": "snoozed", "snoozed_until": until}, [], SAID)
    snoozed = await only(store)
    assert (snoozed.state, snoozed.snoozed_until) == ("snoozed", until)
    won, now = await store.answer(answered(snoozed, snoozed_until=None), proposal=None, audit=SAID)
    assert (won, now.state, now.snoozed_until) == (True, "approved", None)


async def test_a_rejection_closes_the_round(store: SqlStore) -> None:
    await recorded(store, approvals=[approval(), approval(index=1), approval(index=2)])
    await approve(store, approval(index=1))
    no = answered(approval(), "rejected", reason="irrelevant", note="no", answer="reject")
    won, now = await store.answer(no, proposal=None, audit=SAID)
    assert (won, now) == (True, no)
    assert [ask.state for ask in await store.approvals("dec_1")] == ["rejected", "approved", "void"]
    assert [run.id for run in await store.due_runs(NOW)] == ["run_1"]


async def test_an_edit_must_be_a_whole_proposal(store: SqlStore) -> None:
    await recorded(store)
    with pytest.raises(ValidationError):
        await store.answer(answered(approval(), "edited"), proposal={"content": {}}, audit=SAID)
    assert await only(store) == approval()


async def test_an_edited_ask_approves_the_edit_and_nothing_else(store: SqlStore) -> None:
    await recorded(store)
    edited = proposal("d2").model_dump(mode="json")
    await store.answer(answered(approval(digest="d2"), "edited"), proposal=edited, audit=SAID)
    await store.plan_actions([action(step=1, digest="d2")])
    assert await store.start_action("np-1-1", NOW)
    with pytest.raises(Refused, match="approval of exactly this content"):
        await store.start_action("np-1-0", NOW)


async def test_asking_again_voids_what_was_open_and_planned(store: SqlStore) -> None:
    await recorded(store, approvals=[approval(), approval(index=1)])
    await approve(store, approval())
    await store.move_run("run_1", state="acting")
    second = approval(id="apr_1_2_0", round=2, digest="d2", created_at=NOW + MINUTE, difference=("price changed",))
    new = proposal("d2", recipient="con_2")
    card = message(2, kind="difference")
    for _ in range(2):
        await store.ask_again("dec_1", [second], [card], new.model_dump(mode="json"), SAID)
    first, void, now = await store.approvals("dec_1")
    assert (first.state, void.state, void.ended, now) == ("approved", "void", "asked again", second)
    assert await store.actions("dec_1") == []
    run, found = await store.run("run_1"), await store.decision("dec_1")
    assert run is not None
    assert found is not None
    assert (run.state, found.proposal) == ("asking", new)
    assert await store.messages(undelivered=True) == [message(), card]
    assert [entry["kind"] for entry in await store.audit_log(limit=9)] == [
        "test",
        "action.dropped",
        "test",
        "decided",
    ]


async def test_only_the_latest_round_counts(store: SqlStore) -> None:
    await recorded(store)
    await approve(store, approval())
    second = approval(id="apr_1_2_0", round=2)
    await store.ask_again("dec_1", [second], [], proposal().model_dump(mode="json"), SAID)
    await store.plan_actions([action()])
    with pytest.raises(Refused, match="exactly this content"):
        await store.start_action("np-1-0", NOW)
    await approve(store, second)
    assert await store.start_action("np-1-0", NOW), "the same content under the same key"


async def test_two_people_cannot_both_ask_again(store: SqlStore) -> None:
    await recorded(store)
    await store.ask_again("dec_1", [approval(id="apr_1_2_0", round=2, digest="d2")], [], proposal("d2").model_dump(mode="json"), SAID)
    with pytest.raises(Refused, match="just asked again"):
        await store.ask_again("dec_1", [approval(id="apr_1_2_0", round=2, digest="d3")], [], proposal("d3").model_dump(mode="json"), SAID)


async def test_asking_again_is_refused_once_it_is_over_or_under_way(store: SqlStore) -> None:
    asks, edited = [approval(id="apr_1_2_0", round=2)], proposal().model_dump(mode="json")
    await recorded(store)
    await approve(store, approval())
    await store.start_action("np-1-0", NOW)
    with pytest.raises(Refused, match="under way"):
        await store.ask_again("dec_1", asks, [], edited, SAID)
    await store.finish_action("np-1-0", state="done", at=NOW)
    await store.move_run("run_1", state="closed")
    with pytest.raises(Refused, match="no live run"):
        await store.ask_again("dec_1", asks, [], edited, SAID)
    with pytest.raises(Refused, match="somebody to ask"):
        await store.ask_again("dec_1", [], [], proposal().model_dump(mode="json"), SAID)
    assert len(await store.approvals("dec_1")) == 1


async def test_a_block_stops_a_new_round(store: SqlStore) -> None:
    await recorded(store, approvals=[], actions=[], state="waiting")
    await store.move_run("run_1", state="parked")
    await store.block(Block("blk_1", "contact", "con_1", "asked not to be mailed", "ops@example.com"), NOW)
    card = message(2, kind="difference")
    await store.ask_again("dec_1", [approval(id="apr_1_2_0", round=2)], [card], proposal().model_dump(mode="json"), SAID)
    assert (await only(store, "apr_1_2_0")).state == "blocked"
    assert await store.messages(undelivered=True) == [message()]


async def test_a_change_is_made_and_told_once(store: SqlStore) -> None:
    await recorded(store)
    for expected in (True, False):
        told = [message(2, kind="reminder")]
        assert await store.change_ask("apr_1_1_0", {"remind_at": None}, told, SAID) is expected
    assert (await only(store)).remind_at is None
    assert [entry["kind"] for entry in await store.audit_log(limit=9)] == ["test", "decided"]


async def test_delegating_adds_people(store: SqlStore) -> None:
    await recorded(store)
    changes = {"asked": ("bo@example.com", "di@example.com"), "delegate_at": None}
    assert await store.change_ask("apr_1_1_0", changes, [], SAID)
    assert (await only(store)).asked == ("bo@example.com", "di@example.com")


async def test_an_expired_ask_closes_its_round_and_stays_closed(store: SqlStore) -> None:
    await recorded(store, approvals=[approval(), approval(index=1)])
    assert await store.change_ask("apr_1_1_0", {"state": "expired", "at": NOW + DAY}, [], SAID)
    assert [ask.state for ask in await store.approvals("dec_1")] == ["expired", "void"]
    assert not await store.change_ask("apr_1_1_0", {"state": "open"}, [], SAID)
    assert (await store.audit_log(limit=1))[0]["at"] == NOW + DAY


async def test_changes_that_are_answers_are_refused(store: SqlStore) -> None:
    await recorded(store)
    with pytest.raises(Refused, match="digest, id cannot be changed"):
        await store.change_ask("apr_1_1_0", {"id": "x", "digest": "y"}, [], SAID)
    with pytest.raises(Refused, match="compares the digest"):
        await store.change_ask("apr_1_1_0", {"state": "approved"}, [], SAID)


async def test_open_asks_are_listed_by_their_end(store: SqlStore) -> None:
    await recorded(store, 1)
    await recorded(store, 2, approvals=[approval(2, expires_at=NOW + MINUTE)])
    first, second = await store.open_asks()
    assert second == OpenAsk(approval(1), "deal-follow-up", "send-case-study", "deal.stage_changed")
    assert first.ask.id == "apr_2_1_0"
    await approve(store, approval(2, expires_at=NOW + MINUTE))
    assert [one.ask.id for one in await store.open_asks()] == ["apr_1_1_0"]


async def test_an_unknown_ask(store: SqlStore) -> None:
    assert await store.approval("apr_9") is None
    with pytest.raises(NotFound, match="no ask apr_9"):
        await store.answer(answered(approval(id="apr_9")), proposal=None, audit=SAID)
    assert not await store.change_ask("apr_9", {"remind_at": None}, [], SAID)


async def test_what_follows_from_an_answer_is_planned_with_the_one_that_wins(store: SqlStore) -> None:
    await recorded(store, actions=[])
    task = action(kind="data_task", needs_approval=False, customer_visible=False)
    no = answered(approval(), "rejected", reason="facts_wrong", answer="reject")
    assert (await store.answer(no, proposal=None, audit=SAID, actions=[task]))[0]
    late = answered(approval(), "rejected", who="late@example.com", answer="reject")
    assert not (await store.answer(late, proposal=None, audit=SAID, actions=[action(step=1, kind="data_task", needs_approval=False)]))[0]
    assert await store.actions("dec_1") == [task]


async def test_what_asking_again_changes_is_written_with_who_did_it_and_when(store: SqlStore) -> None:
    await recorded(store, approvals=[approval(), approval(index=1)])
    await store.move_run("run_1", state="acting", wake_at=NOW + DAY, error="it slept")
    second = approval(id="apr_1_2_0", round=2, digest="d2", created_at=NOW + MINUTE)
    await store.ask_again("dec_1", [second], [], proposal("d2").model_dump(mode="json"), SAID)
    assert [(ask.state, ask.ended, ask.at) for ask in (await store.approvals("dec_1"))[:2]] == [("void", "asked again", NOW + MINUTE)] * 2
    run = await store.run("run_1")
    assert run is not None
    assert (run.state, run.wake_at, run.error) == ("asking", None, None)
    entries = await store.audit_log(limit=2)
    assert [(entry["kind"], entry["at"]) for entry in entries] == [("test", NOW + MINUTE), ("action.dropped", NOW + MINUTE)]
    assert (entries[1]["who"], entries[1]["ref"], entries[1]["data"]["why"]) == ("nextplay", "np-1-0", "asked again")
    assert entries[0]["data"]["why"] == "because"


async def test_asking_again_leaves_the_asks_and_runs_of_others_alone(store: SqlStore) -> None:
    for number in (1, 2):
        await recorded(store, number)
    await store.ask_again("dec_1", [approval(id="apr_1_2_0", round=2, digest="d2")], [], proposal("d2").model_dump(mode="json"), SAID)
    assert [ask.state for ask in await store.approvals("dec_2")] == ["open"]
    assert [one.state for one in await store.actions("dec_2")] == ["planned"]
    found = await store.decision("dec_2")
    assert found is not None
    assert found.proposal == proposal()


async def test_the_id_of_another_decisions_ask_opens_no_round(store: SqlStore) -> None:
    for number in (1, 2):
        await recorded(store, number)
    with pytest.raises(Refused, match="just asked again"):
        await store.ask_again("dec_1", [approval(2)], [], proposal().model_dump(mode="json"), SAID)


async def test_an_effect_that_may_have_happened_keeps_others_from_asking_again(store: SqlStore) -> None:
    await recorded(store)
    await approve(store, approval())
    await store.start_action("np-1-0", NOW)
    await store.finish_action("np-1-0", state="unknown", at=NOW)
    with pytest.raises(Refused, match="An effect of dec_1 is under way"):
        await store.ask_again("dec_1", [approval(id="apr_1_2_0", round=2)], [], proposal().model_dump(mode="json"), SAID)


@pytest.mark.parametrize(
    ("said", "changes", "told", "expected"),
    [
        (NOW + DAY, {"state": "expired", "at": NOW + MINUTE}, [message(2)], NOW + DAY),
        (None, {"state": "expired", "at": NOW + MINUTE}, [message(2)], NOW + MINUTE),
        (None, {"remind_at": None}, [message(2)], NOW),
        (None, {"remind_at": None}, [], None),
    ],
)
async def test_when_an_ask_was_changed_is_what_was_said_else_when_it_ended_else_when_people_were_told(
    store: SqlStore, said: datetime | None, changes: dict[str, Any], told: list[Message], expected: datetime | None
) -> None:
    await recorded(store)
    assert await store.change_ask("apr_1_1_0", changes, told, SAID, at=said)
    assert (await store.audit_log(limit=1))[0]["at"] == expected


async def test_an_ask_that_expires_says_why_the_others_of_its_round_ended_and_touches_no_other_round(store: SqlStore) -> None:
    await recorded(store, approvals=[approval(), approval(index=1), approval(id="apr_1_2_0", round=2)])
    await recorded(store, 2)
    assert await store.change_ask("apr_1_1_0", {"state": "expired", "at": NOW + DAY}, [message(2)], SAID)
    assert [(ask.state, ask.ended, ask.at) for ask in await store.approvals("dec_1")] == [
        ("expired", None, NOW + DAY), ("void", "another ask of the round expired", NOW + DAY), ("open", None, None),
    ]  # fmt: skip
    assert [ask.state for ask in await store.approvals("dec_2")] == ["open"]
    assert sorted({one.id for one in await store.messages(undelivered=True)}) == ["msg_1", "msg_2"]


async def test_a_rejection_says_by_which_role_the_round_was_closed(store: SqlStore) -> None:
    await recorded(store, approvals=[approval(), approval(index=1)])
    await store.answer(answered(approval(), "rejected"), proposal=None, audit=SAID)
    [_, other] = await store.approvals("dec_1")
    assert (other.state, other.ended, other.at) == ("void", "sales_manager rejected it", NOW + MINUTE)
