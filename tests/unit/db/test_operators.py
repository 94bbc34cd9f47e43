from typing import Any

import pytest

from agent.domain.evidence import Block
from agent.domain.records import Hold
from agent.errors import NotFound, Refused
from integrations.db.store import SqlStore
from tests.unit.db.build import (
    DAY,
    MINUTE,
    NOW,
    action,
    approval,
    approve,
    arrival,
    candidate,
    decision,
    event,
    proposal,
    recorded,
    run,
    started,
)

OPS = "ops@example.com"


def block(target: Any = "account", ref: str = "acc_001", **changes: Any) -> Block:
    return Block(**{"id": f"blk_{target}_{ref}", "target": target, "ref": ref, "why": "legal", "by": OPS, **changes})


async def state(store: SqlStore, number: int) -> tuple[str, str | None]:
    run = await store.run(f"run_{number}")
    assert run is not None
    return run.state, run.error


async def test_a_block_stops_asks_plans_and_waits_at_once(store: SqlStore) -> None:
    await recorded(store, 1)
    await recorded(store, 2)
    await approve(store, approval(2))
    await store.move_run("run_2", state="acting")
    await recorded(store, 3, approvals=[], actions=[], state="waiting", wake_at=NOW + DAY)
    elsewhere = decision(4)
    elsewhere.subject.account = "acc_002"
    await recorded(store, 4, decision=elsewhere)
    assert await store.block(block(), NOW) == 3
    assert [await state(store, n) for n in (1, 2, 3)] == [("closed", "blocked: legal")] * 3
    assert await state(store, 4) == ("asking", None)
    assert [ask.state for n in (1, 2) for ask in await store.approvals(f"dec_{n}")] == ["blocked", "approved"]
    assert [step.error for n in (1, 2) for step in await store.actions(f"dec_{n}")] == ["blocked: legal"] * 2
    assert await store.due_runs(NOW + DAY) == []
    assert await store.block(block(), NOW) == 0


@pytest.mark.parametrize(
    ("target", "ref", "stopped"),
    [
        ("surface", "deal-follow-up", 1),
        ("play", "send-case-study", 1),
        ("contact", "con_1", 1),
        ("contact", "acc_001", 0),
        ("account", "con_1", 0),
    ],
)
async def test_a_block_covers_its_target_only(store: SqlStore, target: str, ref: str, stopped: int) -> None:
    await recorded(store)
    assert await store.block(block(target, ref), NOW) == stopped


async def test_a_contact_is_also_covered_as_the_subject(store: SqlStore) -> None:
    about = decision(candidates=[candidate(recipient=None)], proposal=proposal(recipient=None))
    about.subject.kind, about.subject.id = "contact", "con_9"
    await recorded(store, decision=about)
    assert await store.block(block("contact", "con_9"), NOW) == 1


async def test_what_is_under_way_is_not_cut_off(store: SqlStore) -> None:
    steps = [action(needs_approval=False), action(step=1, needs_approval=False)]
    await recorded(store, approvals=[], actions=steps, state="acting")
    await store.start_action("np-1-0", NOW)
    assert await store.block(block(), NOW) == 1
    assert [step.state for step in await store.actions("dec_1")] == ["started", "failed"]
    assert await state(store, 1) == ("acting", None)


async def test_blocks_end_in_time_or_by_hand(store: SqlStore) -> None:
    forever, brief = block(), block("play", "p1", until=NOW + MINUTE)
    await store.block(forever, NOW)
    await store.block(brief, NOW)
    assert await store.blocks(NOW) == [forever, brief]
    assert await store.blocks(NOW + MINUTE) == [forever]
    assert await store.unblock("account", "acc_001", by=OPS, why="settled", at=NOW)
    assert not await store.unblock("account", "acc_001", by=OPS, why="settled", at=NOW)
    assert await store.blocks(NOW) == [brief]
    assert await state_of_log(store) == ["unblock", "block", "block"]


async def state_of_log(store: SqlStore) -> list[str]:
    return [entry["kind"] for entry in await store.audit_log(limit=9)]


async def test_blocking_again_after_unblocking(store: SqlStore) -> None:
    await store.block(block(), NOW)
    await store.unblock("account", "acc_001", by=OPS, why="settled", at=NOW)
    again = block(why="again", until=NOW + DAY)
    await store.block(again, NOW + MINUTE)
    assert await store.blocks(NOW + MINUTE) == [again]


def hold(number: int = 1, **changes: Any) -> Hold:
    base = {"id": "hold_1", "source": "hubspot", "actor": "u_7", "why": "an import", "since": NOW, "events": 1}
    return Hold(**{**base, "decision_id": f"dec_{number}", **changes})


async def test_one_hold_for_any_number_of_events(store: SqlStore) -> None:
    for number in (2, 3):
        await started(store, number)
    assert await store.hold(hold(), run_id="run_1") == hold()
    assert await store.hold(hold(2), run_id="run_2") == hold(events=2)
    assert await store.hold(hold(3, id="hold_2"), run_id="run_3") == hold(events=3)
    assert await store.hold(hold(), run_id="run_1") == hold(events=3), "the first event, driven again"
    assert await store.hold(hold(4, id="hold_3", actor="u_8"), run_id="run_4") == hold(4, id="hold_3", actor="u_8")
    assert [await state(store, number) for number in (2, 3)] == [("held", "hold_1")] * 2
    assert [(item.id, item.events) for item in await store.holds()] == [("hold_3", 1), ("hold_1", 3)]


async def test_releasing_a_hold_puts_new_runs_in_the_place_of_the_held_ones(store: SqlStore) -> None:
    await store.hold(hold(), run_id="run_1")
    await recorded(store, 1, state="held", approvals=[], actions=[])
    for number in (2, 3, 4):
        await started(store, number)
    await store.hold(hold(2), run_id="run_2")
    await store.move_run("run_3", state="held", error="hold_2")
    held = [run.id for run in await store.held_runs("hold_1")]
    assert held == ["run_1", "run_2"]
    instead = [(arrival(event(5)), run(5))]

    assert not await store.release_hold("hold_1", held=["run_1"], instead=instead, by=OPS, at=NOW + DAY), "another one is held by now"
    assert [(await state(store, n))[0] for n in (1, 2, 3, 4)] == ["held", "held", "held", "new"]
    assert await store.run("run_5") is None

    assert await store.release_hold("hold_1", held=held, instead=instead, by=OPS, at=NOW + DAY)
    assert [(await state(store, n))[0] for n in (1, 2, 3, 4, 5)] == ["closed", "closed", "held", "new", "new"]
    [kept] = await store.holds()
    assert (kept.released_at, kept.released_by) == (NOW + DAY, OPS)
    for again in (store.held_runs("hold_1"), store.release_hold("hold_1", held=[], instead=[], by=OPS, at=NOW + DAY)):
        with pytest.raises(NotFound, match="no open hold hold_1"):
            await again


async def test_a_released_hold_opens_anew_with_a_notice_of_its_own(store: SqlStore) -> None:
    await store.hold(hold(), run_id="run_1")
    with pytest.raises(Refused, match="only just being opened"):
        await store.release_hold("hold_1", held=[], instead=[], by=OPS, at=NOW)
    await recorded(store, 1, state="held", approvals=[], actions=[])
    assert await store.release_hold("hold_1", held=["run_1"], instead=[], by=OPS, at=NOW)
    assert await store.hold(hold(5), run_id="run_5") == hold(5)
    assert await store.holds() == [hold(5)]
