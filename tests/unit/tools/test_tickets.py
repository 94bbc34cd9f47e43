"""Tickets, support trouble of an account and its family, and groups."""

from collections.abc import Collection
from typing import Any

import pytest

from agent.domain.evidence import Calendar, Person
from tests.unit.tools.reading_facts import fact, is_missing, value
from tests.unit.tools.world import AT, DAY, World, ago, ahead
from tools.result import ToolResult
from tools.tickets import OURS, account_support, family_support, group_states, is_answered, ticket_state

TICKET: dict[str, Any] = {
    "account": "acc_1",
    "subject": "Export fails",
    "status": "open",
    "created_at": ago(minutes=90),
}
DAYTIME = Calendar("UTC", dict.fromkeys(range(5), (8 * 60, 17 * 60)))
NIGHT = Calendar("UTC", dict.fromkeys(range(5), (20 * 60, 23 * 60)))


async def state(**changes: Any) -> ToolResult:
    world = World(tickets_={"t": {**TICKET, **changes}})
    return await ticket_state(world.sources.crm, world.sources.helpdesk, "t", AT, into="EUR")


async def test_a_ticket_in_nobodys_hands_is_known_to_be() -> None:
    result = await state()
    assert value(result, "ticket.assignee") is None
    assert value(result, "ticket.group") is None
    assert value(result, "ticket.incident") is None
    assert value(result, "ticket.tags") == []
    assert value(result, "ticket.refund_amount") == 0
    assert value(result, "ticket.minutes_to_sla") is None
    assert value(result, "ticket.age_minutes") == 90.0
    assert is_missing(result, "ticket.priority", "ticket.type", "ticket.product", "ticket.language")


async def test_minutes_to_the_sla_count_below_zero_when_it_is_missed() -> None:
    assert value(await state(sla_due_at=ahead(minutes=25)), "ticket.minutes_to_sla") == 25.0
    assert value(await state(sla_due_at=ago(minutes=5)), "ticket.minutes_to_sla") == -5.0


@pytest.mark.parametrize(
    ("message", "active"),
    [
        ({"at": ago(minutes=29), "by": "agent", "author": "u_1"}, True),
        ({"at": ago(minutes=5), "by": "agent", "author": "u_1", "public": False}, True),
        ({"at": ago(minutes=30), "by": "agent", "author": "u_1"}, False),
        ({"at": ago(minutes=5), "by": "customer"}, False),
        ({"at": ago(minutes=5), "by": "agent", "author": OURS}, False),
        ({"at": ahead(minutes=5), "by": "agent", "author": "u_1"}, False),
    ],
    ids=["just now", "a note", "half an hour ago", "the customer", "we ourselves", "not written yet"],
)
async def test_a_person_is_active_who_wrote_in_the_last_half_hour(message: dict[str, Any], active: bool) -> None:
    assert value(await state(messages=[{"body": "x", **message}]), "ticket.human_active") is active


async def test_safety_words_come_from_subject_and_customer_messages_only() -> None:
    messages = [
        {"at": ago(minutes=8), "by": "customer", "body": "now there is smoke"},
        {"at": ago(minutes=5), "by": "agent", "author": "u_1", "body": "is it a fire?"},
    ]
    result = await state(subject="Sparks from the kiosk", body="It is burning hot", messages=messages)
    assert value(result, "ticket.safety_words") == ["sparks", "burning", "smoke"]


async def test_the_first_message_counts_once_when_the_helpdesk_repeats_it_as_the_body() -> None:
    first = {"at": ago(minutes=9), "by": "customer", "body": "the export fails"}
    assert value(await state(body="the export fails", messages=[first]), "ticket.customer_messages") == 1
    assert value(await state(body="please help", messages=[first]), "ticket.customer_messages") == 2
    assert value(await state(body="one two three"), "ticket.words") == 5


async def test_a_refund_is_stated_in_the_reporting_currency_or_not_at_all() -> None:
    assert value(await state(refund={"amount": 20, "currency": "EUR"}), "ticket.refund_amount") == 20.0
    assert is_missing(await state(refund={"amount": 20, "currency": "USD"}), "ticket.refund_amount")


@pytest.mark.parametrize(
    ("group", "tier", "area"),
    [(None, 0, None), ("g2", 2, "billing"), ("g", 1, "support")],
    ids=["nobody has it", "second tier of billing", "neither is noted"],
)
async def test_tier_and_area_of_the_group_that_has_the_ticket(group: str | None, tier: int, area: str | None) -> None:
    world = World(tickets_={"t": {**TICKET, "group": group}}, groups_={"g2": {"tier": 2, "area": "billing"}, "g": {}})
    result = await ticket_state(world.sources.crm, world.sources.helpdesk, "t", AT, into="EUR")
    assert (value(result, "ticket.group_tier"), value(result, "ticket.group_area")) == (tier, area)


async def test_of_a_group_that_nobody_knows_they_are_missing() -> None:
    world = World(tickets_={"t": {**TICKET, "group": "g_gone"}})
    result = await ticket_state(world.sources.crm, world.sources.helpdesk, "t", AT, into="EUR")
    assert is_missing(result, "ticket.group_tier", "ticket.group_area")


async def test_a_deleted_ticket() -> None:
    world = World(deleted={("ticket", "t")})
    result = await ticket_state(world.sources.crm, world.sources.helpdesk, "t", AT, into="EUR")
    assert value(result, "ticket.deleted") is True
    assert is_missing(result, "ticket.status", "ticket.safety_words")


async def test_an_account_without_a_link_has_missing_support_facts_not_zero() -> None:
    world = World(accounts={"acc_1": {}}, tickets_={"t": TICKET})
    result = await account_support(world.sources.helpdesk, "acc_1", AT)
    assert value(result, "account.helpdesk_linked") is False
    assert is_missing(result, "account.open_tickets", "account.open_p1_tickets")


async def test_a_linked_account_counts_its_open_tickets() -> None:
    tickets = {
        "a": {**TICKET, "priority": "p1"}, "b": TICKET, "c": {**TICKET, "status": "solved", "priority": "p1"},
        "d": {**TICKET, "account": "acc_2", "priority": "p1"},
    }  # fmt: skip
    world = World(tickets_=tickets, in_helpdesk={"acc_1"})
    result = await account_support(world.sources.helpdesk, "acc_1", AT)
    assert value(result, "account.open_tickets") == 2
    assert value(result, "account.open_p1_tickets") == 1


async def test_tickets_are_not_counted_where_one_cannot_be_read() -> None:
    world = World(tickets_={"a": {**TICKET, "priority": "p1"}, "b": TICKET}, in_helpdesk={"acc_1"}, unread={"b"})
    result = await account_support(world.sources.helpdesk, "acc_1", AT)
    assert value(result, "account.helpdesk_linked") is True
    assert is_missing(result, "account.open_tickets", "account.open_p1_tickets")
    assert "1 of its tickets cannot be read: nextplay systems faults" in fact(result, "account.open_tickets").source


FAMILY = {"acc_1": {"parent": "acc_2"}, "acc_2": {}, "acc_3": {"parent": "acc_2"}}


async def family(linked: set[str], unread: Collection[str] = (), **tickets: dict[str, Any]) -> ToolResult:
    world = World(accounts=FAMILY, tickets_=tickets, in_helpdesk=linked, unread={*unread})
    return await family_support(world.sources.crm, world.sources.helpdesk, "acc_1", AT)


async def test_a_family_that_is_linked_throughout_can_be_free_of_p1_tickets() -> None:
    result = await family({"acc_1", "acc_2", "acc_3"}, t=TICKET)
    assert value(result, "family.open_p1_tickets") == 0


async def test_a_family_that_is_partly_linked_cannot() -> None:
    result = await family({"acc_1", "acc_2"}, t=TICKET)
    assert is_missing(result, "family.open_p1_tickets")
    assert "not linked: acc_3" in fact(result, "family.open_p1_tickets").source


async def test_a_p1_that_was_found_is_known_whoever_else_is_not_linked() -> None:
    result = await family({"acc_3"}, t={**TICKET, "account": "acc_3", "priority": "p1"})
    assert value(result, "family.open_p1_tickets") == 1


async def test_a_family_is_not_free_of_p1_tickets_where_a_ticket_or_a_member_cannot_be_read() -> None:
    result = await family({"acc_1", "acc_2", "acc_3"}, "t", t={**TICKET, "account": "acc_3"})
    assert is_missing(result, "family.open_p1_tickets")
    assert "1 of its tickets cannot be read" in fact(result, "family.open_p1_tickets").source
    result = await family({"acc_1", "acc_2", "acc_3"}, {"acc_3"}, t={**TICKET, "account": "acc_3", "priority": "p1"})
    assert value(result, "family.open_p1_tickets") == 1, "of a member that cannot be read tickets can be"


async def test_a_helpdesk_that_is_down_leaves_everything_missing() -> None:
    world = World(accounts=FAMILY, in_helpdesk={"acc_1", "acc_2", "acc_3"}, down={"helpdesk"})
    assert is_missing(await account_support(world.sources.helpdesk, "acc_1", AT), "account.helpdesk_linked")
    assert is_missing(await family_support(world.sources.crm, world.sources.helpdesk, "acc_1", AT), "family.open_p1_tickets")


def person(**changes: Any) -> Person:
    return Person("u_1", "u_1@x.example", "Uma", ("support_agent",), **changes)


@pytest.mark.parametrize(
    ("group", "people", "reachable", "open_now"),
    [
        ({"calendar": "day"}, [], True, True),
        ({"calendar": "night"}, [], False, False),
        ({"calendar": "night", "on_call": "u_1"}, [person()], True, False),
        ({"calendar": "night", "on_call": "u_1"}, [person(away_until=AT + DAY)], False, False),
        ({"calendar": "night", "on_call": "u_1"}, [person(active=False)], False, False),
        ({"calendar": "day", "reachable": False, "on_call": "u_1"}, [person()], False, True),
    ],
    ids=["open", "closed", "on call", "on call but away", "on call but gone", "says no"],
)
async def test_a_group_is_reachable_when_it_is_open_or_somebody_is_on_call(
    group: dict[str, Any], people: list[Person], reachable: bool, open_now: bool
) -> None:
    world = World(groups_={"g": {"name": "G", **group}}, calendars={"day": DAYTIME, "night": NIGHT}, people_=people)
    result = await group_states(world.sources.helpdesk, world.sources.directory, AT)
    assert value(result, "group.reachable", "g") is reachable
    assert value(result, "group.open_now", "g") is open_now
    assert result.extras["calendars"]["g"] in (DAYTIME, NIGHT)


async def test_a_group_whose_hours_nobody_knows_is_not_taken_for_open() -> None:
    world = World(groups_={"g": {"name": "G"}})
    result = await group_states(world.sources.helpdesk, world.sources.directory, AT)
    assert is_missing(result, "group.open_now", "group.reachable", of="g")
    assert value(result, "group.on_call", "g") is None


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ([], False),
        ([{"by": "customer"}], False),
        ([{"by": "customer"}, {"by": "agent"}], True),
        ([{"by": "customer"}, {"by": "agent", "author": "nextplay"}], True),
        ([{"by": "customer"}, {"by": "agent", "public": False}], False),
        ([{"by": "agent"}, {"by": "customer"}, {"by": "agent", "public": False}], False),
        (["not a message"], False),
    ],
)
def test_a_ticket_is_answered_when_the_last_public_word_is_ours(said: list[Any], answered: bool) -> None:
    assert is_answered({"messages": said}) is answered
