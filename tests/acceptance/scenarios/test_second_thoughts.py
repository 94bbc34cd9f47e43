"""Undo within a minute cancels what was approved; after it the message is out, and Undo says so."""

from tests.acceptance.scenarios.world import Record, World, candidates, chosen, event

START = "2026-11-25T09:00:00Z"
MOVED = event("deal.stage_changed", "2026-11-25T10:00:00Z", id="t-1", deal="hs-1", stage="evaluation")
ELI = "eli@kite.example"


def _approved(world: World) -> Record:
    decision: Record = world.run(MOVED, "2026-11-25T10:00:00Z")
    world.answer(decision, "approve", ELI, "2026-11-25T10:10:00Z")
    return decision


def test_undo_within_the_minute_cancels(world: World) -> None:
    decision = _approved(world)

    said = world.answer(decision, "undo", ELI, "2026-11-25T10:10:59Z")

    assert f"Undone by {ELI}" in said.out
    world.tick("2026-11-25T10:12:00Z")
    world.tick("2026-11-26T10:12:00Z")
    assert world.effects() == []


def test_twin_too_late_the_message_is_out_and_undo_says_so(world: World) -> None:
    decision = _approved(world)
    world.tick("2026-11-25T10:11:01Z")

    refused = world.answer(decision, "undo", ELI, "2026-11-25T10:11:02Z", code=4)

    assert "too late" in refused.err
    assert [one["target"] for one in world.effects("send_content")] == ["mo"]


def test_past_the_minute_it_is_out_even_if_nobody_looked_at_the_clock(world: World) -> None:
    decision = _approved(world)

    world.answer(decision, "undo", ELI, "2026-11-25T10:11:01Z", code=4)

    assert len(world.effects("send_content")) == 1


def test_a_stranger_cannot_undo(world: World) -> None:
    decision = _approved(world)

    world.answer(decision, "undo", "somebody@else.example", "2026-11-25T10:10:30Z", code=4)

    world.tick("2026-11-25T10:12:00Z")
    assert len(world.effects("send_content")) == 1


def _next_time(world: World, at: str) -> Record:
    found: Record = world.run(event("deal.stage_changed", at, id="t-2", deal="hs-1", stage="evaluation"), at)
    return found


def test_what_was_undone_counts_as_overridden_and_is_not_done_again_within_the_pause(world: World) -> None:
    decision = _approved(world)
    world.answer(decision, "undo", ELI, "2026-11-25T10:10:30Z")

    assert world.again(decision)["outcome"]["guardrails"] == ["overridden"]
    (again,) = candidates(_next_time(world, "2026-11-26T10:00:00Z"), chosen(decision)["play"])
    assert (again["verdict"], again["until"]) == ("defer", "2026-12-02T10:10:30Z")
    assert "cooldown-after-override" in {rule["id"] for rule in again["rules"] if rule["matched"]}


def test_twin_after_the_pause_it_is_asked_again(world: World) -> None:
    decision = _approved(world)
    world.answer(decision, "undo", ELI, "2026-11-25T10:10:30Z")

    again = _next_time(world, "2026-12-03T10:30:00Z")

    assert (again["route"], chosen(again)["play"]) == ("ask", chosen(decision)["play"])
