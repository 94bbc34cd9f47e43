"""Tickets as they come: what they leave out is not printed, keeps no answer from being written, and hides no danger."""

from tests.acceptance.scenarios.world import World, chosen, codes, event

START = "2026-11-24T04:00:00Z"
NOW = "2026-11-24T05:00:00Z"
CREATED = event("ticket.created", NOW, id="b-1", ticket="z-8")


def test_an_article_without_an_address_answers_with_its_passage(world: World) -> None:
    decision = world.run(CREATED, NOW)

    assert (decision["route"], chosen(decision)["play"]) == ("ask", "help-article-public")
    body = decision["proposal"]["content"]["body"]
    assert "Feeding plan cannot be printed" in body
    assert "The part that matters: " in body
    world.answer(decision, "approve", "ann@desk.example", NOW)
    world.tick("2026-11-24T05:01:01Z")
    (reply,) = world.effects("ticket_comment")
    assert reply["payload"]["public"] is True


def test_danger_without_a_priority_is_escalated_and_the_note_is_written(world: World) -> None:
    world.change(START, tickets={"id": "z-8", "body": "A keeper was injured when the gate closed."})

    decision = world.run(CREATED, NOW)

    assert (decision["route"], codes(decision), chosen(decision)["target"]) == ("act", {"required"}, "second")
    assert [one["kind"] for one in world.effects()] == ["assign_group", "ticket_comment"]
    assert "Priority" not in world.effects("ticket_comment")[0]["payload"]["body"]


def test_twin_with_a_priority_the_note_says_it(world: World) -> None:
    world.change(START, tickets={"id": "z-8", "priority": "p1"})

    world.run(CREATED, NOW)

    assert "Priority: p1" in world.effects("ticket_comment")[0]["payload"]["body"]


def test_a_ticket_that_came_back_needs_a_person(world: World) -> None:
    world.change(START, tickets={"id": "z-8", "reopened": True, "status": "open", "group": "first"})

    decision = world.run(event("ticket.comment_added", NOW, id="b-2", ticket="z-8"), NOW)

    assert "ask_rule" in codes(decision)
    assert [one["asked"] for one in decision["approvals"]] == [["ann@desk.example"]]
