"""Words of danger to people escalate whatever the priority; the same words in a harmless sense do not."""

from tests.acceptance.scenarios.world import Record, World, chosen, codes, event, fact

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


def _commented(world: World, group: str) -> Record:
    """The ticket was about an invoice, and a group has had it for a day; now the customer adds that something burns."""
    later = "2026-11-21T11:00:00Z"
    said = {"at": later, "by": "customer", "body": "By the way: the charger has just caught fire."}
    world.change(later, tickets={"id": "g-77", "group": group, "status": "open", "body": "Our invoice is wrong.", "messages": [said]})
    decision: Record = world.run(event("ticket.comment_added", later, id="x-2", ticket="g-77"), later)
    return decision


def test_danger_in_a_later_message_takes_the_ticket_from_a_group_that_does_not_deal_with_it(world: World) -> None:
    decision = _commented(world, "money")

    assert (fact(decision, "ticket.group_tier")["value"], fact(decision, "ticket.group_area")["value"]) == (2, "billing")
    assert (decision["route"], codes(decision), chosen(decision)["target"]) == ("act", {"required"}, "senior")
    assert len(world.effects("assign_group")) == 1


def test_twin_a_group_that_deals_with_danger_keeps_it(world: World) -> None:
    decision = _commented(world, "senior")

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
