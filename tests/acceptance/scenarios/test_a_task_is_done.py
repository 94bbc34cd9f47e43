"""A recommendation that is a colleague's task has reached nobody until the task is done; only then does its window begin."""

from tests.acceptance.scenarios.world import Record, World, chosen, event

START = "2026-12-01T08:00:00Z"
NOW = "2026-12-01T09:00:00Z"
ODD = "odd@fjord.example"
AFTER = "2027-02-10T09:00:00Z"
"""More than thirty days after the task was done."""


def _assigned(world: World) -> Record:
    decision: Record = world.run(event("contract.renewal_window", NOW, id="w-1", contract="salt-1", source="billing"), NOW)
    assert chosen(decision)["play"] == "executive-check-in"
    world.answer(decision, "approve", ODD, NOW)
    assert [one["kind"] for one in world.effects()] == ["crm_task", "crm_note"]
    return decision


def _said(world: World, type_: str, at: str, **said: str) -> None:
    world.run(event(type_, at, id=f"{type_}-{at}", account="salt", source="crm", **said), at)


def _marker(world: World) -> str:
    (task,) = world.effects("crm_task")
    return str(task["marker"])


def _outcome(world: World, decision: Record) -> Record:
    found: Record = world.again(decision)["outcome"]
    return found


def test_a_call_after_the_task_was_done_is_its_outcome(world: World) -> None:
    decision = _assigned(world)

    _said(world, "task.completed", "2026-12-20T09:00:00Z", task=_marker(world), actor="odd")
    _said(world, "call.held", "2027-01-10T09:00:00Z")

    outcome = _outcome(world, decision)
    assert (outcome["exposure"], outcome["result"], outcome["metric"], outcome["attribution"]) == (
        "delivered",
        "converted",
        "account.engaged",
        "primary",
    )


def test_twin_a_call_while_the_task_lies_undone_is_not_credited_to_it(world: World) -> None:
    decision = _assigned(world)

    _said(world, "call.held", "2026-12-10T09:00:00Z")

    outcome = _outcome(world, decision)
    assert (outcome["exposure"], outcome["result"], outcome["attribution"]) == ("not_exposed", "converted", None)


def test_a_task_that_nobody_does_reaches_nobody(world: World) -> None:
    decision = _assigned(world)

    world.tick(AFTER)

    outcome = _outcome(world, decision)
    assert (outcome["exposure"], outcome["result"]) == ("not_exposed", "ignored")


def test_twin_a_task_done_after_the_wait_was_over_waits_anew(world: World) -> None:
    decision = _assigned(world)
    world.tick(AFTER)

    _said(world, "task.completed", "2027-02-11T09:00:00Z", task=_marker(world))

    outcome = _outcome(world, decision)
    assert (outcome["exposure"], outcome["result"]) == ("delivered", None)
    _said(world, "call.held", "2027-03-10T09:00:00Z")
    assert _outcome(world, decision)["result"] == "converted"


def test_twin_another_task_says_nothing(world: World) -> None:
    decision = _assigned(world)

    _said(world, "task.completed", "2026-12-20T09:00:00Z", task="np-of-nothing")

    assert world.again(decision)["outcome"] is None
