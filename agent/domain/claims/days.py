"""Dates, weekdays, quarters and times of day in prose, in the ways English, German, French and Spanish write them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from agent.domain.claims.number_words import day_ordinals

_MONTH_NAMES = """
january jan januar jänner janvier enero
february feb februar février febrero
march mar märz mrz mars marzo
april apr avril abril
may mai mayo
june jun juni juin junio
july jul juli juillet julio
august aug août agosto
september sep sept septembre septiembre
october oct oktober okt octobre octubre
november nov novembre noviembre
december dec dezember dez décembre diciembre
"""
_WEEKDAY_NAMES = """
monday montag lundi lunes
tuesday dienstag mardi martes
wednesday mittwoch mercredi miércoles
thursday donnerstag jeudi jueves
friday freitag vendredi viernes
saturday samstag sonnabend samedi sábado
sunday sonntag dimanche domingo
"""
_SHIFTS = {
    "tomorrow": 1,
    "übermorgen": 2,
    "demain": 1,
    "yesterday": -1,
    "gestern": -1,
    "ayer": -1,
    "morgen": 1,
    "mañana": 1,
}
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES.split("\n")[1:-1], 1) for name in names.split()}
WEEKDAYS = {name: number for number, names in enumerate(_WEEKDAY_NAMES.split("\n")[1:-1]) for name in names.split()}
_ORDINAL_DAYS = day_ordinals()
_AMBIGUOUS_ALONE = frozenset({"may", "mar", "mars", "march", "jan", "sep", "dec", "mai"})

_MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})(?![^\W_])\.?"
_ORDINAL = "|".join(sorted(_ORDINAL_DAYS, key=len, reverse=True))
_DAY = rf"(?P<day>\d{{1,2}}|{_ORDINAL})(?:st|nd|rd|th|er|º|\.)?"
_START, _END = r"(?<![\w.,])", r"(?![^\W_])"
_CLOCK = r"(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_START}(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_CLOCK}{_END}",
        rf"{_START}(?P<day>\d{{1,2}})(?P<mark>[./-])\s?(?P<month>\d{{1,2}})(?P=mark)\s?(?P<year>\d{{4}}|\d\d){_END}",
        rf"{_START}(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.(?!\d)",
        rf"{_START}{_DAY}(?:\s+(?:of|de|del))?[\s-]+{_MONTH}(?:,?[\s-]+(?:de\s+|del\s+)?(?P<year>\d{{4}}))?{_END}",
        rf"(?<![^\W_]){_MONTH}\s+(?:the\s+)?{_DAY}(?![^\W_]|[.,:]?\d|\s?%)(?:,?\s+(?P<year>\d{{4}}){_END})?",
        rf"(?<![^\W_]){_MONTH}\s+(?:de\s+|of\s+)?(?P<year>\d{{4}}){_END}",
        rf"(?<![^\W_])Q(?P<quarter>[1-4])(?:[\s/]*(?P<year>\d{{4}}|'?\d\d))?{_END}",
        rf"(?<![^\W_])(?P<weekday>{'|'.join(WEEKDAYS)})s?{_END}",
        rf"(?<![^\W_])(?<!guten )(?<!am )(?<!jeden )(?<!la )(?P<shift>{'|'.join(_SHIFTS)}){_END}",
    )
)
_MONTH_ALONE = re.compile(rf"(?<![^\W_]){_MONTH}", re.IGNORECASE)
_TIME = re.compile(
    r"(?<![\w.,:])(?P<hour>[01]?\d|2[0-4])(?:[:h](?P<minute>[0-5]\d)(?::[0-5]\d)?|\.(?P<dotted>[0-5]\d)(?=\s*(?:uhr|am|pm|a\.m|p\.m))"
    r"|(?=\s*(?:uhr|am\b|pm\b|a\.m\b|p\.m\b|o'clock)))\s*(?P<half>am\b|pm\b|a\.m\.?|p\.m\.?)?(?:uhr\b|h\b|o'clock)?(?![^\W_])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DayMention:
    """What a text says of a day.

    Parts that it leaves open are None. `alternatives` lists (month, day) for 3/4/2026, which has two readings.
    """

    text: str
    year: int | None = None
    alternatives: tuple[tuple[int, int | None], ...] = ()
    quarter: int | None = None
    weekday: int | None = None
    shift: int | None = None

    def same_as(self, other: "DayMention") -> bool:
        """Both say the same, however it is written."""
        mine, theirs = ((m.year, m.alternatives, m.quarter, m.weekday, m.shift) for m in (self, other))
        return mine == theirs

    def may_mean(self, day: date, today: date) -> bool:
        """The day fits what the text says, read on `today`.

        Without a year it is one within a year; a weekday is one near by.
        """
        if self.weekday is not None:
            return day.weekday() == self.weekday and abs((day - today).days) <= 14
        if self.shift is not None:
            return day == today + timedelta(days=self.shift)
        near = day.year == self.year if self.year is not None else abs((day - today).days) <= 366
        if self.quarter is not None:
            return near and (day.month - 1) // 3 + 1 == self.quarter
        return near and any(month == day.month and number in (None, day.day) for month, number in self.alternatives)


def day_mentions(text: str) -> tuple[list[DayMention], str]:
    """Read dates out of bare text. Also returns the text without them, so that their digits are not read as numbers."""
    found: list[DayMention] = []
    for pattern in (*_PATTERNS, _MONTH_ALONE):
        text = pattern.sub(lambda match: _taken(match, found), text)
    return found, text


def time_mentions(text: str) -> tuple[list[str], str]:
    """Times of day as `HH:MM`, and the text without them."""
    found = [_clock_time(match) for match in _TIME.finditer(text)]
    return found, _TIME.sub(lambda match: " " * len(match[0]), text)


def days_of(mentions: Iterable[DayMention]) -> set[date]:
    """The mentions that name one exact day."""
    days = set()
    for mention in mentions:
        if mention.year and len(mention.alternatives) == 1 and mention.alternatives[0][1]:
            days.add(date(mention.year, mention.alternatives[0][0], mention.alternatives[0][1]))
    return days


def _taken(match: re.Match[str], found: list[DayMention]) -> str:
    mention = _mention(match)
    if mention is None:
        return match[0]
    found.append(mention)
    return " " * len(match[0])


def _mention(match: re.Match[str]) -> DayMention | None:
    part = match.groupdict()
    if part.get("weekday"):
        return DayMention(match[0], weekday=WEEKDAYS[part["weekday"].lower()])
    if part.get("shift"):
        return DayMention(match[0], shift=_SHIFTS[part["shift"].lower()])
    year = _year(part.get("year"))
    if part.get("quarter"):
        return DayMention(match[0], year=year, quarter=int(part["quarter"]))
    return _month_day(match[0], year, part["month"], part.get("day"), both_ways=part.get("mark") in ("/", "-"))


def _month_day(text: str, year: int | None, month: str, day: str | None, *, both_ways: bool) -> DayMention | None:
    if day is None:
        alone = year is None and (month.lower() in _AMBIGUOUS_ALONE or month[0].islower())
        return None if alone else DayMention(text, year=year, alternatives=((MONTHS[month.lower()], None),))
    number = int(day) if day.isdecimal() else _ORDINAL_DAYS[day.lower()]
    first = int(month) if month.isdecimal() else MONTHS[month.lower()]
    pairs = [(first, number)] + ([(number, first)] if both_ways and number != first else [])
    real = tuple((m, d) for m, d in pairs if _exists(year or 2024, m, d))
    return DayMention(text, year=year, alternatives=real) if real else None


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _year(text: str | None) -> int | None:
    if not text:
        return None
    number = int(text.strip("'"))
    return number if number >= 100 else 2000 + number


def _clock_time(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), match["minute"] or match["dotted"] or "00"
    if (match["half"] or "").lower().startswith("p") and hour < 12:
        hour += 12
    return f"{hour:02d}:{minute}"
