"""A P1 of somebody we do not know: nothing is done for nobody, and people are alarmed. Who is only not linked to the helpdesk is known."""

from tests.acceptance.scenarios.world import World, candidates, chosen, codes, event

START = "2026-11-25T01:00:00Z"
NOW = "2026-11-25T02:15:00Z"
CREATED = event("ticket.created", NOW, id="n-1", ticket="q-1")


def test_people_are_alarmed_and_nothing_is_done(world: World) -> None:
    decision = world.run(CREATED, NOW)

    assert (decision["route"], codes(decision)) == ("none", {"required", "identity_unresolved"})
    assert world.effects() == []
    (alarm,) = world.messages("alarm")
    assert alarm["to"] == ["ama@quay.example"]
    assert alarm["title"] == "Required but not possible: Escalate to the group that can solve it · an unknown account"
    assert "ticket q-1 of an unknown account needs a person now" in alarm["body"]
    assert "to Deep support: allowed if it were linked to an account" in alarm["body"]
    (escalation,) = candidates(decision, "escalate-to-group")
    assert (escalation["required"], escalation["verdict"]) == (True, "forbid")
    assert "no account is known for the ticket q-1" in " ".join(world.story(decision).split())


def test_twin_without_urgency_it_is_only_recorded(world: World) -> None:
    world.change(START, tickets={"id": "q-1", "priority": "p3"})

    decision = world.run(CREATED, NOW)

    assert (decision["route"], codes(decision)) == ("suppressed", {"identity_unresolved"})
    assert world.messages("alarm") == []


def test_twin_danger_in_what_they_write_is_urgency_too(world: World) -> None:
    world.change(START, tickets={"id": "q-1", "priority": "p4", "body": "A container has fallen, one of us is injured."})

    assert "required" in codes(world.run(CREATED, NOW))
    assert len(world.messages("alarm")) == 1


def test_twin_a_known_account_gets_its_escalation_linked_to_the_helpdesk_or_not(world: World) -> None:
    world.change(START, tickets={"id": "q-1", "account": "pier"})

    decision = world.run(CREATED, NOW)

    assert (decision["route"], chosen(decision)["target"]) == ("act", "deep")
    assert len(world.effects("assign_group")) == 1
    assert world.messages("alarm") == []


MISNAMED = {**CREATED, "source": "billing", "account": "nobody"}


def test_an_event_that_names_an_account_that_never_was_is_not_acted_on(world: World) -> None:
    world.change(START, tickets={"id": "q-1", "account": "pier", "priority": "p3"})

    decision = world.run(MISNAMED, NOW)

    assert (decision["route"], codes(decision), decision["subject"]["account"]) == ("suppressed", {"identity_unresolved"}, None)
    assert "the event names the account nobody, which nobody knows" in " ".join(world.story(decision).split())


def test_twin_an_emergency_is_helped_for_the_account_that_its_record_says(world: World) -> None:
    world.change(START, tickets={"id": "q-1", "account": "pier"})

    decision = world.run(MISNAMED, NOW)

    assert (decision["route"], codes(decision), decision["subject"]["account"]) == ("act", {"required", "identity_unresolved"}, "pier")
    assert len(world.effects("assign_group")) == 1


def test_twin_of_two_accounts_that_are_known_the_records_counts_and_the_decision_says_so(world: World) -> None:
    world.change(START, tickets={"id": "q-1", "account": "pier", "priority": "p3"}, accounts={"id": "dock", "name": "Dry Dock", "country": "GH"})

    decision = world.run({**MISNAMED, "account": "dock"}, NOW)

    assert (decision["route"] == "suppressed", decision["subject"]["account"]) == (False, "pier")
    (said,) = [one["text"] for one in decision["reasons"] if one["code"] == "identity_unresolved"]
    assert said == "the event names the account dock, but its ticket's record belongs to pier: the record counts"
    world.command("replay", decision["id"])


def test_twin_an_organisation_of_a_vendor_that_nobody_linked_says_nothing(world: World) -> None:
    world.change(START, tickets={"id": "q-1", "account": "pier", "priority": "p3"})

    decision = world.run({**MISNAMED, "source": "zendesk"}, NOW)

    assert (decision["route"] == "suppressed", decision["subject"]["account"]) == (False, "pier")
    assert "identity_unresolved" not in codes(decision)
