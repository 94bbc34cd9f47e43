"""Who works at the desk, in which groups, and when."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from integrations.vendors.connector import Fault, Told
from integrations.vendors.zendesk.answers import Group, Holiday, Interval, Schedule, User
from integrations.vendors.zendesk.fields import Desk, Fields
from integrations.vendors.zendesk.telling import own, told
from integrations.vendors.zendesk.zones import zone_of

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAY = 1440
_LONGEST = 366


def person(user: User, fields: Fields) -> Told | Fault:
    """An agent as a colleague. What they may decide is said by whoever keeps the directory."""
    if not user.email:
        return Fault("people", user.id, "the agent has no e-mail address, by which people are known here. Give them one in Zendesk")
    said = {
        "email": user.email, "name": user.name or user.email, "roles": list(fields.agent_roles), "active": user.active and not user.suspended,
        "timezone": zone_of(user.iana_time_zone or user.time_zone or ""),
    }  # fmt: skip
    return told("people", user.id, said, user.updated_at)


def group(said: Group, desk: Desk, lead: str | None, on_call: str | None) -> Told:
    """A group with what is set up of it."""
    calendar = own("calendars", str(desk.schedule)) if desk.schedule is not None else None
    record = {
        "name": said.name, "area": desk.area, "tier": desk.tier, "products": list(desk.products) or None, "calendar": calendar, "lead": lead,
        "on_call": on_call, "reachable": desk.reachable,
    }  # fmt: skip
    return told("groups", said.id, record, said.updated_at, linked=False)


def calendar(schedule: Schedule, holidays: Sequence[Holiday]) -> Told | Fault:
    """A schedule. One that we could only keep wrongly is a fault, and whoever works by it is not known to be there."""
    zone = zone_of(schedule.time_zone)
    if zone is None:
        return Fault("calendars", schedule.id, f"its time zone '{schedule.time_zone[:40]}' is not known. Set another in Zendesk, or report it")
    hours = _by_day(schedule.intervals)
    twice = [day for day, spans in hours.items() if len(spans) > 1]
    if twice:
        return Fault("calendars", schedule.id, f"it opens more than once on {', '.join(twice)}, which cannot be kept yet. Use one opening a day")
    try:
        days = [{"date": day, "name": one.name} for one in holidays for day in _days(one)]
    except ValueError:
        return Fault("calendars", schedule.id, "a holiday of it is not from one day to a later one. Correct it in Zendesk")
    said = {"timezone": zone, "hours": {day: spans[0] for day, spans in hours.items()}, "holidays": days}
    return told("calendars", schedule.id, said, schedule.updated_at, linked=False)


def _by_day(intervals: Iterable[Interval]) -> Mapping[str, list[tuple[str, str]]]:
    """Openings by day; those that touch are one, and one that goes on over midnight is one on each day."""
    spans: list[list[int]] = []
    for start, end in sorted((one.start_time, one.end_time) for one in intervals):
        if spans and start <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], end)
        else:
            spans.append([start, end])
    hours: dict[str, list[tuple[str, str]]] = {}
    for start, end in spans:
        for day in range(start // _DAY, -(-end // _DAY)):
            opens, closes = max(start - day * _DAY, 0), min(end - day * _DAY, _DAY)
            hours.setdefault(_DAYS[day], []).append((_clock(opens), _clock(closes)))
    return hours


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _days(holiday: Holiday) -> list[date]:
    """Raises ValueError."""
    start, end = date.fromisoformat(holiday.start_date), date.fromisoformat(holiday.end_date)
    length = (end - start).days
    if not 0 <= length <= _LONGEST:
        raise ValueError(length)
    return [start + timedelta(days=n) for n in range(length + 1)]
