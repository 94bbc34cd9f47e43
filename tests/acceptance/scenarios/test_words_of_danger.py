"""Words of danger to people escalate whatever the priority; the same words in a harmless sense do not."""

from tests.acceptance.scenarios.world import World, chosen, codes, event, fact

START = "2026-11-20T11:00:00Z"
CREATED = event("ticket.created", START, id="x-1", ticket="g-77")


def test_danger_in_a_p4_is_escalated_at_once(world: World) -> None:
    decision = world.run(CREATED, START)

    assert fact(decision, "ticket.safety_words")["value"] == ["fire", "injured"]
    assert (decision["route"], codes(decision), chosen(decision)["target"]) == ("act", {"required"}, "senior")
    assert [one["kind"] for one in world.effects()] == ["assign_group", "ticket_comment"]


def test_twin_fired_up_is_no_danger(world: World) -> None:
    world.change(START, tickets={"id": "g-77", "body": "We fired up the tablet at the door and two people are impressed."})

    decision = world.run(CREATED, START)

    assert fact(decision, "ticket.safety_words")["value"] == []
    assert "required" not in codes(decision)
    assert world.effects("assign_group") == []


def test_nobody_to_take_it_alarms_people_instead_of_doing_nothing(world: World) -> None:
    world.change(START, groups={"id": "senior", "reachable": False})

    decision = world.run(CREATED, START)

    assert "required" in codes(decision)
    assert world.effects() == []
    (alarm,) = world.messages("alarm")
    assert alarm["to"] == ["rosa@beacon.example"]
    assert alarm["title"] == "Required but not possible: Escalate to the group that can solve it · Iron Gym"
    assert "to Senior desk: allowed if somebody in the group could be reached" in alarm["body"]
