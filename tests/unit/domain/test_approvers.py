"""Who is asked, who may answer, and until when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.domain.approvers import (
    HEAD_START,
    PROTECTIVE_EXPIRY,
    RELATIONS,
    ROLES,
    Ask,
    expires_at,
    requested,
    resolve,
    resolve_all,
    working_deadline,
)
from agent.domain.evidence import Calendar, Person
from agent.domain.facts import Status
from tests.unit.domain.building import ALWAYS, AT, DAY, evidence, person, play, surface

AWAY = {"away_until": AT + DAY}
OFFICE = Calendar("UTC", dict.fromkeys(range(5), (9 * 60, 17 * 60)))


def ask(role: str, *people: Person, requester: str | None = None, **roles: str) -> Ask:
    return resolve(role, surface(), evidence(people=people, roles=roles), requester=requester)


def emails(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}@x.test" for name in names)


# --- who ------------------------------------------------------------------------------------------------------------------------------------------


def test_a_relation_is_held_by_the_person_of_the_case() -> None:
    found = ask("deal_owner", person("rep", "sales_rep"), person("other", "sales_rep"), deal_owner="rep")
    assert found == Ask("deal_owner", emails("rep"), emails("rep"))


def test_a_role_is_held_by_everybody_who_has_it() -> None:
    found = ask(
        "deal_desk", person("b", "deal_desk"), person("a", "deal_desk", "legal"), person("c", "legal"), person("d", "deal_desk", active=False)
    )
    assert (found.asked, found.allowed) == (emails("a", "b"), emails("a", "b"))


@pytest.mark.parametrize(
    ("roles", "asked"),
    [
        ({"owner_manager": "m2"}, ("m2",)),
        ({"account_csm": "m1", "owner_manager": "m2"}, ("m2",)),
        ({"deal_owner": "m3", "account_owner": "m1"}, ("m1",)),
        ({"owner_manager": "rep"}, ("m1", "m2", "m3")),
        ({}, ("m1", "m2", "m3")),
    ],
)
def test_of_several_the_nearest_to_the_case_is_asked_and_all_may_answer(roles: dict[str, str], asked: tuple[str, ...]) -> None:
    found = ask("sales_manager", *(person(name, "sales_manager") for name in ("m1", "m2", "m3")), person("rep", "sales_rep"), **roles)
    assert found.asked == emails(*asked)
    assert set(found.allowed) == set(emails("m1", "m2", "m3"))


def test_the_stand_in_of_the_nearest_is_nearer_than_others() -> None:
    managers = (person("m1", "sales_manager"), person("m2", "sales_manager", delegate="m3", **AWAY), person("m3", "sales_manager"))
    found = ask("sales_manager", *managers, owner_manager="m2")
    assert found.asked == emails("m3")


@pytest.mark.parametrize(
    ("delegate", "asked", "routing"),
    [
        (person("dan", "sales_rep"), ("dan",), "stands in for Rep"),
        (person("dan", "support_agent"), ("boss",), "nobody else may answer for deal_owner: asked as sales_manager"),
        (person("dan", "sales_rep", active=False), ("boss",), "nobody else may answer for deal_owner: asked as sales_manager"),
        (person("dan", "sales_rep", **AWAY), ("boss",), "nobody else may answer for deal_owner: asked as sales_manager"),
    ],
)
def test_who_is_away_is_stood_in_for_by_a_delegate_who_holds_the_role(delegate: Person, asked: tuple[str, ...], routing: str) -> None:
    found = ask("deal_owner", person("rep", "sales_rep", delegate="dan", **AWAY), delegate, person("boss", "sales_manager"), deal_owner="rep")
    assert (found.asked, found.routing) == (emails(*asked), routing)
    assert set(found.allowed) == set(emails(*asked, "rep"))


def test_the_delegate_of_a_role_must_hold_that_role() -> None:
    away = person("desk", "deal_desk", delegate="rep", **AWAY)
    assert ask("deal_desk", away, person("rep", "sales_rep"), person("boss", "sales_manager")).asked == emails("boss")
    assert ask("deal_desk", away, person("rep", "deal_desk", **AWAY), person("boss", "sales_manager")).asked == emails("boss")
    away_too = person("desk2", "deal_desk", delegate="rep", **AWAY)
    found = ask("deal_desk", away, away_too, person("rep", "legal"), person("boss", "sales_manager"))
    assert found.asked == emails("boss")


def test_several_who_are_away_are_named() -> None:
    people = (person("a", "legal", delegate="c", **AWAY), person("b", "legal", delegate="d", **AWAY))
    stand_ins = (person("c", "legal", active=True), person("d", "legal"))
    assert ask("legal", *people, *stand_ins).asked == emails("c", "d")


@pytest.mark.parametrize("requester", ["rep", "rep@x.test"])
def test_who_asked_for_a_concession_cannot_approve_it(requester: str) -> None:
    found = ask("deal_owner", person("rep", "sales_rep"), person("boss", "sales_manager"), requester=requester, deal_owner="rep")
    assert (found.asked, found.allowed) == (emails("boss"), emails("boss"))


def test_nor_as_a_delegate_nor_in_the_fallback_nor_among_several() -> None:
    boss, rep = person("boss", "sales_manager"), person("rep", "sales_rep", "sales_manager", "deal_desk")
    away = person("desk", "deal_desk", delegate="rep", **AWAY)
    found = ask("deal_desk", away, rep, boss, requester="rep")
    assert found.asked == emails("boss")
    assert emails("rep")[0] not in found.allowed
    assert ask("sales_manager", boss, rep, requester="rep", owner_manager="rep").allowed == emails("boss")
    assert ask("deal_owner", rep, requester="rep", deal_owner="rep") == Ask(
        "deal_owner", (), (), "nobody else may answer for deal_owner: asked as sales_manager"
    )


def test_who_is_away_may_name_a_stand_in_who_names_another() -> None:
    chain = (
        person("m1", "sales_manager", delegate="m2", **AWAY),
        person("m2", "sales_manager", delegate="m3", **AWAY),
        person("m3", "sales_manager"),
        person("m4", "sales_manager"),
    )
    assert ask("owner_manager", *chain, owner_manager="m1").asked == emails("m3")
    ring = (person("m1", "csm", delegate="m2", **AWAY), person("m2", "csm", delegate="m1", **AWAY), person("boss", "sales_manager"))
    assert ask("account_csm", *ring, account_csm="m1").asked == emails("boss")


def asks(*people: Person, requester: str | None = None, **roles: str) -> dict[str, tuple[str, ...]]:
    """Who is asked for a manager's and the deal desk's yes."""
    given = evidence(people=people, roles=roles)
    found = resolve_all(("sales_manager", "deal_desk"), surface(), given, requester=requester)
    return {one.role: one.asked for one in found}


BOTH = person("both", "sales_manager", "deal_desk")


def test_two_roles_are_two_people() -> None:
    boss, desk = person("boss", "sales_manager"), person("desk", "deal_desk")
    assert asks(boss, desk) == {"sales_manager": emails("boss"), "deal_desk": emails("desk")}
    assert asks(BOTH, boss) == {"sales_manager": emails("boss"), "deal_desk": emails("both")}
    assert asks(BOTH, desk) == {"sales_manager": emails("both"), "deal_desk": emails("desk")}
    assert asks(BOTH, boss, owner_manager="both") == {"sales_manager": emails("boss"), "deal_desk": emails("both")}
    assert asks(boss, person("m2", "sales_manager"), owner_manager="boss") == {"sales_manager": emails("boss"), "deal_desk": emails("m2")}


def test_where_one_person_is_all_there_is_they_answer_once_and_it_is_said() -> None:
    found = resolve_all(("sales_manager", "deal_desk"), surface(), evidence(people=(BOTH,)), requester=None)
    assert [(one.role, one.asked, one.routing) for one in found] == [("sales_manager", emails("both"), "answers for deal_desk too: nobody else may")]


def test_where_nobody_may_answer_for_a_role_nobody_elses_answer_stands_for_it() -> None:
    found = resolve_all(("owner_manager", "deal_desk"), surface(), evidence(people=(person("desk", "deal_desk"),)), requester=None)
    assert {one.role: one.asked for one in found} == {"owner_manager": (), "deal_desk": emails("desk")}


def test_the_requester_is_in_neither() -> None:
    assert asks(BOTH, person("boss", "sales_manager"), requester="both") == {"sales_manager": emails("boss")}


@pytest.mark.parametrize("named", ["rep", "REP", "Rep@X.test", " rep@x.test", "Rep"])
def test_a_requester_is_known_by_id_address_or_name(named: str) -> None:
    assert requested(person("rep", "sales_rep"), named)
    assert not requested(person("boss", "sales_manager"), named)


def test_when_all_are_away_the_fallback_is_asked_all_the_same() -> None:
    found = ask("deal_owner", person("rep", "sales_rep", **AWAY), person("boss", "sales_manager", **AWAY), deal_owner="rep")
    assert (found.asked, set(found.allowed)) == (emails("boss"), set(emails("rep", "boss")))


def test_the_fallback_prefers_who_is_here() -> None:
    found = ask("ticket_assignee", person("a", "sales_manager", **AWAY), person("b", "sales_manager"))
    assert (found.asked, set(found.allowed)) == (emails("b"), set(emails("a", "b")))


def test_relations_name_roles_that_people_hold() -> None:
    assert set(RELATIONS.values()) <= ROLES


# --- until when -----------------------------------------------------------------------------------------------------------------------------------


def until(values: dict[str, Any] | None = None, *, protective: bool = False, at: datetime = AT, window: str = "30d", **of_person: Any) -> datetime:
    given = evidence(values, at=at, people=(person("rep", "sales_rep", **of_person),))
    return expires_at(surface(), play(window=window), given, ["rep@x.test"], protective=protective)


def test_an_ask_lasts_for_working_time() -> None:
    assert until(calendar=OFFICE) == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert until(calendar=ALWAYS) == AT + timedelta(hours=8)
    assert until() == datetime(2026, 11, 24, 10, tzinfo=UTC)  # office hours stand in for a calendar that nobody knows
    holiday = Calendar("UTC", OFFICE.hours, frozenset({datetime(2026, 11, 24, tzinfo=UTC).date()}))
    assert until(calendar=holiday) == datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "expires"),
    [
        ({"ticket.minutes_to_sla": 30}, AT + timedelta(minutes=30) - HEAD_START),
        ({"ticket.minutes_to_sla": 0.5}, AT + timedelta(seconds=30)),
        ({"ticket.minutes_to_sla": -10}, AT + timedelta(hours=8)),
        ({"ticket.minutes_to_sla": 9000}, AT + timedelta(hours=8)),
        ({"ticket.minutes_to_sla": None}, AT + timedelta(hours=8)),
        ({"ticket.minutes_to_sla": Status.STALE}, AT + timedelta(hours=8)),
        ({"contract.days_to_notice": 1}, AT + timedelta(hours=8)),
        ({"contract.days_to_notice": -1}, AT + timedelta(hours=8)),
    ],
)
def test_it_ends_before_the_clock_that_it_protects(values: dict[str, Any], expires: datetime) -> None:
    assert until(values, calendar=ALWAYS) == expires


@pytest.mark.parametrize(
    ("days", "expires"),
    [
        (1, datetime(2026, 11, 24, tzinfo=UTC) - HEAD_START),
        (0, datetime(2026, 11, 24, tzinfo=UTC) - HEAD_START),  # the deadline is today: until its end
        (2, datetime(2026, 11, 24, 10, tzinfo=UTC)),
        (-1, datetime(2026, 11, 24, 10, tzinfo=UTC)),
    ],
)
def test_the_notice_deadline_is_a_day(days: int, expires: datetime) -> None:
    assert until({"contract.days_to_notice": days}, calendar=OFFICE) == expires


def test_it_ends_before_the_window_of_the_play() -> None:
    assert until(window="3h", calendar=ALWAYS) == AT + timedelta(hours=3) - HEAD_START


def test_a_required_play_is_asked_about_for_minutes_whatever_the_calendar_says() -> None:
    night = datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert until(protective=True, at=night, calendar=OFFICE) == night + PROTECTIVE_EXPIRY
    assert until({"ticket.minutes_to_sla": 5}, protective=True) == AT + timedelta(minutes=5) - HEAD_START


def test_working_time_is_that_of_the_first_who_is_asked_and_has_a_calendar() -> None:
    people = (person("a"), person("b", calendar=OFFICE), person("c", calendar=ALWAYS))
    given = evidence(people=people, at=AT + timedelta(hours=9))
    assert working_deadline(given, emails("a", "b"), timedelta(hours=1)) == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert working_deadline(given, emails("c"), timedelta(hours=1)) == AT + timedelta(hours=10)


def test_why_somebody_is_passed_over_is_said_where_the_directory_does_not_know_it() -> None:
    away = person("rep", "sales_rep", delegate="dan", away_why="Slack status “OOO”", **AWAY)
    boss = person("boss", "sales_manager")
    assert ask("deal_owner", away, person("dan", "sales_rep"), boss, deal_owner="rep").routing == "stands in for Rep; Rep is away: Slack status “OOO”"
    alone = ask("deal_owner", away, boss, deal_owner="rep")
    assert alone.routing == "nobody else may answer for deal_owner: asked as sales_manager; Rep is away: Slack status “OOO”"
    assert ask("sales_rep", away, person("eve", "sales_rep"), boss).routing == "Rep is away: Slack status “OOO”"


@pytest.mark.parametrize(
    ("people", "asked"),
    [
        ((person("a", "sales_rep", delegate="b", **AWAY), person("b", "sales_rep", delegate="c", **AWAY), person("c", "sales_rep")), ("c",)),
        ((person("a", "sales_rep", delegate="b", **AWAY), person("b", delegate="c", **AWAY), person("c", "sales_rep")), ("c",)),
        ((person("a", "sales_rep", delegate="b", **AWAY), person("b", "sales_rep", delegate="c", **AWAY), person("c", "legal")), ()),
        (
            (person("a", "sales_rep", delegate="b", **AWAY), person("b", "sales_rep", delegate="c", active=False, **AWAY), person("c", "sales_rep")),
            (),
        ),
        ((person("a", "sales_rep", delegate="b", **AWAY), person("b", "sales_rep", delegate="a", **AWAY)), ()),
        ((person("a", "sales_rep", delegate="b", **AWAY), person("b", "sales_rep", delegate="b", **AWAY)), ()),
        ((person("a", "sales_rep", delegate="a", **AWAY),), ()),
        ((person("a", "sales_rep", delegate="nobody", **AWAY),), ()),
        ((person("a", "sales_rep", **AWAY),), ()),
    ],
)
def test_a_chain_of_stand_ins_ends_with_who_is_here_and_holds_the_role(people: tuple[Person, ...], asked: tuple[str, ...]) -> None:
    found = ask("deal_owner", *people, deal_owner="a")
    assert found.asked == emails(*asked)
