"""Times as fixtures write them: absolute, a plain date, or relative to the moment at which the fixture is applied."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_RELATIVE = re.compile(r"@([+-]?)(\d{1,6})([mhdw])(?:\s+(\d{1,2}):(\d{2}))?")
_HOW = "write 2026-11-10T09:00:00Z, 2026-11-10, or relative like '@-3d' or '@-1d 15:30'"


def resolve(value: Any, at: datetime) -> datetime:
    """The moment that a fixture means, in UTC; `at` is the moment of `apply`. Raises ValueError for anything else."""
    if isinstance(value, str):
        value = _parsed(value.strip(), at)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"'{value}' has no offset: {_HOW}")
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise ValueError(f"'{value}' is not a time: {_HOW}")


def _parsed(text: str, at: datetime) -> datetime | date:
    if text.startswith("@"):
        return _relative(text, at)
    try:
        return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is not a time: {_HOW}") from None


def _relative(text: str, at: datetime) -> datetime:
    match = _RELATIVE.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is not a relative time: {_HOW}")
    span = int(match[2]) * _UNITS[match[3]]
    moment = at.astimezone(UTC) + (-span if match[1] == "-" else span)
    if match[4] is None:
        return moment
    try:
        return datetime.combine(moment.date(), time(int(match[4]), int(match[5])), UTC)
    except ValueError:
        raise ValueError(f"'{text}' has no such time of day: write hours 00 to 23 and minutes 00 to 59") from None


def _at(info: ValidationInfo) -> datetime:
    """The moment of apply, which only who validates knows."""
    if info.context is None:
        raise TypeError("validate fixture records with context={'at': the moment of apply}")
    at: datetime = info.context["at"]
    return at


def _moment(value: Any, info: ValidationInfo) -> Any:
    return None if value is None else resolve(value, _at(info))


def _day(value: Any, info: ValidationInfo) -> Any:
    return None if value is None else resolve(value, _at(info)).date()


Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A moment; validating needs `context={"at": the moment of apply}`."""

Day = Annotated[date, BeforeValidator(_day)]
"""A day; validating needs the same context."""
