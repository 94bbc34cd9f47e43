"""Who signs what a customer reads, and what of it shows who that is."""

import re
from collections.abc import Mapping, Set
from typing import Any

from agent.domain.evidence import Evidence, Person

_ROOT = "sender."
_TEAM = " Team"


def signer_of(evidence: Evidence) -> Person | None:
    """Who signs: the ticket's assignee, the deal's or the account's owner, if they are here. None: the team does."""
    known = {fact.name: fact.value for fact in evidence.facts if fact.known and fact.of is None}
    found = (_person(known.get(name), evidence) for name in ("ticket.assignee", "deal.owner", "owner.id"))
    return next(filter(None, found), None)


def _person(person_id: Any, evidence: Evidence) -> Person | None:
    here = (p for p in evidence.people if p.id == person_id and p.active)
    return next((p for p in here if p.away_until is None or p.away_until <= evidence.at), None)


def signature(evidence: Evidence, vendor: str) -> dict[str, Any]:
    """The `name` and `email` of whoever signs; the team has no address."""
    signs = signer_of(evidence)
    return {"name": f"{vendor}{_TEAM}", "email": None} if signs is None else {"name": signs.name, "email": signs.email}


def sender_values(evidence: Evidence, vendor: str) -> dict[str, Any]:
    """The same by the full names under which content shows them."""
    return {f"{_ROOT}{name}": value for name, value in signature(evidence, vendor).items()}


def signed_anew(content: Mapping[str, str], before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """A person's own words where somebody else signs them by now: a line that was the one name is the other.

    So is one that was the first name alone, below the greeting. All else stays as they wrote it.
    """
    old, new = _change(before, now)
    return {part: _signed(text, old, new) for part, text in content.items()} if old else dict(content)


def still_named(content: Mapping[str, str], before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """What whoever is asked about such words is told: that who signed them before is in them, by either name."""
    old, new = _change(before, now)
    names = "|".join(map(re.escape, filter(None, (old, _first(old)))))
    texts = [text.replace(new, "") for text in content.values()] if names else []
    found = any(re.search(rf"(?<!\w)(?:{names})(?!\w)", text, re.IGNORECASE) for text in texts)
    return (f"what was written by hand still names {old}",) if found else ()


def _change(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, str]:
    """Who signed, and who signs now; nobody where that is the same, or not known."""
    old, new = str(before.get(f"{_ROOT}name") or ""), str(now.get(f"{_ROOT}name") or "")
    return (old, new) if old and new and old != new else ("", "")


def _signed(text: str, old: str, new: str) -> str:
    greeting, blank, rest = text.partition("\n\n")
    return _lines(greeting, {old}, new) + blank + _lines(rest, {old, _first(old)}, new)


def _lines(text: str, names: Set[str], new: str) -> str:
    return "\n".join(_line(line, names, new) for line in text.split("\n"))


def _line(line: str, names: Set[str], new: str) -> str:
    """A dash before a name is part of how one signs."""
    said = re.fullmatch(r"\s*(?P<dash>[-\u2013\u2014]\s*)?(?P<name>.*?)\s*", line)
    return f"{said['dash'] or ''}{new}" if said and said["name"] and said["name"] in names else line


def _first(name: str) -> str:
    """The first name; a title is none, and a team has none."""
    return "" if name.endswith(_TEAM) else next((word for word in name.split() if not word.endswith(".")), "")


def signed_in(used: Mapping[str, Any]) -> dict[str, Any]:
    """Of the values that content shows those of whoever signed it."""
    return {name: value for name, value in used.items() if name.startswith(_ROOT)}
