"""What we did comes back as an event. The same value is our own echo and starts nothing; another value is a person's and counts as an override."""

import pytest

from tests.acceptance.scenarios.world import Record, World, chosen, codes, event

START = "2026-11-18T08:00:00Z"
AT_RISK = event("ticket.sla_at_risk", "2026-11-18T09:30:00Z", id="e-1", ticket="tk-33")
REPORTED = "2026-11-18T09:31:00Z"


def _escalated(world: World) -> Record:
    decision: Record = world.run(AT_RISK, "2026-11-18T09:30:10Z")
    assert (decision["route"], chosen(decision)["target"]) == ("act", "second-line")
    assert [one["kind"] for one in world.effects()] == ["assign_group", "ticket_comment"]
    return decision


def _moved(group: str) -> Record:
    return event("ticket.group_changed", REPORTED, id="e-2", ticket="tk-33", group=group, actor="tom")


def test_the_echo_of_our_own_write_starts_nothing(world: World) -> None:
    first = _escalated(world)

    echo = world.run(_moved("second-line"), REPORTED)

    assert (echo["route"], codes(echo)) == ("suppressed", {"own_effect"})
    assert first["actions"][0]["key"] in echo["reasons"][0]["text"]
    assert world.again(first)["outcome"] is None
    assert len(world.effects()) == 2


def test_the_comment_that_we_wrote_is_an_echo_too(world: World) -> None:
    _escalated(world)
    (ours,) = world.effects("ticket_comment")

    echo = world.run(event("ticket.comment_added", REPORTED, id="e-3", ticket="tk-33", body=ours["payload"]["body"]), REPORTED)

    assert codes(echo) == {"own_effect"}


@pytest.mark.parametrize("type_", ["ticket.group_changed", "ticket.comment_added"])
def test_an_echo_that_only_says_that_something_changed_is_told_by_the_record(world: World, type_: str) -> None:
    _escalated(world)

    echo = world.run(event(type_, REPORTED, id="e-4", ticket="tk-33", actor="integration-user"), REPORTED)

    assert codes(echo) == {"own_effect"}
    assert len(world.effects()) == 2


def test_twin_a_thin_event_of_what_a_person_did_is_no_echo(world: World) -> None:
    first = _escalated(world)
    world.change(REPORTED, tickets={"id": "tk-33", "group": "repairs"})

    moved = world.run(event("ticket.group_changed", REPORTED, id="e-5", ticket="tk-33"), REPORTED)

    assert "own_effect" not in codes(moved)
    assert world.again(first)["outcome"]["guardrails"] == ["overridden"]


def test_twin_a_customers_message_after_ours_is_no_echo(world: World) -> None:
    _escalated(world)
    (ours,) = world.effects("ticket_comment")
    said = [
        {"at": ours["at"], "by": "agent", "author": "nextplay", "public": False, "body": ours["payload"]["body"]},
        {"at": REPORTED, "by": "customer", "body": "Anybody there?"},
    ]
    world.change(REPORTED, tickets={"id": "tk-33", "messages": said})

    assert "own_effect" not in codes(world.run(event("ticket.comment_added", REPORTED, id="e-6", ticket="tk-33"), REPORTED))


def test_twin_another_group_chosen_by_a_person_is_decided_and_counts_as_an_override(world: World) -> None:
    first = _escalated(world)

    decision = world.run(_moved("repairs"), REPORTED)

    assert decision["route"] != "suppressed"
    assert "own_effect" not in codes(decision)
    assert world.again(first)["outcome"]["guardrails"] == ["overridden"]
    assert len(world.effects("assign_group")) == 1, "a person's choice is not moved back"
