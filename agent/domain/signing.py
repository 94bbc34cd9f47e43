"""Who signs what a customer reads, and what of it shows who that is."""

from collections.abc import Mapping
from typing import Any

from agent.domain.evidence import Evidence, Person

_ROOT = "sender."


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
    return {"name": f"{vendor} Team", "email": None} if signs is None else {"name": signs.name, "email": signs.email}


def sender_values(evidence: Evidence, vendor: str) -> dict[str, Any]:
    """The same by the full names under which content shows them."""
    return {f"{_ROOT}{name}": value for name, value in signature(evidence, vendor).items()}


def signed_anew(content: Mapping[str, str], before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """A person's own words where somebody else signs them by now: a line that was the one name is the other. All else stays as they wrote it."""
    old, new = before.get(f"{_ROOT}name"), now.get(f"{_ROOT}name")
    if not old or not new:
        return dict(content)
    return {part: "\n".join(new if line.strip() == old else line for line in text.split("\n")) for part, text in content.items()}


def signed_in(used: Mapping[str, Any]) -> dict[str, Any]:
    """Of the values that content shows those of whoever signed it."""
    return {name: value for name, value in used.items() if name.startswith(_ROOT)}
