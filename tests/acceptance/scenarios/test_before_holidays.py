"""A contact cap, quiet hours and holidays together put a message off to one exact minute.

Wednesday 23 December, 07:20 in Dublin, which is UTC in winter. At most two messages a week may reach one person:

* the first of the two touches was on Thursday 17 December at 10:07, so a third message is free a week later, on Thursday 24 December at 10:07;
* the 24th and 25th are holidays, the 26th and 27th a weekend, the 28th is a holiday: the office opens on Tuesday 29 December at 09:00.

With one touch fewer the cap is not reached, and only the night stands in the way: 09:00 on the same morning.
"""

import pytest

from tests.acceptance.scenarios.world import World, candidates, chosen, codes, event

START = "2026-12-22T12:00:00Z"
NOW = "2026-12-23T07:20:00Z"
MOVED = event("deal.stage_changed", NOW, id="l-1", deal="seat-2", stage="evaluation")


def _goes_on_at(world: World, minute_before: str, minute: str) -> None:
    """Nothing happens a minute before; at the minute the owner is asked, and what they approve is sent."""
    decision = world.run(MOVED, NOW)
    assert (decision["route"], chosen(decision)["until"]) == ("deferred", minute)
    assert world.messages() == []

    before = world.tick(minute_before)
    assert (before["driven"], before["asks"], world.messages()) == (0, 0, [])

    world.tick(minute)
    (card,) = world.messages("ask")
    assert card["to"] == ["orla@stage.example"]
    assert "contacted often enough" not in card["body"], "the card says why it is asked, not why it had to wait"
    assert "this kind of step always asks a person first" in card["body"]
    world.answer(decision, "approve", "orla@stage.example", minute)
    world.tick(minute.replace(":00:00Z", ":01:01Z"))
    assert [one["target"] for one in world.effects("send_content")] == ["meg"]


def test_two_touches_and_the_holidays(world: World) -> None:
    _goes_on_at(world, "2026-12-29T08:59:00Z", "2026-12-29T09:00:00Z")


def test_twin_one_touch_fewer(world: World) -> None:
    world.change(START, touches={"id": "second", "contact": "meg", "at": "2026-12-21T14:00:00Z", "sender": "orla", "deleted": True})

    _goes_on_at(world, "2026-12-23T08:59:00Z", "2026-12-23T09:00:00Z")


def test_the_reasons_name_the_cap_and_the_hours(world: World) -> None:
    decision = world.run(MOVED, NOW)

    assert codes(decision) == {"contact_cap", "quiet_hours"}
    (mail,) = candidates(decision, "follow-up-content")
    moments = {rule["id"]: rule["until"] for rule in mail["rules"] if rule["matched"]}
    assert moments == {"contact-cap": "2026-12-24T10:07:00Z", "quiet-hours": "2026-12-29T09:00:00Z"}
    (cap, hours) = decision["reasons"]
    assert "2 contacts since 17 Dec, of at most 2 in 1w (contact-cap) until 2026-12-24 10:07 UTC" in cap["text"]
    assert "holiday: Thu 24 Dec, Fri 25 Dec, Mon 28 Dec; day off: Sat 26 Dec, Sun 27 Dec (quiet-hours) until 2026-12-29 09:00 UTC" in hours["text"]
    assert "closed until Tue 29 Dec 09:00, Europe/Dublin; holiday: Thu 24 Dec" in " ".join(world.story(decision).split())


def test_twin_a_rule_that_would_allow_right_now_is_named_where_it_moves_the_moment(world: World) -> None:
    """At noon the office is open: only the cap stands in the way, and the moment that it asks for falls on a holiday."""
    noon = "2026-12-23T12:00:00Z"

    decision = world.run(event("deal.stage_changed", noon, id="l-2", deal="seat-2", stage="evaluation"), noon)

    assert (codes(decision), chosen(decision)["until"]) == ({"contact_cap", "quiet_hours"}, "2026-12-29T09:00:00Z")


def test_a_bounced_touch_takes_no_slot(world: World) -> None:
    world.change(START, touches={"id": "second", "contact": "meg", "at": "2026-12-21T14:00:00Z", "sender": "orla", "status": "bounced"})

    assert chosen(world.run(MOVED, NOW))["until"] == "2026-12-23T09:00:00Z"


@pytest.mark.parametrize("status", ["scheduled", "pending"])
def test_what_is_still_to_be_sent_holds_its_slot(world: World, status: str) -> None:
    world.change(START, touches={"id": "second", "contact": "meg", "at": "2026-12-23T15:00:00Z", "sender": "orla", "status": status})

    assert chosen(world.run(MOVED, NOW))["until"] == "2026-12-29T09:00:00Z"
