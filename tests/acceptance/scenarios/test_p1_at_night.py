"""A P1 of a strategic account arrives at night while its owner is away: it is with the people on call at once, and nobody writes to the customer."""

from tests.acceptance.scenarios.world import World, chosen, codes, event

START = "2026-12-08T01:39:00Z"
NOW = "2026-12-08T01:40:00Z"
CREATED = event("ticket.created", START, id="z-1", ticket="t-9014")


def test_a_p1_is_escalated_at_once_and_without_a_word_to_the_customer(world: World) -> None:
    decision = world.run(CREATED, NOW)

    assert (decision["route"], codes(decision)) == ("act", {"required"})
    assert chosen(decision)["target"] == "watch"
    group, comment = world.effects()
    assert (group["kind"], group["payload"]["group"], group["at"]) == ("assign_group", "watch", NOW)
    assert (comment["kind"], comment["payload"]["public"]) == ("ticket_comment", False)
    (told,) = world.messages("done")
    assert told["to"] == ["ola@harbour.example"]
    assert "Kelvar Shipping" in told["title"]


def test_twin_a_p3_is_not_required_and_wakes_nobody(world: World) -> None:
    world.change(START, tickets={"id": "t-9014", "priority": "p3"})

    decision = world.run(CREATED, NOW)

    assert "required" not in codes(decision)
    assert decision["route"] != "act"
    assert world.effects() == []
    assert world.messages("done", "alarm") == []
