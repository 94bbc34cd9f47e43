import asyncio
from dataclasses import replace

import pytest

from agent.domain.decision import SubjectRecord
from agent.domain.evidence import Block
from agent.domain.records import Action
from agent.errors import NotFound, Refused
from integrations.db.errors import NotApprovedError
from integrations.db.store import SqlStore
from tests.unit.db.build import MINUTE, NOW, action, approval, approve, decision, recorded

KEY = "np-1-0"


async def only(store: SqlStore) -> Action:
    [found] = await store.actions("dec_1")
    return found


async def test_an_action_starts_once(store: SqlStore) -> None:
    await recorded(store)
    await approve(store, approval())
    assert sorted(await asyncio.gather(*(store.start_action(KEY, NOW + MINUTE) for _ in range(20)))) == [False] * 19 + [True]
    assert await only(store) == action(state="started", at=NOW + MINUTE)
    await store.finish_action(KEY, state="done", at=NOW + 2 * MINUTE, result={"reference": "r1"})
    assert await only(store) == action(state="done", at=NOW + 2 * MINUTE, result={"reference": "r1"})


async def test_nothing_starts_without_its_approval(store: SqlStore) -> None:
    await recorded(store)
    with pytest.raises(NotApprovedError, match="exactly this content"):
        await store.start_action(KEY, NOW)
    assert (await only(store)).state == "planned"


async def test_an_action_that_needs_no_approval_just_starts(store: SqlStore) -> None:
    await recorded(store, approvals=[], actions=[action(needs_approval=False)])
    assert await store.start_action(KEY, NOW)
    assert not await store.start_action("np-9-9", NOW)


async def test_planning_again_keeps_what_is_there(store: SqlStore) -> None:
    await recorded(store)
    await store.plan_actions([action(not_before=NOW + MINUTE, payload={"body": "other"})])
    assert await only(store) == action()


async def test_planning_other_content_replaces_what_is_only_planned(store: SqlStore) -> None:
    await recorded(store)
    fresh = action(digest="d2", payload={"body": "other"}, not_before=NOW + MINUTE)
    await store.plan_actions([fresh])
    assert await only(store) == fresh
    await store.cancel_actions("dec_1", "no longer", NOW)
    await store.plan_actions([action(digest="d3")])
    assert (await only(store)).state == "failed"


async def test_cancelling_fails_what_is_planned(store: SqlStore) -> None:
    await recorded(store, approvals=[], actions=[action(needs_approval=False), action(step=1), action(step=2)])
    await store.start_action(KEY, NOW)
    assert await store.cancel_actions("dec_1", "no longer", NOW + MINUTE) == 2
    assert await store.cancel_actions("dec_1", "no longer", NOW + MINUTE) == 0
    assert [(a.state, a.error) for a in await store.actions("dec_1")] == [
        ("started", None),
        ("failed", "no longer"),
        ("failed", "no longer"),
    ]


async def test_an_unknown_effect_is_settled_later(store: SqlStore) -> None:
    await recorded(store, approvals=[], actions=[action(needs_approval=False)])
    await store.start_action(KEY, NOW)
    for _ in range(2):
        await store.finish_action(KEY, state="unknown", at=NOW, error="no answer")
    assert (await only(store)).error == "no answer"
    await store.finish_action(KEY, state="planned", at=NOW, error="looked up: it had not happened")
    assert await store.start_action(KEY, NOW)
    await store.finish_action(KEY, state="done", at=NOW)
    await store.finish_action(KEY, state="done", at=NOW + MINUTE)
    assert (await only(store)).at == NOW


@pytest.mark.parametrize(("first", "then"), [("done", "failed"), ("failed", "done"), ("done", "planned")])
async def test_what_is_finished_stays(store: SqlStore, first: str, then: str) -> None:
    await recorded(store, approvals=[], actions=[action(needs_approval=False)])
    await store.start_action(KEY, NOW)
    await store.finish_action(KEY, state=first, at=NOW)
    with pytest.raises(Refused, match=f"is {first} and cannot become {then}"):
        await store.finish_action(KEY, state=then, at=NOW)


async def test_finishing_what_cannot_be_finished(store: SqlStore) -> None:
    await recorded(store)
    with pytest.raises(Refused, match="planned and cannot become done"):
        await store.finish_action(KEY, state="done", at=NOW)
    with pytest.raises(NotFound, match="no action np-9"):
        await store.finish_action("np-9", state="done", at=NOW)
    with pytest.raises(Refused, match="not as started"):
        await store.finish_action(KEY, state="started", at=NOW)


@pytest.mark.parametrize(
    ("target", "ref"),
    [("surface", "deal-follow-up"), ("play", "send-case-study"), ("account", "acc_001"), ("contact", "con_1")],
)
async def test_a_block_keeps_an_action_from_starting(store: SqlStore, target: str, ref: str) -> None:
    await recorded(store, approvals=[], actions=[])
    await store.block(Block("blk_1", target, ref, "a complaint", "ops@example.com", NOW + MINUTE), NOW)  # type: ignore[arg-type]  # parametrised
    await store.plan_actions([action(needs_approval=False), action(step=1, needs_approval=False)])
    assert not await store.start_action(KEY, NOW)
    assert await store.start_action("np-1-1", NOW + MINUTE), "the block has ended by then"
    first, second = await store.actions("dec_1")
    assert (first.state, first.error, second.state) == ("failed", "blocked: a complaint", "started")


async def test_undo_cancels_and_closes_until_something_has_begun(store: SqlStore) -> None:
    steps = [action(needs_approval=False), action(step=1, needs_approval=False)]
    await recorded(store, approvals=[], actions=steps, state="waiting", wake_at=NOW + MINUTE)
    assert await store.undo("dec_1", by="bo@example.com", at=NOW) == 2
    assert {a.error for a in await store.actions("dec_1")} == {"undone by bo@example.com"}
    run = await store.run("run_1")
    assert run is not None
    assert (run.state, run.wake_at) == ("closed", None)
    assert await store.undo("dec_1", by="bo@example.com", at=NOW) == 0
    await recorded(store, 2, approvals=[], actions=[replace(s, key=f"x{s.step}", decision_id="dec_2") for s in steps])
    await store.start_action("x0", NOW)
    assert await store.undo("dec_2", by="bo@example.com", at=NOW) == 0
    assert [a.state for a in await store.actions("dec_2")] == ["started", "planned"]


async def test_undo_writes_down_what_nobody_has_planned_yet(store: SqlStore) -> None:
    await recorded(store, actions=[])
    await approve(store, approval())
    assert await store.undo("dec_1", by="bo@example.com", at=NOW, steps=[action()]) == 1
    await store.plan_actions([action()])
    assert await only(store) == action(state="failed", error="undone by bo@example.com")
    assert await store.due_runs(NOW) == []
    assert await store.undo("dec_1", by="bo@example.com", at=NOW, steps=[action()]) == 0


@pytest.mark.parametrize("state", ["open", "rejected", "expired", "void"])
async def test_what_nobody_approved_cannot_be_undone(store: SqlStore, state: str) -> None:
    await recorded(store, approvals=[approval(state=state)], actions=[])
    assert await store.undo("dec_1", by="bo@example.com", at=NOW, steps=[action()]) == 0
    assert await store.actions("dec_1") == []


async def test_effects_on_a_target_are_those_that_may_have_happened(store: SqlStore) -> None:
    steps = [action(step=n, needs_approval=False, target="t" if n < 5 else "u") for n in range(6)]
    await recorded(store, approvals=[], actions=steps)
    for n in (1, 2, 3, 4, 5):
        await store.start_action(f"np-1-{n}", NOW + n * MINUTE)
    await store.finish_action("np-1-2", state="done", at=NOW + 2 * MINUTE)
    await store.finish_action("np-1-3", state="unknown", at=NOW + 3 * MINUTE)
    await store.finish_action("np-1-4", state="failed", at=NOW + 4 * MINUTE)
    assert [a.step for a in await store.effects_on("t", NOW)] == [1, 2, 3]
    assert [a.step for a in await store.effects_on("t", NOW + 2 * MINUTE)] == [2, 3]


async def test_every_effect_is_in_the_audit_log(store: SqlStore) -> None:
    await recorded(store, approvals=[], actions=[action(needs_approval=False), action(step=1)])
    await store.start_action(KEY, NOW)
    await store.finish_action(KEY, state="done", at=NOW)
    await store.cancel_actions("dec_1", "no longer", NOW)
    entries = [(entry["kind"], entry["ref"]) for entry in await store.audit_log(limit=9)]
    assert entries == [
        ("action.failed", "np-1-1"),
        ("action.done", KEY),
        ("action.started", KEY),
        ("decided", "dec_1"),
    ]


@pytest.mark.parametrize(
    ("target", "ref", "stopped"),
    [
        ("contact", "con_1", True), ("contact", "con_2", False), ("contact", "deal_001", False), ("account", "acc_002", False),
        ("surface", "send-case-study", False), ("play", "deal-follow-up", False),
    ],
)  # fmt: skip
async def test_a_block_stops_what_it_names_and_nothing_else(store: SqlStore, target: str, ref: str, *, stopped: bool) -> None:
    await recorded(store, approvals=[], actions=[])
    await store.block(Block("blk_1", target, ref, "a complaint", "ops@example.com"), NOW)  # type: ignore[arg-type]  # parametrised
    await store.plan_actions([action(needs_approval=False)])
    assert await store.start_action(KEY, NOW) is not stopped


async def test_a_block_of_a_contact_stops_what_is_about_them_too(store: SqlStore) -> None:
    about = decision(subject=SubjectRecord(account="acc_001", kind="contact", id="con_9"))
    await recorded(store, decision=about, approvals=[], actions=[])
    await store.block(Block("blk_1", "contact", "con_9", "a complaint", "ops@example.com"), NOW)
    await store.plan_actions([action(needs_approval=False)])
    assert not await store.start_action(KEY, NOW)


async def test_effects_are_told_in_the_order_in_which_they_happened(store: SqlStore) -> None:
    steps = [action(step=n, needs_approval=False, target="t") for n in range(3)]
    await recorded(store, approvals=[], actions=steps)
    for n in (2, 0, 1):
        await store.start_action(f"np-1-{n}", NOW + (3 - n) * MINUTE)
    assert [a.step for a in await store.effects_on("t", NOW)] == [2, 1, 0]
    assert await store.effects_on("t", NOW + 4 * MINUTE) == []
