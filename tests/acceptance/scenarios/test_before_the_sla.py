"""An ask ends before the SLA that it protects. Until then people are reminded and a stand-in is asked; a missed ask is told to them."""

from tests.acceptance.scenarios.world import Record, World, chosen, event

START = "2026-11-17T09:00:00Z"
NOW = "2026-11-17T10:00:00Z"
CREATED = event("ticket.created", NOW, id="v-1", ticket="ch-2")
FINN, GUS = "finn@helm.example", "gus@helm.example"


def _asked(world: World) -> Record:
    decision: Record = world.run(CREATED, NOW)
    assert (decision["route"], chosen(decision)["play"]) == ("ask", "help-article-public")
    return decision


def _replies(world: World) -> list[Record]:
    """What the customer can see; the clock's own note for the assignee is internal."""
    return [one for one in world.effects("ticket_comment") if one["payload"]["public"]]


def test_who_answers_too_late_is_told_when_it_ended_not_when_that_was_noticed(world: World) -> None:
    decision = _asked(world)
    (ask,) = decision["approvals"]
    ended = f"{ask['expires_at'][:10]} {ask['expires_at'][11:16]}"
    world.tick("2026-11-17T10:58:00Z")

    late = world.answer(decision, "approve", FINN, "2026-11-17T10:59:00Z", code=4)

    assert f"Already expired at {ended} UTC" in late.err


def test_reminded_passed_on_and_ended_before_the_sla(world: World) -> None:
    decision = _asked(world)
    (ask,) = decision["approvals"]
    assert ask["asked"] == [FINN]
    assert "2026-11-17T10:40:00Z" < ask["expires_at"] <= "2026-11-17T10:45:00Z", "an hour would be too late"

    assert world.tick("2026-11-17T10:09:00Z")["asks"] == 0
    assert world.tick("2026-11-17T10:10:00Z")["asks"] == 1
    (reminder,) = world.messages("reminder")
    assert reminder["to"] == [FINN]

    assert world.tick("2026-11-17T10:20:00Z")["asks"] == 1
    passed_on = world.messages("reminder")[-1]
    assert passed_on["to"] == [GUS]
    assert f"Who may answer: {FINN}, {GUS}, as ticket assignee" in passed_on["body"]

    assert world.tick("2026-11-17T10:45:00Z")["asks"] == 1
    (missed,) = world.messages("notice")
    assert set(missed["to"]) == {FINN, GUS}
    assert "Not answered in time" in missed["title"]
    assert world.again(decision)["approvals"][0]["state"] == "expired"
    assert _replies(world) == []


def test_after_the_end_an_answer_is_refused(world: World) -> None:
    decision = _asked(world)
    world.tick("2026-11-17T10:45:00Z")

    refused = world.answer(decision, "approve", FINN, "2026-11-17T10:46:00Z", code=4)

    assert "expired" in refused.err
    world.tick("2026-11-17T10:50:00Z")
    assert _replies(world) == []


def test_the_stand_in_may_answer_once_it_was_passed_on(world: World) -> None:
    decision = _asked(world)
    world.answer(decision, "approve", GUS, "2026-11-17T10:05:00Z", code=4)
    world.tick("2026-11-17T10:10:00Z")
    world.tick("2026-11-17T10:20:00Z")

    world.answer(decision, "approve", GUS, "2026-11-17T10:21:00Z")

    world.tick("2026-11-17T10:22:30Z")
    assert len(_replies(world)) == 1


def test_twin_answered_in_time_it_is_sent_and_nobody_is_reminded(world: World) -> None:
    decision = _asked(world)

    world.answer(decision, "approve", FINN, "2026-11-17T10:09:00Z")
    for minute in (10, 20, 45):
        assert world.tick(f"2026-11-17T10:{minute}:30Z")["asks"] == 0

    (sent,) = _replies(world)
    assert sent["payload"]["contact"] == "liv"
    assert "https://help.example/export" in sent["payload"]["body"]
    assert world.messages("reminder", "notice") == []
