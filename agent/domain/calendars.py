"""Working hours: the next open moment, and counting time only while a calendar is open. Hours are whole minutes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.domain.evidence import Calendar

_HORIZON_DAYS = 400
"""A calendar that stays closed for longer than this is taken as never opening."""

OFFICE_HOURS = Calendar("UTC", dict.fromkeys(range(5), (9 * 60, 17 * 60)))
"""What counts as working time for a person whose calendar is not known."""


def open_spans(calendar: Calendar, since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the open spans (start, end) in UTC that end after `since`, in order."""
    zone = ZoneInfo(calendar.timezone)
    first = since.astimezone(zone).date() - timedelta(days=1)  # a night shift began the day before
    for offset in range(_HORIZON_DAYS):
        day = first + timedelta(days=offset)
        hours = calendar.hours.get(day.weekday())
        if hours is None or day in calendar.holidays:
            continue
        start, end = _moment(day, hours[0], zone), _moment(day, hours[1], zone)
        if end > since and end > start:
            yield start, end


def next_open(calendar: Calendar, at: datetime) -> datetime | None:
    """The earliest moment from `at` on at which the calendar is open; None when it never opens."""
    for start, _ in open_spans(calendar, at):
        return max(start, at)
    return None


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether the calendar is open at a moment; the closing minute is closed."""
    return next_open(calendar, at) == at


def add_working_time(calendar: Calendar, at: datetime, span: timedelta) -> datetime:
    """The moment at which `span` of open time has passed since `at`. A calendar that never opens counts every hour."""
    left = span
    for start, end in open_spans(calendar, at):
        begin = max(start, at)
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return at + span


def narrowed(calendar: Calendar, open_minute: int, close_minute: int) -> Calendar:
    """The same calendar, open at most between two minutes of the local day."""
    hours = {
        day: (max(start, open_minute), min(end, close_minute))
        for day, (start, end) in calendar.hours.items()
        if max(start, open_minute) < min(end, close_minute)
    }
    return Calendar(calendar.timezone, hours, calendar.holidays)


def closed_days(calendar: Calendar, since: datetime, until: datetime) -> tuple[list[date], list[date]]:
    """The holidays, and the other days on which the calendar never opens, from the local day of `since` to that of `until`."""
    zone = ZoneInfo(calendar.timezone)
    first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    holidays = [day for day in days if day in calendar.holidays]
    return holidays, [day for day in days if day not in calendar.holidays and day.weekday() not in calendar.hours]


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A local minute of a day, in UTC. 24:00 is the next midnight; what summer time skips moves on with the clock."""
    days, minute = divmod(minute, 24 * 60)
    local = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), zone)
    return local.astimezone(UTC)
