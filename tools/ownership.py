"""Reads who owns an account, whether they are there, and which person each relational role of a case means."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.domain.calendars import is_open
from agent.domain.evidence import Person
from tools.ports import Crm, Directory, Snapshot
from tools.reading import Reading, days_since, moment
from tools.result import ToolResult, facts_of, reads


@reads(*facts_of("owner"))
async def ownership(crm: Crm, directory: Directory, account_id: str, at: datetime) -> ToolResult:
    """Who owns the account, and whether they are active and present."""
    account, people = await asyncio.gather(crm.account(account_id), directory.people(at))
    if account is None:
        return ToolResult("no_data", problem=f"the CRM has no account {account_id}")
    owner_id = account.data.get("owner")
    values: dict[str, Any] = {
        "owner.id": owner_id,
        "owner.confirmed_days": days_since(moment(account.data, "owner_confirmed_at"), at),
    }
    owner = next((person for person in people if person.id == owner_id), None)
    if owner is not None:
        values |= {"owner.name": owner.name, "owner.active": owner.active, "owner.away": is_away(owner, at)}
    return ToolResult("ok", Reading.told(account, at).facts(values), {"owner": owner})


@reads()
async def colleagues(directory: Directory, at: datetime) -> ToolResult:
    """Everybody in the directory, with absences as they are now."""
    return ToolResult("ok", extras={"people": tuple(await directory.people(at))})


def is_away(person: Person, at: datetime) -> bool:
    """Absent at the moment."""
    return person.away_until is not None and person.away_until > at


@dataclass(frozen=True, slots=True)
class Case:
    """The records that relational roles hang on; None where the decision has no such thing."""

    account: Snapshot | None = None
    deal: Snapshot | None = None
    ticket: Snapshot | None = None
    group: Snapshot | None = None


def relational_roles(case: Case, people: Sequence[Person], at: datetime) -> dict[str, str]:
    """Person id by relational role (deal_owner, account_owner, …). Roles that nobody holds, or whose holder is not in
    the directory, are absent.
    """
    known = {person.id: person for person in people}
    deal_owner, account_owner = _field(case.deal, "owner"), _field(case.account, "owner")
    near = known.get(deal_owner or account_owner or "")
    lead = lead_on_shift(people, at, preferred=_field(case.group, "lead"))
    found = {
        # a deal that names no owner is its account's owner's
        "deal_owner": deal_owner or (account_owner if case.deal else None),
        "account_owner": account_owner,
        "account_csm": _field(case.account, "csm"),
        "owner_manager": near.manager if near else None,
        "ticket_assignee": _field(case.ticket, "assignee"),
        "lead_on_shift": lead.id if lead else None,
    }
    return {role: person for role, person in found.items() if person is not None and person in known}


def lead_on_shift(people: Iterable[Person], at: datetime, *, preferred: str | None = None) -> Person | None:
    """The support lead to wake: one who is at work now, the group's own lead first; never one who is away.

    A protective ask must reach somebody, so outside all working hours the answer is still a lead, not nobody.
    """
    leads = [p for p in people if p.active and "support_lead" in p.roles and not is_away(p, at)]
    return min(leads, key=lambda p: (not _at_work(p, at), p.id != preferred, p.id), default=None)


def _at_work(person: Person, at: datetime) -> bool:
    return person.calendar is not None and is_open(person.calendar, at)


def _field(record: Snapshot | None, name: str) -> str | None:
    data: Mapping[str, Any] = record.data if record else {}
    value = data.get(name)
    return str(value) if value else None
