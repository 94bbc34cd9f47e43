from typing import Any

import pytest

from agent.errors import NotFound
from integrations.db.store import SqlStore
from tests.unit.db.build import (
    DAY,
    MINUTE,
    NOW,
    SAID,
    approval,
    approve,
    arrival,
    decision,
    event,
    recorded,
    run,
    started,
)

LATER = NOW + 10 * MINUTE


async def due(store: SqlStore, minutes: int = 0) -> list[str]:
    return [item.id for item in await store.due_runs(NOW + minutes * MINUTE)]


async def test_new_runs_are_due_oldest_first_and_later_ones_in_time(store: SqlStore) -> None:
    for number, changes in ((1, {"created_at": NOW}), (2, {"created_at": NOW - DAY}), (3, {"wake_at": NOW + MINUTE})):
        of = event(number)
        await store.accept([(arrival(of), run(number, of, **changes))], NOW)
    assert await due(store) == ["run_2", "run_1"]
    assert await due(store, 1) == ["run_2", "run_1", "run_3"]


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ({"state": "acting"}, True),
        ({"state": "waiting", "entry": "revalidate", "wake_at": NOW}, True),
        ({"state": "new"}, False),
        ({"state": "acting", "error": "the target does not answer"}, False),
    ],
)
async def test_what_goes_on_can_be_asked_for_alone(store: SqlStore, moved: dict[str, Any], expected: bool) -> None:
    await recorded(store)
    await store.accept([(arrival(event(2)), run(2))], NOW)
    await store.move_run("run_1", **moved)
    assert {one.id: one.goes_on for one in await store.due_runs(NOW)} == {"run_1": expected, "run_2": False}
    assert [one.id for one in await store.due_runs(NOW, going_on=True)] == ["run_1"] * expected


async def test_runs_are_had_by_their_ids_the_oldest_first(store: SqlStore) -> None:
    await store.accept([(arrival(event(n)), run(n, event(n), created_at=NOW - n * MINUTE)) for n in (1, 2, 3)], NOW)
    assert [one.id for one in await store.runs({"run_1", "run_3", "run_9"})] == ["run_3", "run_1"]
    assert await store.runs([]) == []


@pytest.mark.parametrize(
    ("state", "wake_in", "at", "expected"),
    [
        ("acting", None, 0, True),
        ("acting", 5, 4, False),
        ("waiting", 5, 4, False),
        ("waiting", 5, 5, True),
        ("waiting", None, 5, False),
        ("held", None, 5, False),
        ("parked", None, 5, False),
        ("closed", None, 5, False),
        ("dead", None, 5, False),
    ],
)
async def test_due_by_state(store: SqlStore, state: str, wake_in: int | None, at: int, expected: bool) -> None:
    await started(store)
    wake_at = None if wake_in is None else NOW + wake_in * MINUTE
    await store.move_run("run_1", state=state, wake_at=wake_at)
    assert await due(store, at) == (["run_1"] if expected else [])


async def test_an_asking_run_is_due_when_the_last_answer_is_in(store: SqlStore) -> None:
    first, second = approval(), approval(index=1, needed_role="legal")
    await recorded(store, approvals=[first, second])
    assert await due(store) == []
    await approve(store, first)
    assert await due(store) == []
    await approve(store, second)
    assert await due(store) == ["run_1"]


async def test_a_snoozed_ask_is_no_answer(store: SqlStore) -> None:
    await recorded(store)
    await store.change_ask("apr_1_1_0", {"state": "snoozed", "snoozed_until": NOW + DAY}, [], SAID)
    assert await due(store) == []


async def test_moving_keeps_the_entry_unless_one_is_given(store: SqlStore) -> None:
    await started(store)
    await store.move_run("run_1", state="waiting", entry="revalidate", wake_at=NOW + DAY, error="later")
    await store.move_run("run_1", state="acting")
    moved = await store.run("run_1")
    assert moved is not None
    assert (moved.state, moved.entry, moved.wake_at, moved.error) == ("acting", "revalidate", None, None)


async def test_an_ended_run_only_becomes_new(store: SqlStore) -> None:
    await started(store)
    await store.failed_attempt("run_1", "boom", at_most=1, retry_at=LATER)
    await store.move_run("run_1", state="acting")
    dead = await store.run("run_1")
    assert dead is not None
    assert (dead.state, dead.attempts, dead.error) == ("dead", 1, "boom")
    await store.move_run("run_1", state="new", entry="gather")
    revived = await store.run("run_1")
    assert revived is not None
    assert (revived.state, revived.attempts, revived.error) == ("new", 0, None)


async def test_failures_add_up_until_dead(store: SqlStore) -> None:
    await started(store)
    states = [(await store.failed_attempt("run_1", f"no {n}", at_most=3, retry_at=LATER)).state for n in range(4)]
    assert states == ["new", "new", "dead", "dead"]
    last = await store.run("run_1")
    assert last is not None
    assert (last.attempts, last.error, last.wake_at) == (3, "no 2", None)


@pytest.mark.parametrize("state", ["new", "acting", "waiting", "asking"])
async def test_a_failure_lets_the_run_rest(store: SqlStore, state: str) -> None:
    await started(store)
    await store.move_run("run_1", state=state, wake_at=NOW if state == "waiting" else None)
    failed = await store.failed_attempt("run_1", "no", at_most=3, retry_at=LATER)
    assert (failed.state, failed.wake_at) == (state, LATER)
    assert await store.due_runs(LATER - MINUTE) == []
    assert await store.due_runs(LATER) == [failed]


@pytest.mark.parametrize("state", ["new", "acting", "waiting", "asking"])
async def test_what_waits_for_a_silent_source_rests_as_long_as_it_says(store: SqlStore, state: str) -> None:
    await started(store)
    await store.move_run("run_1", state=state, wake_at=NOW if state == "waiting" else None)
    await store.waits_for("run_1", "mail", "451 later", NOW)
    assert await due(store) == ["run_1"], "nobody knows for how long"
    for at in (NOW, NOW + MINUTE):
        await store.waits_for("run_1", "mail", "451 later", at, until=at + DAY)
        assert await store.due_runs(at + DAY - MINUTE) == []
        [waiting] = await store.due_runs(at + DAY)
        assert (waiting.state, waiting.attempts) == (state, 0)
    [silent] = await store.waiting_runs()
    assert (silent.source, silent.since) == ("mail", NOW)


async def test_what_is_not_done_yet_says_so_until_it_moves_on(store: SqlStore) -> None:
    await started(store)
    await store.not_yet("run_1", "the deal has moved on, so it is judged again")
    [noted] = await store.due_runs(NOW)
    assert (noted.error, noted.attempts) == ("is not done yet: the deal has moved on, so it is judged again", 0)
    assert await store.waiting_runs() == []
    await store.move_run("run_1", state="closed")
    await store.not_yet("run_1", "too late")
    closed = await store.run("run_1")
    assert closed is not None
    assert closed.error is None


async def test_recording_starts_the_count_of_failures_again(store: SqlStore) -> None:
    await started(store, 2)
    await store.failed_attempt("run_2", "no", at_most=3, retry_at=LATER)
    nothing: dict[str, Any] = dict.fromkeys(("approvals", "actions", "messages", "supersede", "audit"), ())
    await store.record(decision(2), None, state="closed", entry="finish", wake_at=None, **nothing)
    done = await store.run("run_2")
    assert done is not None
    assert (done.attempts, done.error, done.decision_id) == (0, None, "dec_2")


async def test_unknown_runs_are_said_to_be_unknown(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="no run run_9"):
        await store.move_run("run_9", state="closed")
    with pytest.raises(NotFound, match="no run run_9"):
        await store.failed_attempt("run_9", "x", at_most=3, retry_at=LATER)
