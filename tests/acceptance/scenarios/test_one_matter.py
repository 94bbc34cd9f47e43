"""One matter, one card: what waits for colleagues is not asked twice either, whichever event brought it up."""

from tests.acceptance.scenarios.world import World, chosen, codes, event

START = "2026-12-01T08:00:00Z"
NOW = "2026-12-01T09:00:00Z"
WINDOW = event("contract.renewal_window", NOW, id="w-1", contract="salt-1", source="billing")
DEADLINE = event("contract.notice_deadline", "2026-12-01T09:10:00Z", id="w-2", contract="salt-1", source="billing")
LATER = "2026-12-01T09:10:00Z"


def test_the_clock_tells_only_what_presses(world: World) -> None:
    """Nine days are left: inside the renewal window, and inside the last fortnight."""
    ticked = world.tick(NOW)

    (row,) = ticked["decisions"]
    decision = world.again(row)
    assert (decision["trigger"]["type"], decision["route"]) == ("contract.notice_deadline", "ask")
    assert len(world.messages("ask")) == 1


def test_two_events_of_one_matter_make_one_card(world: World) -> None:
    first = world.run(WINDOW, NOW)
    assert (first["route"], chosen(first)["play"], chosen(first)["reach"]) == ("ask", "executive-check-in", "internal")

    second = world.run(DEADLINE, LATER)

    assert (second["route"], "open_proposal" in codes(second)) == ("suppressed", True)
    assert len(world.messages("ask")) == 1


def test_twin_when_the_first_was_answered_the_matter_may_come_up_again(world: World) -> None:
    first = world.run(WINDOW, NOW)
    world.answer(first, "approve", "odd@fjord.example", NOW)

    assert "open_proposal" not in codes(world.run(DEADLINE, LATER))


def test_a_newer_version_of_it_takes_the_place_of_the_older(world: World) -> None:
    first = world.run(WINDOW, NOW)
    world.change(NOW, accounts={"id": "salt", "name": "Saltworks AS"})

    second = world.run(DEADLINE, LATER)

    assert second["route"] == "ask"
    (old,) = world.again(first)["approvals"]
    assert old["state"] == "superseded"
