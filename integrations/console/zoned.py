"""Moments within texts, told in the reader's zone.

Texts of records, rules, errors and reports say moments in UTC, for they are read everywhere. What a page says of them is put right at its end, so
that no text can be forgotten: in what stands between tags, and nowhere else. What must stand as it was written (`data-as-is`, and what is shown
raw) is left alone.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from markupsafe import Markup

_TAG = re.compile(r"(<[^>]*>)")
"""Every page is escaped, so that no text and no attribute holds one of these signs."""
_NAME = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_MOMENT = re.compile(r"\b(\d{4}-\d\d-\d\d|\d\d [A-Z][a-z]{2} \d{4}) (\d\d:\d\d)(?::\d\d)? UTC\b")
_RAW = frozenset({"code", "option", "pre", "script", "style", "textarea", "time", "title"})


def zoned(html: str, tell: Callable[[datetime], Markup]) -> str:
    """The page, with each moment in its texts told by `tell`."""
    return "".join(_parts(html, tell)) if " UTC" in html else html


def _parts(html: str, tell: Callable[[datetime], Markup]) -> Iterator[str]:
    within, depth = "", 0  # the outermost element that is left alone, and how many of its name are open
    for part in _TAG.split(html):
        found = _NAME.match(part)
        if found is None:
            yield part if within else _MOMENT.sub(lambda moment: _told(moment, tell), part)
            continue
        yield part
        closes, name = found.groups()
        if within:
            depth += (-1 if closes else 1) if name == within else 0
            within = within if depth else ""
        elif not closes and (name in _RAW or " data-as-is" in part):
            within, depth = name, 1


def _told(found: re.Match[str], tell: Callable[[datetime], Markup]) -> str:
    day, hour = found[1], found[2]
    try:
        return tell(datetime.strptime(f"{day} {hour} +0000", f"{'%Y-%m-%d' if '-' in day else '%d %b %Y'} %H:%M %z"))
    except (ValueError, OverflowError):  # a text may say what was never a moment, or is none elsewhere
        return found[0]
