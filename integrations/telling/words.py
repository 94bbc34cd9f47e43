"""Words that every door shares: times with their age, values as people read them, lists and counts."""

import math
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

TIMES = "\N{MULTIPLICATION SIGN}"

_UNITS = (
    (90, 1, "s"),
    (90 * 60, 60, "min"),
    (36 * 3600, 3600, "h"),
    (60 * 86400, 86400, "d"),
    (700 * 86400, 30.44 * 86400, "mo"),
)


def clean(text: str) -> str:
    """Return the text without anything that could steer a terminal: control and invisible characters become a blank or go."""
    if text.isprintable():
        return text
    return text.translate({ord(each): _unseen(each) for each in set(text) if each != "\n" and not each.isprintable()})


def _unseen(character: str) -> str:
    if character in "\t\r\u2028\u2029":
        return " "
    return "" if unicodedata.category(character) == "Cf" else "\ufffd"


def one_line(text: str) -> str:
    """Return the text on one line, its blanks squeezed."""
    return " ".join(clean(text).split())


def utc(moment: datetime | None) -> str:
    """Write a moment in UTC, to the minute."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "—"


def age(moment: datetime | None, now: datetime) -> str:
    """Say how long ago a moment was, or in how long it comes: `3 d ago`, `in 2 h`."""
    if moment is None:
        return "—"
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 5:
        return "now"
    length = span(timedelta(seconds=abs(seconds)))
    return f"{length} ago" if seconds > 0 else f"in {length}"


def span(length: timedelta) -> str:
    """Write a length of time in its most telling unit."""
    seconds = length.total_seconds()
    for below, size, unit in _UNITS:
        if seconds < below:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / (365.25 * 86400):.1f} y"


def when(moment: datetime | None, now: datetime) -> str:
    """Write a moment with its age."""
    return f"{utc(moment)} ({age(moment, now)})" if moment else "—"


def value(given: Any) -> str:
    """Write a fact's value as people read it."""
    match given:
        case bool():
            return "yes" if given else "no"
        case int() | float():
            return number(given)
        case datetime():
            return utc(given)
        case list() | tuple() | set() | frozenset():
            return ", ".join(value(part) for part in given) or "none"
        case dict():
            return ", ".join(f"{name} {value(part)}" for name, part in given.items()) or "none"
    return "none" if given is None else one_line(str(given)) or "(empty)"


def number(given: float) -> str:
    """Write a number: whole ones without decimals, small ones with three digits that count."""
    if not math.isfinite(given):
        return str(given)
    if given == int(given):
        return f"{int(given):,}"
    return f"{given:,.2f}" if abs(given) >= 10 else f"{given:.3g}"


def role(name: str) -> str:
    """Write a role as people say it."""
    return name.replace("_", " ")


def several(count: int, one: str, many: str = "") -> str:
    """Write a count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Join names as a sentence does."""
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else "".join(names)
