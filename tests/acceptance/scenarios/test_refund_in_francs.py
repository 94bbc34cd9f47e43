"""A refund in another currency is put to billing also where nobody can tell how much it is in ours. What is not known is not zero."""

from tests.acceptance.scenarios.world import World, candidates, chosen, codes, event, fact, forbidding

START = "2026-11-24T09:00:00Z"
NOW = "2026-11-24T10:00:00Z"
CREATED = event("ticket.created", NOW, id="r-1", ticket="f-31")


def test_billing_is_asked_and_told_that_the_rate_is_missing(world: World) -> None:
    decision = world.run(CREATED, NOW)

    assert fact(decision, "ticket.refund_amount")["status"] == "missing"
    assert (chosen(decision)["play"], decision["route"]) == ("refund-request", "ask")
    assert chosen(decision)["params"] == decision["proposal"]["params"] == {}
    assert [one["asked"] for one in decision["approvals"]] == [["urs@till.example"]]
    missing = [one["text"] for one in decision["reasons"] if one["code"] == "fact_missing"]
    assert any(text.startswith("ticket.refund_amount is not known: no rate for CHF") for text in missing)
    assert "0.00" not in decision["proposal"]["content"]["body"]
    assert "is not known, see the ticket" in decision["proposal"]["content"]["body"]


def test_twin_with_a_rate_the_amount_is_said(world: World) -> None:
    world.change(START, rates={"from": "CHF", "to": "EUR", "rate": 1.05, "date": "2026-11-23"})

    decision = world.run(CREATED, NOW)

    assert (chosen(decision)["play"], "fact_missing" in codes(decision)) == ("refund-request", False)
    assert "252" in decision["proposal"]["content"]["body"]


def test_twin_where_none_was_asked_for_there_is_none_to_decide(world: World) -> None:
    world.change(START, tickets={"id": "f-31", "refund": None})

    (refund,) = candidates(world.run(CREATED, NOW), "refund-request")
    assert "refund-only-when-asked" in forbidding(refund)
