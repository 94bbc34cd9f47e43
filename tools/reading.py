"""Turning the fields of a source's record into facts: what the record holds, what it surely has not, and what it does
not say.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import Fact, judge_age
from tools.ports import Snapshot

UNKNOWN: Final = object()
"""The record does not say: no fact is emitted, and it ends up as missing. A plain None is a value: the source says
that there is none.
"""

MOST_ITEMS = 1000
"""Rules walk lists; this is what bounds them. A list cut short would hide what stands behind the cut, so a longer one is missing."""

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """One record being read at the moment `at`; `as_of` is since when its source says it is true, `of` the entity it
    describes, `read_at` when the source was asked, where that was before.
    """

    at: datetime
    as_of: datetime | None = None
    of: str | None = None
    read_at: datetime | None = None

    @classmethod
    def told(cls, snapshot: Snapshot, at: datetime, of: str | None = None) -> "Reading":
        """Of a record as its source holds it."""
        return cls(at, snapshot.as_of, of, snapshot.read_at)

    @classmethod
    def counted(cls, snapshots: Iterable[Snapshot], at: datetime) -> "Reading":
        """Of what is counted in several records: as old as the oldest reading of one."""
        return cls(at, read_at=min((one.read_at for one in snapshots if one.read_at is not None), default=None))

    def facts(self, values: Mapping[str, Any]) -> tuple[Fact, ...]:
        """Facts by name, without those that are UNKNOWN, or lists longer than anybody wrote."""
        return tuple(self.fact(name, value) for name, value in values.items() if value is not UNKNOWN and not _endless(value))

    def fact(self, name: str, value: Any) -> Fact:
        """One fact, judged by the age that the catalogue allows."""
        spec, read_at = CATALOGUE[name], self.read_at or self.at
        status = judge_age(spec, read_at=read_at, as_of=self.as_of, at=self.at)
        return Fact(name, value, spec.source, read_at, self.as_of, status, self.of)


def _endless(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) > MOST_ITEMS


def field(data: Mapping[str, Any], name: str) -> Any:
    """A field's value; UNKNOWN when the record does not carry the field."""
    return data.get(name, UNKNOWN)


def fields(root: str, data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """`root.field` to value for fields that a fact repeats as they stand."""
    return {f"{root}.{name}": field(data, name) for name in names}


def moment(data: Mapping[str, Any], name: str) -> datetime | None:
    """A time field in UTC; None when absent, or when the source wrote something that is no time with an offset."""
    try:
        found = datetime.fromisoformat(str(data.get(name) or ""))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def number(data: Mapping[str, Any], name: str) -> Any:
    """A number field; UNKNOWN when absent or not a number."""
    value = data.get(name)
    return UNKNOWN if isinstance(value, bool) or not isinstance(value, int | float) else value


def days_since(then: datetime | None, at: datetime) -> Any:
    """Whole days that have passed; UNKNOWN when the moment is."""
    return UNKNOWN if then is None else math.floor((at - then) / DAY)


def days_until(day: datetime | None, at: datetime) -> Any:
    """Days of the calendar (UTC) from `at` to a day: 0 on the day itself, negative when it is past; UNKNOWN when the
    day is.
    """
    return UNKNOWN if day is None else (day.astimezone(UTC).date() - at.astimezone(UTC).date()).days


def minutes_since(then: datetime | None, at: datetime) -> Any:
    """Minutes that have passed, to a tenth; UNKNOWN when the moment is."""
    return UNKNOWN if then is None else round((at - then) / MINUTE, 1)
