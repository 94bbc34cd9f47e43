"""A colleague answered while the suggested answer waited: it is not sent, and not suggested again once they have gone quiet."""

from typing import Any

from tests.acceptance.scenarios.world import Record, World, chosen, codes, event

START = "2026-11-24T07:00:00Z"
NOW = "2026-11-24T08:00:00Z"
CREATED = event("ticket.created", NOW, id="k-1", ticket="k-1")
WROTE, CLICK = "2026-11-24T08:04:00Z", "2026-11-24T08:05:00Z"
QUIET, MUCH_LATER = "2026-11-24T08:40:00Z", "2026-11-24T09:40:00Z"


def _stopped(world: World, *said: Record) -> Record:
    """A suggested answer that was approved after a colleague had written."""
    decision: Record = world.run(CREATED, NOW)
    assert (decision["route"], chosen(decision)["play"]) == ("ask", "help-article-public")
    world.change(WROTE, tickets={"id": "k-1", "messages": list(said)})
    world.answer(decision, "approve", "ann@desk.example", CLICK)
    assert "forbidden_after_approval" in codes(world.again(decision))
    return decision


def _by_bo(body: str, **more: Any) -> Record:
    return {"at": WROTE, "by": "agent", "author": "bo", "body": body, **more}


def test_what_a_colleague_has_answered_is_not_suggested_again(world: World) -> None:
    decision = _stopped(world, _by_bo("Please allow pop-ups."))

    for moment in (QUIET, MUCH_LATER):
        world.tick(moment)

    assert [one["id"] for one in world.decisions()] == [decision["id"]]
    assert world.effects() == []


def test_twin_a_colleague_who_only_left_a_note_has_answered_nobody(world: World) -> None:
    _stopped(world, _by_bo("I looked at it, no idea.", public=False))

    (again,) = world.tick(QUIET)["decisions"]

    assert (again["route"], chosen(world.again(again))["play"]) == ("ask", "help-article-public")


def test_twin_a_customer_who_wrote_after_them_waits_for_an_answer(world: World) -> None:
    _stopped(world, _by_bo("Please allow pop-ups."), {"at": CLICK, "by": "customer", "body": "They are allowed, it still cannot be printed."})

    (again,) = world.tick(QUIET)["decisions"]

    assert again["route"] == "ask"


def test_twin_what_is_no_answer_is_looked_at_again_whoever_wrote_last(world: World) -> None:
    decision = world.run(event("ticket.created", NOW, id="k-2", ticket="k-2"), NOW)
    (billing,) = decision["approvals"][0]["asked"]
    world.change(WROTE, tickets={"id": "k-2", "status": "solved"})
    world.answer(decision, "approve", billing, CLICK)
    assert "forbidden_after_approval" in codes(world.again(decision))
    world.change(CLICK, tickets={"id": "k-2", "status": "open", "messages": [_by_bo("Solved by mistake, billing looks at it.")]})

    (again,) = world.tick(QUIET)["decisions"]

    assert again["play"] == chosen(decision)["play"]
