"""Nobody linked the account to the helpdesk: its support facts are missing rather than zero, and what they decide is forbidden."""

from tests.acceptance.scenarios.world import World, candidates, chosen, clause, event, fact, forbidding

START = "2026-11-30T09:00:00Z"
NOW = "2026-11-30T10:00:00Z"
SILENT = event("deal.silent", NOW, id="s-1", deal="dl-7")


def test_what_is_not_known_forbids_selling_and_is_named(world: World) -> None:
    decision = world.run(SILENT, NOW)

    for name in ("account.open_p1_tickets", "account.open_tickets", "family.open_p1_tickets"):
        assert (fact(decision, name)["status"], fact(decision, name)["value"]) == ("missing", None)
    (mail,) = candidates(decision, "follow-up-content")
    assert mail["verdict"] == "forbid"
    assert forbidding(mail) == {"no-selling-during-open-p1"}
    assert clause(mail, "no-selling-during-open-p1", "open_p1")["result"] == "missing"
    assert "family.open_p1_tickets" in mail["counterfactual"]
    assert chosen(decision)["reach"] == "internal"
    told = " ".join(world.story(decision).split())
    assert "not ruled out: the account family has an open P1 ticket [family.open_p1_tickets = not known]" in told


def test_twin_linked_it_is_zero_and_allowed(world: World) -> None:
    world.change(START, links={"source": "helpdesk", "external_id": "o-5", "kind": "account", "id": "museum"})

    decision = world.run(SILENT, NOW)

    assert (fact(decision, "family.open_p1_tickets")["status"], fact(decision, "family.open_p1_tickets")["value"]) == ("fresh", 0)
    assert (chosen(decision)["play"], chosen(decision)["recipient"]) == ("follow-up-content", "abe")
