"""What was sent is followed by what came of it: in time, too late, not at all, taken back, bounced; and nothing is claimed for what nobody got."""

import pytest

from tests.acceptance.scenarios.world import Record, World, chosen, event

START = "2026-11-25T09:00:00Z"
MOVED = event("deal.stage_changed", "2026-11-25T10:00:00Z", id="o-1", deal="hs-1", stage="evaluation")
ELI = "eli@kite.example"
AFTER = "2026-12-20T10:00:00Z"
"""More than 14 days after the message."""


def _asked(world: World) -> Record:
    decision: Record = world.run(MOVED, "2026-11-25T10:00:00Z")
    assert (decision["route"], chosen(decision)["play"]) == ("ask", "follow-up-content")
    return decision


def _sent(world: World) -> Record:
    decision = _asked(world)
    world.answer(decision, "approve", ELI, "2026-11-25T10:10:00Z")
    world.tick("2026-11-25T10:12:00Z")
    assert [one["target"] for one in world.effects("send_content")] == ["mo"]
    return decision


def _stage(world: World, stage: str, at: str, *, told: str = "") -> None:
    world.run(event("deal.stage_changed", at, id=f"stage-{stage}-{at}", deal="hs-1", stage=stage), told or at)


def _outcome(world: World, decision: Record) -> Record:
    found: Record = world.again(decision)["outcome"]
    return found


def test_silence_is_ignored_and_said_once(world: World) -> None:
    decision = _sent(world)
    world.tick("2026-12-09T10:12:00Z")
    assert world.again(decision)["outcome"] is None, "the window is still open"

    done = world.tick(AFTER)

    assert done["closed"] >= 1
    outcome = _outcome(world, decision)
    assert (outcome["exposure"], outcome["result"], outcome["metric"], outcome["attribution"]) == ("delivered", "ignored", None, None)
    assert world.tick(AFTER)["closed"] == 0


def test_twin_the_deal_that_moved_on_in_time_is_converted_and_who_approved_is_told(world: World) -> None:
    decision = _sent(world)

    _stage(world, "proposal", "2026-12-01T10:00:00Z")
    world.tick(AFTER)

    outcome = _outcome(world, decision)
    assert (outcome["exposure"], outcome["result"], outcome["metric"], outcome["attribution"]) == (
        "delivered",
        "converted",
        "deal.advanced",
        "primary",
    )
    assert (outcome["value"], outcome["at"]) == (None, "2026-12-01T10:00:00Z"), "a stage is no money"
    assert [one["to"] for one in world.messages("outcome")] == [[ELI]]


def test_twin_a_deal_that_moved_back_has_not_moved_on(world: World) -> None:
    decision = _sent(world)

    _stage(world, "qualified", "2026-12-01T10:00:00Z")
    world.tick(AFTER)

    assert _outcome(world, decision)["result"] == "ignored"


def test_a_won_deal_carries_its_amount_once(world: World) -> None:
    decision = _sent(world)

    _stage(world, "won", "2026-12-01T10:00:00Z")
    _stage(world, "won", "2026-12-02T10:00:00Z")

    outcome = _outcome(world, decision)
    assert (outcome["result"], outcome["value"], outcome["at"]) == ("converted", 16000, "2026-12-01T10:00:00Z")


def test_twin_won_then_lost_is_lost_and_earns_nothing(world: World) -> None:
    decision = _sent(world)

    _stage(world, "won", "2026-12-01T10:00:00Z")
    _stage(world, "lost", "2026-12-03T10:00:00Z")

    outcome = _outcome(world, decision)
    assert (outcome["result"], outcome["metric"], outcome["value"], outcome["attribution"]) == ("lost", "deal.lost", None, None)


def test_news_that_comes_after_the_sweep_of_something_that_happened_in_time_counts(world: World) -> None:
    decision = _sent(world)
    world.tick(AFTER)
    assert _outcome(world, decision)["result"] == "ignored"

    _stage(world, "proposal", "2026-12-08T10:00:00Z", told="2026-12-21T10:00:00Z")

    outcome = _outcome(world, decision)
    assert (outcome["result"], outcome["at"]) == ("converted", "2026-12-08T10:00:00Z")


def test_twin_what_happened_after_the_window_does_not(world: World) -> None:
    decision = _sent(world)
    world.tick(AFTER)

    _stage(world, "proposal", "2026-12-21T10:00:00Z")

    assert _outcome(world, decision)["result"] == "ignored"


def test_what_nobody_approved_was_not_taken_and_is_not_credited(world: World) -> None:
    decision = _asked(world)

    _stage(world, "proposal", "2026-12-01T10:00:00Z")
    world.tick(AFTER)

    outcome = _outcome(world, decision)
    assert (outcome["exposure"], outcome["result"], outcome["attribution"]) == ("not_taken", None, None)


def test_a_message_that_bounced_reached_nobody(world: World) -> None:
    decision = _sent(world)

    world.run(_to_mo("email.bounced", "2026-11-25T10:13:00Z"), "2026-11-25T10:13:00Z", code=0)
    _stage(world, "proposal", "2026-12-01T10:00:00Z")
    world.tick(AFTER)

    outcome = _outcome(world, decision)
    assert (outcome["exposure"], outcome["result"], outcome["attribution"]) == ("bounced", None, None)


def _to_mo(type_: str, at: str) -> Record:
    return {
        "source": "hubspot", "id": f"{type_}-{at}", "type": type_, "occurred_at": at, "subject": {"kind": "contact", "id": "mo"},
        "account": "school", "data": {},
    }  # fmt: skip


@pytest.mark.parametrize("type_", ["email.opened", "email.delivered"])
def test_an_opened_mail_is_no_outcome(world: World, type_: str) -> None:
    decision = _sent(world)

    world.run(_to_mo(type_, "2026-11-26T10:00:00Z"), "2026-11-26T10:00:00Z")
    world.tick(AFTER)

    assert _outcome(world, decision)["result"] == "ignored"


@pytest.mark.parametrize(
    ("type_", "at", "guardrails"),
    [
        ("contact.unsubscribed", "2026-11-27T10:00:00Z", ["opted_out"]),
        ("email.complained", "2026-11-27T10:00:00Z", ["complaint"]),
        ("contact.unsubscribed", "2026-12-29T10:00:00Z", []),
    ],
    ids=["opted out", "complained", "twin: a month later"],
)
def test_friction_stands_beside_the_result(world: World, type_: str, at: str, guardrails: list[str]) -> None:
    decision = _sent(world)
    _stage(world, "proposal", "2026-11-26T10:00:00Z")

    world.run(_to_mo(type_, at), at)

    outcome = _outcome(world, decision)
    assert (outcome["result"], outcome["guardrails"]) == ("converted", guardrails)


def _escalated(world: World) -> Record:
    decision: Record = world.run(event("ticket.sla_at_risk", START, id="k-1", ticket="c-1"), START)
    assert (decision["route"], chosen(decision)["target"]) == ("act", "experts")
    return decision


def _status(world: World, status: str, at: str, **said: str) -> None:
    world.run(event("ticket.status_changed", at, id=f"{status}-{at}", ticket="c-1", status=status, **said), at)


def test_a_solved_ticket_saves_the_minutes_that_the_play_states(world: World) -> None:
    decision = _escalated(world)

    _status(world, "solved", "2026-11-26T09:00:00Z")

    outcome = _outcome(world, decision)
    assert (outcome["result"], outcome["metric"], outcome["attribution"]) == ("converted", "ticket.solved", "primary")
    assert outcome["value"] == chosen(decision)["score"]["value"]


def test_twin_one_that_came_back_was_not_solved_and_a_second_solution_is_not_ours(world: World) -> None:
    decision = _escalated(world)

    _status(world, "solved", "2026-11-26T09:00:00Z")
    _status(world, "open", "2026-11-27T09:00:00Z", previous="solved")
    _status(world, "solved", "2026-11-28T09:00:00Z")

    outcome = _outcome(world, decision)
    assert (outcome["result"], outcome["metric"], outcome["value"], outcome["guardrails"]) == ("lost", "ticket.reopened", None, ["reopened"])


def test_twin_a_ticket_of_somebody_else_says_nothing(world: World) -> None:
    decision = _escalated(world)
    other = {"id": "c-2", "account": "school", "requester": "mo", "subject": "Another", "status": "open", "created_at": START}
    world.change(START, tickets=other)

    world.run(event("ticket.status_changed", "2026-11-26T09:00:00Z", id="k-2", ticket="c-2", status="solved"), "2026-11-26T09:00:00Z")

    assert world.again(decision)["outcome"] is None


def test_a_bad_rating_counts_against_the_decision_on_that_ticket(world: World) -> None:
    decision = _escalated(world)

    world.run(event("ticket.rated", "2026-11-26T09:00:00Z", id="k-3", ticket="c-1", score=1), "2026-11-26T09:00:00Z")
    world.run(event("ticket.rated", "2026-11-26T09:00:00Z", id="k-4", ticket="c-1", score=5), "2026-11-26T09:00:00Z")

    assert _outcome(world, decision)["guardrails"] == ["low_csat"]


# --- the figures --------------------------------------------------------------------------------------------------------


def _figures(world: World, at: str, *more: str) -> Record:
    found: Record = world.command("metrics", "--since", "60d", "--at", at, "--json", *more).json
    return found


def test_the_figures_tell_what_was_asked_done_and_came_of_it_apart(world: World) -> None:
    _sent(world)
    _stage(world, "won", "2026-12-01T10:00:00Z")
    _escalated(world)
    world.tick(AFTER)

    found = _figures(world, AFTER, "--surface", "deal-follow-up")

    (surface,) = found["surfaces"]
    (play,) = [one for one in surface["plays"] if one["id"] == "follow-up-content"]
    assert (play["asked"], play["approved"], play["delivered"], play["converted"], play["amount"]) == (1, 1, 1, 1, 16000)
    assert (surface["lift"]["known"], surface["lift"]["difference"]) == (False, None)
    assert {"ticket-escalation", "deal-follow-up"} <= {one["id"] for one in _figures(world, AFTER)["surfaces"]}
    text = world.command("metrics", "--since", "60d", "--at", AFTER).out
    assert "unknown: too few to compare" in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_figures_of_nothing_say_so(world: World) -> None:
    assert "Nothing was decided in this time" in world.command("metrics", "--at", START).out
    assert _figures(world, START)["surfaces"] == []
    assert "no surface 'renewals'" in world.command("metrics", "--surface", "renewals", "--at", START, code=3).err
    assert "not a duration" in world.command("metrics", "--since", "soon", code=2).err


def test_the_modes_of_surfaces_are_listed_and_nothing_is_lifted_that_is_not_held(world: World) -> None:
    found = world.command("surfaces", "list", "--json").json["surfaces"]
    assert {one["id"]: (one["playbook_mode"], one["mode"], one["held"]) for one in found}["ticket-reply"] == ("auto", "auto", [])
    assert "has not been demoted" in world.command("surfaces", "lift", "ticket-reply", "--as", ELI, "--why", "x", code=3).err
    assert "is not held back" in world.command("playbook", "allow-auto", "ticket-reply", "--as", ELI, "--why", "x", code=3).err
    assert "no surface 'x'" in world.command("surfaces", "lift", "x", "--as", ELI, "--why", "x", code=3).err
    assert world.checked("held surfaces") == "none"


def test_an_event_may_name_its_decision_and_one_that_is_not_there_is_refused(world: World) -> None:
    decision = _sent(world)
    rated = _to_mo("complaint.received", "2026-11-27T10:00:00Z")

    refused = world.command("run", world.json_file({**rated, "data": {"decision": "dec_nope"}}), "--at", "2026-11-27T10:00:00Z", code=3)

    assert refused.err.count("\n") == 1
    assert "dec_nope" in refused.err
    world.run({**rated, "data": {"decision": decision["id"]}}, "2026-11-27T10:00:00Z")
    assert _outcome(world, decision)["guardrails"] == ["complaint"]
