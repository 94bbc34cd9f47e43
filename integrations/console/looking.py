"""What the address says of which decisions are looked for, and what of it cannot be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from agent.domain.decision import BAD_LABELS, Route
from agent.listing import Wanted
from integrations.telling import words

ROUTES: dict[str, tuple[str, str]] = {
    "act": ("acts", "good"),
    "ask": ("asks a person", "warn"),
    "deferred": ("waits", "plain"),
    "none": ("does nothing", "plain"),
    "shadow": ("shadow", "muted"),
    "holdout": ("held out", "muted"),
    "suppressed": ("starts no work", "muted"),
}
"""What each route says, and its tone."""
assert set(ROUTES) == set(get_args(Route)), "every route has its words"  # noqa: S101  checked once, when the module is read

RESULTS = {"converted": ("converted", "good"), "ignored": ("ignored", "plain"), "lost": ("lost", "bad"), "assumed": ("assumed", "plain")}
"""What can have come of a decision, and its tone."""

FIELDS = ("q", "account", "surface", "play", "rule", "route", "outcome", "label", "model", "playbook", "since", "until")
"""What an address may say, in this order."""

LONGEST = 200
_ID = re.compile(r"(dec|run|apr)_[A-Za-z0-9_-]+")
_CURSOR = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Looked:
    """What is looked for: as the address says it, as the service takes it, and in sentences what is wrong with it; and from where on."""

    said: Mapping[str, str]
    wanted: Wanted
    wrong: tuple[str, ...]
    before: int | None = None
    after: int | None = None

    def query(self, **more: str) -> str:
        """The address's query, without what says nothing."""
        return urlencode({name: value for name, value in {**self.said, **more}.items() if value})

    @property
    def any(self) -> bool:
        """Whether something may be left out."""
        return any(self.said.values())


def looked_for(given: Mapping[str, str], zone: ZoneInfo) -> Looked:
    """Read an address. Days are those of the reader's zone, and the last one is part of what is looked for."""
    said = {name: words.one_line(given.get(name, ""))[:LONGEST] for name in FIELDS}
    since, until = _day(said["since"], zone), _day(said["until"], zone)
    wanted = Wanted(
        text=said["q"], account=said["account"], surface=said["surface"], play=said["play"], rule=said["rule"], route=said["route"],
        result=said["outcome"], label=said["label"], model=said["model"], playbook=said["playbook"],
        since=since, until=until + timedelta(days=1) if until else None,
    )  # fmt: skip
    if _ID.fullmatch(said["q"]):
        wanted = replace(wanted, text="", decision=f"dec_{said['q'].partition('_')[2]}")
    wrong = tuple(_wrong(said, since, until))
    before, after = _place(given.get("before", "")), _place(given.get("after", ""))
    if (given.get("before") and before is None) or (given.get("after") and after is None):
        wrong = (*wrong, "The place in the list that the address names is none: this is its beginning.")
    return Looked(said, wanted, wrong, before, after if before is None else None)


def impossible(looked: Looked) -> bool:
    """Whether what is looked for cannot be: then nothing is found, and why is said."""
    return any(not one.startswith("The place") for one in looked.wrong)


def _wrong(said: Mapping[str, str], since: datetime | None, until: datetime | None) -> list[str]:
    found = []
    for name, known in (("route", [*ROUTES]), ("outcome", [*RESULTS]), ("label", [*BAD_LABELS])):
        if said[name] and said[name] not in known:
            found.append(f"There is no {name} '{said[name]}'. Choose one of {words.listed(known, 'or')}.")
    found += [
        f"'{said[name]}' is no day. Write it as 2026-11-10." for name, day in (("since", since), ("until", until)) if said[name] and day is None
    ]
    if since is not None and until is not None and until < since:
        found.append(f"No day lies between {said['since']} and {said['until']}: they are the wrong way round.")
    found += [f"There is no word to search for in '{said[name]}'." for name in ("q", "account") if said[name] and not re.search(r"\w", said[name])]
    return found


def _day(said: str, zone: ZoneInfo) -> datetime | None:
    """The beginning of a day, in UTC; None where none is said, or it is none that can be."""
    try:
        return datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=zone).astimezone(UTC) if said else None
    except (ValueError, OverflowError):
        return None


def _place(said: str) -> int | None:
    return int(said) if _CURSOR.fullmatch(said) else None
