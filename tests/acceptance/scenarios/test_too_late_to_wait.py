"""What may only be done when the clock that it is about has run out is no plan: something else is done now, or a person is told."""

from tests.acceptance.scenarios.world import Record, World, candidates, chosen, codes, event

START = "2026-11-13T09:00:00Z"
NOW = "2026-11-13T17:30:00Z"  # a Friday evening in Dublin: nobody is written to before Monday at nine
RENEWAL = event("contract.updated", NOW, id="c-1", contract="loom-3", status="active")
RISK = event("ticket.sla_at_risk", NOW, id="t-1", ticket="lo-7")
MONDAY = "2026-11-16T09:00:00Z"


def _renewal(world: World) -> Record:
    decision: Record = world.run(RENEWAL, NOW)
    return decision


def test_a_mail_that_must_wait_past_the_notice_deadline_gives_way_to_a_call_now(world: World) -> None:
    decision = _renewal(world)

    assert (decision["route"], chosen(decision)["play"]) == ("ask", "executive-check-in")
    assert decision["approvals"][0]["asked"] == ["rex@mast.example"]
    (renewal,) = candidates(decision, "renewal-play")
    assert (renewal["verdict"], renewal["until"]) == ("defer", MONDAY)
    assert renewal["counterfactual"] == "possible only from 16 Nov 2026 09:00 UTC, after the contract's notice deadline"
    (why,) = [one["text"] for one in decision["reasons"] if one["code"] == "window_closed"]
    assert "renewal-play" in why
    assert why.endswith("after the contract's notice deadline")


def test_twin_with_the_deadline_on_wednesday_the_mail_waits_for_monday(world: World) -> None:
    world.change(START, contracts={"id": "loom-3", "end": "2026-12-18"})

    decision = _renewal(world)

    assert (decision["route"], chosen(decision)["play"], chosen(decision)["until"]) == ("deferred", "renewal-play", MONDAY)
    assert "outside the hours in which the recipient may be contacted" in decision["reasons"][0]["text"]
    assert "window_closed" not in codes(decision)


def test_an_approved_mail_that_waits_past_the_deadline_is_stopped(world: World) -> None:
    """Asked on Friday at noon, approved when the customer has gone home."""
    world.change(START, people={"id": "rex", "active": False})
    noon = "2026-11-13T12:30:00Z"
    decision = world.run({**RENEWAL, "occurred_at": noon}, noon)
    assert (decision["route"], chosen(decision)["play"]) == ("ask", "renewal-play")

    said = world.answer(decision, "approve", "una@mast.example", NOW)

    assert "Nothing is done: it can only be done after the contract's notice deadline" in " ".join(said.out.split())
    world.tick("2026-11-16T09:30:00Z")
    assert world.effects("send_content") == []


def test_an_escalation_that_must_wait_past_the_sla_is_told_to_the_lead(world: World) -> None:
    decision = world.run(RISK, NOW)

    assert (decision["route"], decision["choice"]) == ("none", None)
    assert "it could only be done after the ticket's SLA time" in [one["text"] for one in decision["reasons"]]
    (hours,) = {one["text"] for one in decision["reasons"] if one["code"] == "quiet_hours"}
    assert hours.startswith("outside the hours in which the group is at work: the group is outside its hours")
    (told,) = world.messages("notice")
    assert (told["to"], told["title"]) == (["pim@mast.example"], "Nothing can be done in time: ticket lo-7 of Loom Works")


def test_twin_with_an_sla_on_monday_afternoon_the_escalation_waits_for_the_morning(world: World) -> None:
    world.change(START, tickets={"id": "lo-7", "sla_due_at": "2026-11-16T15:00:00Z"})

    decision = world.run(RISK, NOW)

    assert (decision["route"], chosen(decision)["play"], chosen(decision)["until"]) == ("deferred", "escalate-to-group", MONDAY)
    assert "the group is at work" in decision["reasons"][0]["text"]
    assert world.messages("notice") == []
