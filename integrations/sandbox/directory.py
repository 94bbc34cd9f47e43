"""The sandbox as a directory of colleagues: people, teams, absences and working calendars."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from agent.domain.calendars import OFFICE_HOURS
from agent.domain.evidence import Calendar, Person, Team
from integrations.sandbox import records
from integrations.sandbox.source import Source

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class SandboxDirectory(Source):
    """Implements the `Directory` port."""

    async def people(self, at: datetime) -> Sequence[Person]:
        """Everybody, with who stands in for them while they are absent."""

        def work(connection: Connection) -> list[Person]:
            people = records.all_of(connection, "people")
            theirs = records.where(connection, "calendars", "id", *{str(person.data.get("calendar")) for person in people})
            calendars = {record.id: calendar_of(record.data) for record in theirs}
            absences = [record.data for record in records.all_of(connection, "absences")]
            return [_person(person, _absence(person.id, absences, at), calendars) for person in people]

        return await self._read("directory", work)

    async def teams(self) -> Sequence[Team]:
        """Every team."""
        found = await self._read("directory", lambda connection: records.all_of(connection, "teams"))
        return [Team(one.id, str(one.data["email"]), str(one.data["name"]), tuple(one.data["members"])) for one in found]

    async def calendar(self, calendar_id: str) -> Calendar | None:
        """One calendar."""
        record = await self._read("directory", lambda connection: records.living(connection, "calendars", calendar_id))
        return calendar_of(record.data) if record else None


def calendar_of(data: Mapping[str, Any]) -> Calendar:
    """A stored calendar: a weekday that is not named is closed."""
    hours = {WEEKDAYS.index(day): (_minute(opens), _minute(closes)) for day, (opens, closes) in data["hours"].items()}
    holidays = frozenset(date.fromisoformat(holiday["date"]) for holiday in data.get("holidays") or ())
    return Calendar(str(data["timezone"]), hours, holidays)


def _minute(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


def _absence(person: str, absences: Sequence[Mapping[str, Any]], at: datetime) -> Mapping[str, Any] | None:
    """The absence that holds at a moment; of several the one that lasts longest."""
    own = [a for a in absences if a["person"] == person and _moment(a["from"]) <= at < _moment(a["until"])]
    return max(own, key=lambda absence: _moment(absence["until"]), default=None)


def _person(record: records.Record, absence: Mapping[str, Any] | None, calendars: Mapping[str, Calendar]) -> Person:
    data = record.data
    calendar = calendars.get(data.get("calendar") or "")
    if calendar is None and data.get("timezone"):
        calendar = replace(OFFICE_HOURS, timezone=data["timezone"])
    return Person(
        id=record.id,
        email=str(data["email"]),
        name=str(data["name"]),
        roles=tuple(data.get("roles") or ()),
        manager=data.get("manager"),
        delegate=(absence or {}).get("delegate") or data.get("delegate"),
        active=data.get("active") is not False,
        away_until=_moment(absence["until"]) if absence else None,
        calendar=calendar,
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
