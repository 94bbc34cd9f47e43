"""The sandbox as CRM, helpdesk and directory, with the faults that a fixture sets."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agent.domain.calendars import OFFICE_HOURS
from integrations.db.database import Database
from integrations.db.errors import ClosedError
from integrations.sandbox.fixtures import FixtureError
from integrations.sandbox.sandbox import Sandbox
from tests.unit.sandbox.conftest import START, HandClock, HandPause
from tools.ports import Asked, SourceError
from tools.tickets import OURS

WORLD = """
people:
  - {id: u_1, email: u1@x.example, name: Uma, roles: [sales_rep], delegate: u_2, timezone: Asia/Tokyo}
  - {id: u_2, email: u2@x.example, name: Vic, roles: [sales_rep], active: false}
  - {id: u_3, email: u3@x.example, name: Wen, roles: [csm]}
teams:
  - {id: t_x, email: team@x.example, name: Team X, members: [u_1, u_2]}
absences:
  - {person: u_1, from: '@-1d', until: '@+2d', delegate: u_3}
  - {person: u_3, from: '@+1d', until: '@+2d'}
accounts:
  - {id: acc_top, name: Top}
  - {id: acc_1, name: One, parent: acc_top}
  - {id: acc_2, name: Two, parent: acc_top}
  - {id: acc_3, name: Three, parent: acc_1}
  - {id: acc_9, name: Stranger}
links:
  - {source: zendesk, external_id: '77', kind: account, id: acc_1}
  - {source: hubspot, external_id: '88', kind: account, id: acc_2}
contacts:
  - {id: con_1, account: acc_1, name: Ann}
  - {id: con_9, account: acc_9, name: Zoe}
consents:
  - {contact: con_1, purpose: marketing, channel: email, status: granted}
touches:
  - {contact: con_1, at: '@-1d', sender: u_1, status: sent, content: ast_1}
  - {contact: con_1, at: '@-2d', sender: nextplay}
  - {contact: con_9, at: '@-2d', sender: u_1}
rates:
  - {from: GBP, to: EUR, rate: 1.1, date: '@-9d'}
  - {from: GBP, to: EUR, rate: 1.2, date: '@-1d'}
  - {from: GBP, to: EUR, rate: 9.9, date: '@+1d'}
  - {from: EUR, to: SEK, rate: 10, date: '@-1d'}
usage:
  - {account: acc_1, as_of: '@-5d', active_users: 3}
tickets:
  - {id: t_1, subject: S, account: acc_1}
  - {id: t_9, subject: S, account: acc_9}
"""


@pytest.fixture
async def filled(sandbox: Sandbox) -> Sandbox:
    await sandbox.apply(WORLD)
    return sandbox


async def test_a_family_is_the_account_its_parent_children_and_sisters(filled: Sandbox) -> None:
    assert [m.id for m in await filled.crm.family("acc_1")] == ["acc_1", "acc_2", "acc_3", "acc_top"]
    assert [m.id for m in await filled.crm.family("acc_9")] == ["acc_9"]
    assert await filled.crm.family("acc_0") == []


async def test_a_family_reaches_as_far_as_its_tree_does_and_no_ring_is_endless(filled: Sandbox) -> None:
    await filled.apply("""
accounts:
  - {id: acc_top, parent: acc_above}
  - {id: acc_above, name: Above}
  - {id: acc_niece, name: Niece, parent: acc_2}
  - {id: acc_x, name: X, parent: acc_y}
  - {id: acc_y, name: Y, parent: acc_x}
""")
    assert [m.id for m in await filled.crm.family("acc_1")] == ["acc_1", "acc_2", "acc_3", "acc_above", "acc_niece", "acc_top"]
    assert [m.id for m in await filled.crm.family("acc_x")] == ["acc_x", "acc_y"]


async def test_contacts_bring_their_consents(filled: Sandbox) -> None:
    (contact,) = await filled.crm.contacts("acc_1")
    assert [(c["purpose"], c["status"]) for c in contact.data["consents"]] == [("marketing", "granted")]


async def test_touches_come_oldest_first_and_ours_are_marked(filled: Sandbox) -> None:
    touches = (await filled.crm.touches(["acc_1", "acc_2"])).touches
    assert [(t.sender, t.ours, t.status, t.direction, t.channel) for t in touches] == [
        (OURS, True, "sent", "out", "email"),
        ("u_1", False, "sent", "out", "email"),
    ]


async def test_the_latest_rate_counts_and_tomorrows_does_not(filled: Sandbox) -> None:
    pound, krona = await filled.crm.rate("GBP", "EUR"), await filled.crm.rate("SEK", "EUR")
    assert pound is not None
    assert pound.data == {"rate": 1.2}
    assert (START - pound.as_of).days == 1
    assert krona is not None
    assert krona.data == {"rate": 0.1}, "known the other way round"
    assert await filled.crm.rate("USD", "EUR") is None
    euro = await filled.crm.rate("EUR", "GBP")
    assert euro is not None
    assert euro.data == {"rate": 1 / 1.2}, "into whichever currency is asked for"
    assert await filled.crm.rate("SEK", "GBP") is None, "no rate is made up from two"


async def test_usage_is_dated_by_when_it_was_measured(filled: Sandbox) -> None:
    usage = await filled.crm.usage("acc_1")
    assert usage is not None
    assert (START - usage.as_of).days == 5


async def test_a_read_that_goes_wrong_is_its_askers_alone(filled: Sandbox) -> None:
    together = filled.crm._together

    def broken(_session: object) -> None:
        raise ZeroDivisionError

    answers = await asyncio.gather(together.read("crm", broken), together.read("crm", lambda _session: "fine"), return_exceptions=True)
    assert isinstance(answers[0], ZeroDivisionError)
    assert answers[1] == ("ok", "fine")


async def test_a_database_that_cannot_be_read_is_everybodys_error(filled: Sandbox, database: Database) -> None:
    database.close()
    answers = await asyncio.gather(filled.crm.account("acc_1"), filled.helpdesk.tickets("acc_1"), return_exceptions=True)
    assert all(isinstance(answer, ClosedError) for answer in answers)


async def test_who_stops_waiting_leaves_the_others_their_answers(filled: Sandbox) -> None:
    first = asyncio.ensure_future(filled.crm.account("acc_1"))
    second = asyncio.ensure_future(filled.crm.account("acc_2"))
    await asyncio.sleep(0)
    first.cancel()
    assert await second is not None
    assert first.cancelled()


async def test_identity_links(filled: Sandbox) -> None:
    assert await filled.crm.resolve("zendesk", "account", "77") == "acc_1"
    assert await filled.crm.resolve("zendesk", "account", "88") is None
    assert await filled.helpdesk.linked(["acc_1", "acc_2", "acc_9"]) == {"acc_1"}, "a CRM's link is no helpdesk link"


async def test_tickets_of_an_account(filled: Sandbox) -> None:
    assert [t.id for t in await filled.helpdesk.tickets("acc_1")] == ["t_1"]


async def test_people_with_absences_as_they_are_at_a_moment(filled: Sandbox, clock: HandClock) -> None:
    uma, vic, wen = await filled.directory.people(clock.now)
    assert uma.away_until is not None
    assert (uma.away_until - START).days == 2
    assert uma.delegate == "u_3", "the absence names its own"
    assert uma.calendar is not None
    assert (uma.calendar.timezone, uma.calendar.hours) == ("Asia/Tokyo", OFFICE_HOURS.hours)
    assert (vic.active, wen.away_until, wen.calendar) == (False, None, None)
    clock.forward(days=2)
    uma, _, _ = await filled.directory.people(clock.now)
    assert (uma.away_until, uma.delegate) == (None, "u_2")


async def test_teams_with_their_members_who_must_be_people(filled: Sandbox) -> None:
    [team] = await filled.directory.teams()
    assert (team.email, team.members) == ("team@x.example", ("u_1", "u_2"))
    with pytest.raises(FixtureError, match="there is no people 'u_none'"):
        await filled.apply("teams: [{id: t_y, email: y@x.example, name: Y, members: [u_none]}]")


async def test_a_source_that_is_down_says_so_and_the_others_answer(filled: Sandbox) -> None:
    await filled.apply("faults: [{source: helpdesk, mode: down}]")
    with pytest.raises(SourceError, match="helpdesk did not answer"):
        await filled.helpdesk.ticket("t_1")
    assert await filled.crm.account("acc_1") is not None
    await filled.apply("faults: [{source: helpdesk, mode: ok}]")
    assert await filled.helpdesk.ticket("t_1") is not None


@pytest.mark.parametrize("source", ["crm", "usage", "touches", "helpdesk", "directory", "articles", "assets"])
async def test_every_source_can_be_down(filled: Sandbox, source: str) -> None:
    await filled.apply(f"faults: [{{source: {source}, mode: down}}]")
    asks: dict[str, Callable[[], Awaitable[Any]]] = {
        "crm": lambda: filled.crm.account("acc_1"),
        "usage": lambda: filled.crm.usage("acc_1"),
        "touches": lambda: filled.crm.touches(["acc_1"]),
        "helpdesk": filled.helpdesk.groups,
        "directory": lambda: filled.directory.people(START),
        "articles": lambda: filled.search.articles([Asked("x1", here_only=False, language="en")], at_most=1),
        "assets": lambda: filled.search.assets([], stage=None, kinds=(), language="en", at_most=1),
    }
    failed = []
    for name, ask in asks.items():
        try:
            await ask()
        except SourceError as error:
            failed.append((name, error.source))
    assert failed == [(source, source)]


async def test_a_slow_source_keeps_its_caller_waiting_and_nobody_else(filled: Sandbox, pause: HandPause) -> None:
    await filled.apply("faults: [{source: usage, mode: slow}]")
    waiting = asyncio.ensure_future(filled.crm.usage("acc_1"))
    assert await filled.crm.account("acc_1") is not None
    await pause.begun.wait()
    assert not waiting.done()
    pause.go.set()
    assert await waiting is not None


async def test_reads_asked_for_together_travel_together_and_fail_apart(filled: Sandbox) -> None:
    trips = 0
    store = filled.crm._together._store
    read = store.glance

    async def counted(work: Any, **how: Any) -> Any:
        nonlocal trips
        trips += 1
        return await read(work, **how)

    store.glance = counted  # type: ignore[method-assign]  # counted
    await filled.apply("faults: [{source: touches, mode: down}]")
    answers = await asyncio.gather(
        filled.crm.account("acc_1"), filled.crm.touches(["acc_1"]), filled.helpdesk.tickets("acc_1"), return_exceptions=True
    )
    assert trips == 1
    assert isinstance(answers[1], SourceError)
    assert not isinstance(answers[0], BaseException)
    assert not isinstance(answers[2], BaseException)
    assert len(answers[2]) == 1


async def test_one_that_is_asked_alone_in_one_statement_needs_no_transaction(filled: Sandbox) -> None:
    store, singles = filled.crm._together._store, list[bool]()
    read = store.glance

    async def noted(work: Any, *, single: bool = False) -> Any:
        singles.append(single)
        return await read(work, single=single)

    store.glance = noted  # type: ignore[method-assign]  # noted
    await filled.crm.account("acc_1")
    await filled.crm.contacts("acc_1")
    await asyncio.gather(filled.crm.account("acc_1"), filled.crm.known("account", "acc_1"))
    assert singles == [True, False, False]


async def test_who_has_the_same_question_at_the_same_time_shares_one_read_of_now(filled: Sandbox) -> None:
    together, asked = filled.crm._together, list[str]()

    def work(_: object) -> int:
        asked.append("read")
        return len(asked)

    at_once = await asyncio.gather(*(together.read("crm", work, "same") for _ in range(3)), together.read("usage", work, "same"))
    assert at_once == [("ok", 1), ("ok", 1), ("ok", 1), ("ok", 2)]
    assert await together.read("crm", work, "same") == ("ok", 3)


async def test_a_record_is_read_anew_although_its_text_is_taken_apart_once(filled: Sandbox) -> None:
    first, again = await filled.crm.account("acc_1"), await filled.crm.account("acc_1")
    await filled.apply("accounts: [{id: acc_1, name: Renamed}]")
    changed = await filled.crm.account("acc_1")

    assert first is not None
    assert again is not None
    assert changed is not None
    assert again.data is first.data
    assert changed.data["name"] == "Renamed"
    assert first.data["name"] != "Renamed"
