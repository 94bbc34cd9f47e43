"""Reads tickets and helpdesk groups: what a ticket says of itself, how much support trouble an account has, and who
could take a ticket.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.domain.calendars import is_open
from agent.domain.evidence import Calendar, Group, Person
from agent.domain.facts import Fact
from tools.calendars import calendars_by_id
from tools.lifecycle import gone
from tools.money import convert
from tools.ownership import is_away
from tools.ports import Crm, Directory, Helpdesk, Snapshot
from tools.reading import UNKNOWN, Reading, fields, minutes_since, moment
from tools.result import ToolResult, facts_of, missing, reads, uncounted
from tools.safety_words import safety_words

OURS = "nextplay"
"""The author and sender under which our own effects appear; a message of ours is not a person at work."""

OPEN = frozenset({"new", "open", "pending"})
SETTLED = ("solved", "closed")
_ACTIVE = timedelta(minutes=30)


@reads(*facts_of("ticket"))
async def ticket_state(crm: Crm, helpdesk: Helpdesk, ticket_id: str, at: datetime, *, into: str) -> ToolResult:
    """What a ticket says of itself, including words of danger in what the customer wrote; a refund in the currency `into`."""
    ticket = await helpdesk.ticket(ticket_id)
    if ticket is None:
        return await gone(crm, "ticket", ticket_id, at)
    refund, groups = await asyncio.gather(_refund(crm, ticket, at, into), helpdesk.groups())
    values = {**_ticket_values(ticket, at), **_whose_hands(ticket.data.get("group"), groups)}
    return ToolResult("ok", (*Reading.told(ticket, at).facts(values), refund), {"ticket": ticket})


def _whose_hands(group_id: Any, groups: Sequence[Snapshot]) -> dict[str, Any]:
    """Tier and area of the group that has the ticket: 0 and none when nobody has it, unknown when the group is not known."""
    if not group_id:
        return {"ticket.group_tier": 0, "ticket.group_area": None}
    group = next((group for group in groups if group.id == group_id), None)
    tier, area = (tier_of(group.data), area_of(group.data)) if group else (UNKNOWN, UNKNOWN)
    return {"ticket.group_tier": tier, "ticket.group_area": area}


def tier_of(group: Mapping[str, Any]) -> int:
    """A group that names no tier is of the first."""
    return int(group.get("tier") or 1)


def area_of(group: Mapping[str, Any]) -> str:
    """A group that names no area is one of support."""
    return str(group.get("area") or "support")


def _ticket_values(ticket: Snapshot, at: datetime) -> dict[str, Any]:
    data = ticket.data
    wrote = customer_messages(data)
    subject = str(data.get("subject") or "")
    due = moment(data, "sla_due_at")
    return {
        **fields("ticket", data, "subject", "type", "priority", "product", "language"),
        "ticket.status": status_of(data),
        "ticket.id": ticket.id,
        "ticket.deleted": False,
        # a ticket without these is in nobody's hands, part of no incident, and has no due time: known, and none
        "ticket.group": data.get("group"),
        "ticket.assignee": data.get("assignee"),
        "ticket.incident": data.get("incident"),
        "ticket.tags": data.get("tags") or [],
        "ticket.minutes_to_sla": None if due is None else -minutes_since(due, at),
        "ticket.age_minutes": minutes_since(moment(data, "created_at"), at),
        "ticket.human_active": human_active(data, at),
        "ticket.reopened": bool(data.get("reopened")),
        "ticket.customer_messages": len(wrote),
        "ticket.safety_words": safety_words(subject, *wrote),
        "ticket.words": len(" ".join([subject, *wrote[:1]]).split()),
    }


def customer_messages(ticket: Mapping[str, Any]) -> list[str]:
    """What the customer wrote, first to last. A helpdesk may repeat the first message as the ticket's body: it counts
    once.
    """
    body = str(ticket.get("body") or "")
    wrote = [str(message.get("body") or "") for message in _messages(ticket) if message.get("by") == "customer"]
    return wrote if not body or body in wrote[:1] else [body, *wrote]


def human_active(ticket: Mapping[str, Any], at: datetime) -> bool:
    """An agent, not we, wrote on the ticket in the last 30 minutes, in public or in a note."""
    times = [moment(m, "at") for m in _messages(ticket) if m.get("by") == "agent" and m.get("author") != OURS]
    return any(at - _ACTIVE < time <= at for time in times if time is not None)


def is_answered(ticket: Mapping[str, Any]) -> bool:
    """The last word in public is an agent's or ours: the customer waits for nothing."""
    public = [m for m in _messages(ticket) if m.get("public", True)]
    return bool(public) and public[-1].get("by") == "agent"


def _messages(ticket: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [message for message in ticket.get("messages") or () if isinstance(message, Mapping)]


async def _refund(crm: Crm, ticket: Snapshot, at: datetime, into: str) -> Fact:
    asked = ticket.data.get("refund")
    if asked is None:
        return Reading.told(ticket, at).fact("ticket.refund_amount", 0)
    return (await convert(crm, asked, at, into)).fact("ticket.refund_amount", at=at, as_of=ticket.as_of)


@reads("account.helpdesk_linked", "account.open_tickets", "account.open_p1_tickets")
async def account_support(helpdesk: Helpdesk, account_id: str, at: datetime) -> ToolResult:
    """How many tickets the account has open. An account that nobody linked to the helpdesk has none *that we know
    of*: missing, not zero.
    """
    if account_id not in await helpdesk.linked([account_id]):
        return ToolResult("ok", Reading(at).facts({"account.helpdesk_linked": False}))
    tickets = await helpdesk.tickets(account_id)
    counts = {"account.open_tickets": len(_open(tickets)), "account.open_p1_tickets": len(_open(tickets, "p1"))}
    reading = Reading.counted(tickets, at)
    facts = uncounted(counts, tickets.lost, "tickets") or reading.facts(counts)
    return ToolResult("ok", (reading.fact("account.helpdesk_linked", value=True), *facts))


@reads("family.open_p1_tickets")
async def family_support(crm: Crm, helpdesk: Helpdesk, account_id: str, at: datetime) -> ToolResult:
    """Open P1 tickets anywhere in the family. Known when every member is linked and every ticket can be read, or as
    soon as one is found; otherwise missing.
    """
    members = (await crm.family(account_id)).ids
    linked = await helpdesk.linked(members)
    tickets = await asyncio.gather(*(helpdesk.tickets(member) for member in members if member in linked))
    count = sum(len(_open(of_member, "p1")) for of_member in tickets)
    if count == 0 and (not members or linked != set(members)):
        unlinked = ", ".join(sorted(set(members) - linked)) or account_id
        return ToolResult("ok", (missing("family.open_p1_tickets", f"not linked: {unlinked}"),))
    facts = uncounted(["family.open_p1_tickets"], [one for of in tickets for one in of.lost], "tickets") if count == 0 else ()
    return ToolResult("ok", facts or Reading.counted((one for of in tickets for one in of), at).facts({"family.open_p1_tickets": count}))


def _open(tickets: Sequence[Snapshot], priority: str | None = None) -> list[Snapshot]:
    return [t for t in tickets if status_of(t.data) in OPEN and priority in (None, t.data.get("priority"))]


def status_of(ticket: Mapping[str, Any]) -> str:
    """A ticket that nobody has given a status is new: taking it for closed would silence what protects."""
    return str(ticket.get("status") or "new")


@reads(*facts_of("group", but=("group.handles_product",)))
async def group_states(helpdesk: Helpdesk, directory: Directory, at: datetime) -> ToolResult:
    """The groups that a ticket can go to, whether they are open now, and whether anybody there can be reached."""
    records, people = await asyncio.gather(helpdesk.groups(), directory.people(at))
    calendars = await calendars_by_id(directory, [record.data.get("calendar") for record in records])
    known = {person.id: person for person in people}
    facts = [fact for r in records for fact in Reading.told(r, at, r.id).facts(_group_values(r, calendars, known, at))]
    hours = {r.id: calendars[r.data["calendar"]] for r in records if r.data.get("calendar") in calendars}
    return ToolResult("ok", tuple(facts), {"groups": tuple(_group(r) for r in records), "calendars": hours, "records": tuple(records)})


def _group_values(record: Snapshot, calendars: Mapping[str, Calendar], people: Mapping[str, Person], at: datetime) -> dict[str, Any]:
    data = record.data
    calendar = calendars.get(data.get("calendar") or "")
    open_now = UNKNOWN if calendar is None else is_open(calendar, at)
    return {
        **fields("group", data, "name"),
        "group.area": area_of(data),
        "group.tier": tier_of(data),
        "group.id": record.id,
        "group.open_now": open_now,
        "group.on_call": data.get("on_call"),
        "group.on_call_name": _name_of(people.get(data.get("on_call") or ""), data.get("on_call")),
        "group.reachable": _reachable(data, open_now, people.get(data.get("on_call") or ""), at),
    }


def _name_of(person: Person | None, id_: str | None) -> str | None:
    """The directory's; the id where it does not know them."""
    return person.name if person is not None else id_


def _reachable(data: Mapping[str, Any], open_now: Any, on_call: Person | None, at: datetime) -> Any:
    """A group that says it cannot be reached is believed. An on-call person counts only while they work here and are
    not away.
    """
    if data.get("reachable") is False:
        return False
    if on_call is not None and on_call.active and not is_away(on_call, at):
        return True
    return open_now


def _group(record: Snapshot) -> Group:
    data = record.data
    return Group(
        id=record.id,
        name=str(data.get("name") or record.id),
        area=area_of(data),
        tier=tier_of(data),
        products=tuple(data.get("products") or ()),
        on_call=str(data.get("on_call") or ""),
        lead=str(data.get("lead") or ""),
        calendar=str(data.get("calendar") or ""),
    )
