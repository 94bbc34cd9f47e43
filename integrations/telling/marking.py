"""Where a text shows the facts that it was made from."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from agent.domain.formats import LANGUAGES, day_text, number_text, percent_text
from agent.scene import presentable


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text; `facts` are the names of those whose value it is, none for the words around them."""

    text: str
    facts: tuple[str, ...] = ()


def marked(text: str, used: Mapping[str, Any]) -> list[Part]:
    """The text in parts, whose texts joined are the text. Where two values overlap, the longer one is marked."""
    shown = forms_of(used)
    if not shown:
        return [Part(text)] if text else []
    pattern = "|".join(re.escape(form) for form in sorted(shown, key=len, reverse=True))
    return list(_parts(text, re.compile(rf"(?<!\w)(?<!\d[.,])(?:{pattern})(?!\w)(?![.,]\d)"), shown))


def _parts(text: str, pattern: re.Pattern[str], shown: Mapping[str, tuple[str, ...]]) -> Iterator[Part]:
    end = 0
    for found in pattern.finditer(text):
        if text[end : found.start()]:
            yield Part(text[end : found.start()])
        yield Part(found[0], shown[found[0]])
        end = found.end()
    if text[end:]:
        yield Part(text[end:])


def forms_of(used: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Every way in which a text may write a value, with the facts that have it."""
    found: dict[str, list[str]] = {}
    for name, value in used.items():
        for form in dict.fromkeys([*_forms(value), *_forms(presentable(name, value))]):
            found.setdefault(form, []).append(name)
    return {form: tuple(names) for form, names in found.items()}


def _forms(value: Any) -> Iterator[str]:
    """The ways to write one value. A single letter or digit would be found everywhere, and says nothing."""
    match value:
        case bool() | None:
            return
        case int() | float():
            yield from (form for form in _of_number(float(value)) if len(form) > 1)
        case date():
            yield from _of_day(value)
        case str():
            yield from _of_text(value)
        case list() | tuple():
            for one in value:
                yield from _forms(one)
            yield from _of_text(", ".join(map(str, value)))
        case Mapping():
            for one in value.values():
                yield from _forms(one)


def _of_number(value: float) -> Iterator[str]:
    for language in LANGUAGES:
        yield number_text(value, language)
        yield percent_text(value, language)
        if abs(value) <= 1:
            yield percent_text(100 * value, language)


def _of_day(value: date) -> Iterator[str]:
    yield from (day_text(value, language) for language in LANGUAGES)


def _of_text(value: str) -> Iterator[str]:
    text = value.strip()
    if len(text) < 2:
        return
    yield text
    yield " ".join(text.split())
    if text[:4].isdecimal() and (day := _day(text)) is not None:
        yield from _of_day(day)


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
