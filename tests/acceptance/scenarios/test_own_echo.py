"""What we did comes back as an event. The same value is our own echo and starts nothing; another value is a person's and counts as an override."""

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


def test_twin_another_group_chosen_by_a_person_is_decided_and_counts_as_an_override(world: World) -> None:
    first = _escalated(world)

    decision = world.run(_moved("repairs"), REPORTED)

    assert decision["route"] != "suppressed"
    assert "own_effect" not in codes(decision)
    assert world.again(first)["outcome"]["guardrails"] == ["overridden"]
    assert len(world.effects("assign_group")) == 1, "a person's choice is not moved back"
