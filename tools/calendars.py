"""Reads when people may be contacted: by contact, in their own time zone, with their holidays."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from agent.domain.calendars import OFFICE_HOURS
from agent.domain.evidence import Calendar
from agent.domain.facts import Fact
from tools.ports import Crm, Directory, Snapshot
from tools.reading import Reading
from tools.result import ToolResult, missing, reads
from tools.time_zones import zone_named, zone_of_country


@reads("contact.timezone")
async def contact_calendars(crm: Crm, directory: Directory, account_id: str, at: datetime) -> ToolResult:
    """The hours in which each contact of the account may be contacted.

    The account's calendar gives hours and holidays, office hours stand in where it has none. The contact's own time
    zone wins over the account's, and the account's over its country's, which counts where that has only one. A
    contact whose time zone nobody knows has no calendar, so that what depends on their hours does not happen.
    """
    account, contacts = await asyncio.gather(crm.account(account_id), crm.contacts(account_id))
    data = account.data if account else {}
    known = await calendars_by_id(directory, [data.get("calendar")])
    base = known.get(data.get("calendar") or "")
    zones = {contact.id: zone_of(contact.data, data, base) for contact in contacts}
    hours = {who: replace(base or OFFICE_HOURS, timezone=zone) for who, zone in zones.items() if zone is not None}
    return ToolResult("ok", tuple(_zone_fact(contact, zones[contact.id], at) for contact in contacts), {"calendars": hours})


def zone_of(contact: Mapping[str, Any], account: Mapping[str, Any], base: Calendar | None) -> str | None:
    """The time zone of one contact; `base` is the account's calendar."""
    account_zone = base.timezone if base else zone_named(account.get("timezone"))
    return zone_named(contact.get("timezone")) or account_zone or zone_of_country(account.get("country"))


def _zone_fact(contact: Snapshot, zone: str | None, at: datetime) -> Fact:
    if zone is None:
        return missing("contact.timezone", "neither contact nor account has one, and the country none alone", contact.id)
    return Reading.told(contact, at, contact.id).fact("contact.timezone", zone)


async def calendars_by_id(directory: Directory, ids: Iterable[Any]) -> dict[str, Calendar]:
    """The calendars that exist, each read once."""
    wanted = list(dict.fromkeys(str(one) for one in ids if one))
    found = await asyncio.gather(*(directory.calendar(one) for one in wanted))
    return {name: calendar for name, calendar in zip(wanted, found, strict=True) if calendar is not None}
