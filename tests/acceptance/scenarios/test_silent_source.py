"""While a source is silent nothing is decided without it; that it is so can be seen, and after some minutes people are told, once."""

import pytest

from integrations.sandbox import source
from tests.acceptance.scenarios.world import World, chosen, event, fact

START = "2026-11-24T04:00:00Z"
NOW = "2026-11-24T05:00:00Z"
CREATED = event("ticket.created", NOW, id="s-1", ticket="z-9")
AGAIN = event("ticket.priority_changed", NOW, id="s-2", ticket="z-9")
DOWN, SLOW, UP = ({"source": "helpdesk", "mode": mode} for mode in ("down", "slow", "ok"))


def test_what_waits_for_a_silent_source_is_told_once_and_goes_on_when_it_answers(world: World) -> None:
    world.change(NOW, faults=DOWN)

    waiting = world.run([CREATED, AGAIN], NOW, code=1)

    assert [one["state"] for one in waiting] == ["new", "new"]
    assert all("waits for helpdesk" in one["why"] for one in waiting)
    assert "2 runs for helpdesk since" in world.checked("waiting runs")
    world.tick("2026-11-24T05:04:00Z")
    assert world.messages("alarm") == []
    for moment in ("2026-11-24T05:05:00Z", "2026-11-24T05:20:00Z"):
        world.tick(moment)
    (alarm,) = world.messages("alarm")
    assert (alarm["to"], alarm["title"]) == (["ops@desk.example"], "Silent: helpdesk")

    world.change("2026-11-24T05:21:00Z", faults=UP)
    world.tick("2026-11-24T05:21:00Z")
    assert "assign_group" in [one["kind"] for one in world.effects()]
    assert world.checked("waiting runs") == "none"


def test_twin_while_the_source_answers_nothing_waits(world: World) -> None:
    decision = world.run(CREATED, NOW)

    assert decision["route"] == "act"
    assert world.checked("waiting runs") == "none"


def test_a_slow_source_that_may_hide_an_emergency_alarms_people_and_is_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "SLOW_S", 0.5)
    monkeypatch.setenv("NEXTPLAY_GATHER_DEADLINE_S", "0.2")
    world.change(NOW, faults=SLOW)

    decision = world.run({**CREATED, "data": {"priority": "p1"}}, NOW)

    assert decision["route"] == "none"
    (alarm,) = world.messages("alarm")
    assert "priority p1" in alarm["body"]
    assert "escalate-to-group" in alarm["body"]

    world.change("2026-11-24T05:00:05Z", faults=UP)
    (again,) = world.tick("2026-11-24T05:00:30Z")["decisions"]
    assert again["route"] == "act"
    assert "assign_group" in [one["kind"] for one in world.effects()]


@pytest.mark.parametrize("slow", ["crm", "helpdesk"])
def test_a_source_that_never_answers_costs_one_run_its_share_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch, slow: str) -> None:
    """Were it waited for, this test would not end."""
    monkeypatch.setattr(source, "SLOW_S", 3600)
    monkeypatch.setenv("NEXTPLAY_GATHER_DEADLINE_S", "0.4")
    world.change(NOW, faults={"source": slow, "mode": "slow"})

    decision = world.run({**CREATED, "data": {"priority": "p1"}}, NOW)

    if slow == "crm":  # all that this emergency takes is known to the helpdesk
        assert (decision["route"], chosen(decision)["play"]) == ("act", "escalate-to-group")
        assert "no answer within" in fact(decision, "account.name")["source"]
    else:
        assert decision["route"] == "none"
        assert "escalate-to-group" in world.messages("alarm")[0]["body"]


LINKED = {**event("ticket.created", NOW, id="s-3", ticket="55"), "data": {"priority": "p1"}}
LINK = {"source": "zendesk", "external_id": "55", "kind": "ticket", "id": "z-9"}


@pytest.mark.parametrize("slow", [("crm",), ("crm", "helpdesk")], ids="+".join)
def test_a_ticket_by_the_helpdesks_own_id_is_not_taken_for_unknown(world: World, monkeypatch: pytest.MonkeyPatch, slow: tuple[str, ...]) -> None:
    monkeypatch.setattr(source, "SLOW_S", 3600)
    monkeypatch.setenv("NEXTPLAY_GATHER_DEADLINE_S", "0.4")
    world.change(NOW, links=LINK, faults=[{"source": one, "mode": "slow"} for one in slow])

    world.run(LINKED, NOW, code=1 if slow == ("crm",) else 0)
    assert [one["route"] for one in world.decisions()] == ([] if slow == ("crm",) else ["none"])
    assert len(world.messages("alarm")) == len(world.decisions())

    world.change("2026-11-24T05:00:20Z", faults=[{"source": one, "mode": "ok"} for one in slow])
    world.tick("2026-11-24T05:00:30Z")
    assert world.decisions()[0]["route"] == "act"
    assert "assign_group" in [one["kind"] for one in world.effects()]


def test_twin_where_it_answers_in_time_nobody_is_alarmed(world: World) -> None:
    decision = world.run(CREATED, NOW)

    assert chosen(decision)["play"] == "escalate-to-group"
    assert world.messages("alarm") == []


ARTICLE = {
    "id": "a-loop", "title": "TS-2010: a loop between flows was detected", "visibility": "public", "locale": "en", "topics": ["automation"],
    "url": "https://help.desk.example/loop", "updated_at": "2026-11-01T00:00:00Z", "body": "Open both flows and switch off the trigger of one.",
}  # fmt: skip
ASKED = {"id": "z-9", "subject": "TS-2010 a loop between flows was detected", "type": "question", "priority": "p3", "version": 9}


def test_while_the_search_is_silent_a_ticket_is_looked_at_again(world: World) -> None:
    world.change(NOW, articles=ARTICLE, tickets=ASKED, faults={"source": "articles", "mode": "down"})

    first = world.run(CREATED, NOW)

    assert (first["choice"], fact(first, "search.articles")["status"]) == (None, "missing")
    assert world.messages("alarm") == [], "nothing is required"

    world.change("2026-11-24T05:00:05Z", faults={"source": "articles", "mode": "ok"})
    (again,) = world.tick("2026-11-24T05:00:30Z")["decisions"]
    assert again["play"] == "help-article-public"


def test_twin_where_the_search_answers_and_finds_nothing_that_is_that(world: World) -> None:
    world.change(NOW, tickets=ASKED)

    first = world.run(CREATED, NOW)

    assert (chosen(first)["play"], fact(first, "search.articles")["value"]) == ("ask-for-details", True)
    assert world.tick("2026-11-24T05:00:30Z")["decisions"] == []


def test_a_source_that_stays_slow_is_asked_a_few_times_and_people_are_told_that_it_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "SLOW_S", 0.3)
    monkeypatch.setenv("NEXTPLAY_GATHER_DEADLINE_S", "0.1")
    world.change(NOW, faults=SLOW)
    world.run(CREATED, NOW)

    for minute in range(6, 60, 6):
        world.tick(f"2026-11-24T05:{minute:02}:00Z")

    told = world.messages("alarm")
    assert len(told) == 2
    assert "It is not looked at again." in told[-1]["body"]
    assert len(world.decisions()) == 5
