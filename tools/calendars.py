"""Reads when people may be contacted: by contact, in their own time zone, with their holidays."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.domain.calendars import OFFICE_HOURS
from agent.domain.evidence import Calendar
from tools.ports import Crm, Directory
from tools.result import ToolResult, reads


@reads()
async def contact_calendars(crm: Crm, directory: Directory, account_id: str, at: datetime) -> ToolResult:  # noqa: ARG001  every tool takes the moment
    """The hours in which each contact of the account may be contacted.

    The account's calendar gives hours and holidays, office hours stand in where it has none. The contact's own time
    zone wins over the account's. A contact whose time zone nobody knows has no calendar, so that what depends on
    their hours does not happen.
    """
    account, contacts = await asyncio.gather(crm.account(account_id), crm.contacts(account_id))
    data = account.data if account else {}
    known = await calendars_by_id(directory, [data.get("calendar")])
    base = known.get(data.get("calendar") or "")
    found = {contact.id: contactable(contact.data, data, base) for contact in contacts}
    return ToolResult("ok", extras={"calendars": {who: hours for who, hours in found.items() if hours is not None}})


def contactable(contact: Mapping[str, Any], account: Mapping[str, Any], base: Calendar | None) -> Calendar | None:
    """The contactable hours of one contact; `base` is the account's calendar."""
    own, theirs = _zone(contact.get("timezone")), _zone(account.get("timezone"))
    zone = own or (base.timezone if base else None) or theirs
    return None if zone is None else replace(base or OFFICE_HOURS, timezone=zone)


async def calendars_by_id(directory: Directory, ids: Iterable[Any]) -> dict[str, Calendar]:
    """The calendars that exist, each read once."""
    wanted = list(dict.fromkeys(str(one) for one in ids if one))
    found = await asyncio.gather(*(directory.calendar(one) for one in wanted))
    return {name: calendar for name, calendar in zip(wanted, found, strict=True) if calendar is not None}


def _zone(name: Any) -> str | None:
    """The name if it is a time zone that exists: sources hold free text here."""
    try:
        return ZoneInfo(str(name)).key if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
