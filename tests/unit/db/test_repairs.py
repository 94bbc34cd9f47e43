from typing import Any

import pytest

from agent.domain.records import Action
from agent.errors import NotFound, Refused
from integrations.db.store import SqlStore
from tests.unit.db.build import DAY, MINUTE, NOW, action, approval, approve, recorded, started

OPS = "ops@example.com"
KEY = "np-1-0"
LATER = NOW + DAY


async def unknown(store: SqlStore, **changes: Any) -> None:
    """A decision whose first of two steps is unknown, and its run parked."""
    await recorded(store, approvals=[], actions=[action(needs_approval=False), action(step=1, needs_approval=False)], state="acting")
    await store.start_action(KEY, NOW)
    await store.finish_action(KEY, state="unknown", at=NOW + MINUTE, error="the target cannot say")
    await store.move_run("run_1", state="parked", error=f"the effect {KEY} is unknown")


async def resolve(store: SqlStore, *, done: bool, key: str = KEY) -> Action:
    return await store.resolve_action(key, done=done, by=OPS, why="seen in the mailbox", at=LATER)


@pytest.mark.parametrize(
    ("done", "state", "at", "error", "entry"),
    [
        (True, "done", NOW + MINUTE, None, "revalidate"),
        (False, "failed", LATER, f"not done, says {OPS}: seen in the mailbox", "act"),
    ],
)
async def test_a_person_says_what_became_of_an_effect(store: SqlStore, done: bool, state: str, at: Any, error: str | None, entry: str) -> None:
    await unknown(store)
    assert [item.key for item in await store.unknown_actions()] == [KEY]
    assert await store.due_runs(LATER) == []

    said = await resolve(store, done=done)

    assert (said.state, said.at, said.error) == (state, at, error)
    assert await store.unknown_actions() == []
    [run] = await store.due_runs(LATER)
    assert (run.id, run.state, run.entry, run.error) == ("run_1", "acting", entry, None)
    log = await store.audit_log(limit=2)
    assert {(entry["kind"], entry["who"], entry["ref"]) for entry in log} == {(f"action.{state}", "nextplay", KEY), ("resolved", OPS, KEY)}


async def test_only_what_is_unknown_can_be_resolved_and_only_once(store: SqlStore) -> None:
    await unknown(store)
    with pytest.raises(Refused, match="np-1-1 is planned, not unknown"):
        await resolve(store, done=True, key="np-1-1")
    with pytest.raises(NotFound, match="no effect np-9"):
        await resolve(store, done=True, key="np-9")
    await resolve(store, done=False)
    with pytest.raises(Refused, match="is failed, not unknown"):
        await resolve(store, done=True)


async def die(store: SqlStore, number: int = 1) -> None:
    await store.failed_attempt(f"run_{number}", "boom", at_most=1, retry_at=LATER)


async def test_a_dead_run_goes_on_from_where_it_was(store: SqlStore) -> None:
    await started(store, 1)
    await recorded(store, 2, approvals=[], actions=[], state="waiting", entry="revalidate", wake_at=NOW)
    await recorded(store, 3)
    await approve(store, approval(3))
    for number in (1, 2, 3):
        await die(store, number)
    assert [run.id for run in await store.dead_runs()] == ["run_1", "run_2", "run_3"]

    retried = [await store.retry_run(f"run_{number}", by=OPS, why="mended", at=LATER) for number in (1, 2, 3)]

    assert [(run.state, run.attempts, run.error, run.wake_at) for run in retried] == [(s, 0, None, None) for s in ("new", "acting", "asking")]
    assert {run.id for run in await store.due_runs(LATER)} == {"run_1", "run_2", "run_3"}
    assert await store.dead_runs() == []
    assert [entry["kind"] for entry in await store.audit_log(limit=3)] == ["retried"] * 3


async def test_only_a_dead_run_is_retried(store: SqlStore) -> None:
    await started(store)
    with pytest.raises(Refused, match="run_1 is new, not dead"):
        await store.retry_run("run_1", by=OPS, why="mended", at=LATER)
    with pytest.raises(NotFound, match="no run run_9"):
        await store.retry_run("run_9", by=OPS, why="mended", at=LATER)


async def test_a_dead_run_that_is_discarded_does_nothing_more_and_asks_nobody(store: SqlStore) -> None:
    await started(store, 1)
    await recorded(store, 2)
    await die(store, 1)
    await die(store, 2)

    gone = [await store.discard_run(f"run_{number}", by=OPS, why="a test record", at=LATER) for number in (1, 2)]

    assert [(run.state, run.error) for run in gone] == [("closed", f"discarded by {OPS}: a test record")] * 2
    assert await store.dead_runs() == []
    assert {ask.state for ask in await store.approvals("dec_2")} == {"blocked"}
    assert {step.state for step in await store.actions("dec_2")} == {"failed"}
    discarded = [entry for entry in await store.audit_log(limit=5) if entry["kind"] == "discarded"]
    assert [(entry["who"], entry["data"]["died_of"]) for entry in discarded] == [(OPS, "boom")] * 2
    with pytest.raises(Refused, match="run_1 is closed, not dead"):
        await store.discard_run("run_1", by=OPS, why="again", at=LATER)
    with pytest.raises(NotFound, match="no run run_9"):
        await store.discard_run("run_9", by=OPS, why="again", at=LATER)


async def test_a_run_whose_effect_nobody_knows_is_not_discarded_before_somebody_says(store: SqlStore) -> None:
    await unknown(store)
    await die(store)
    with pytest.raises(Refused, match="Nobody knows yet whether an effect of dec_1 happened"):
        await store.discard_run("run_1", by=OPS, why="a test record", at=LATER)
    assert [run.id for run in await store.dead_runs()] == ["run_1"]
