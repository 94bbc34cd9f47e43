"""The facts that shaped a decision: those that rules which took hold, the value or the content read."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from agent.domain.decision import CandidateRecord
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import Fact
from integrations.telling import words
from integrations.telling.case import Case, matched, values_of


def mattered(case: Case) -> list[Fact]:
    """The facts that decided, the most telling first: unreliable ones, then those of rules, of the value, of the content."""
    found = {(f.name, f.of): f for name, candidate in _read(case) if (f := case.fact(_BEHIND.get(name, name), candidate)) is not None}
    return sorted(found.values(), key=lambda fact: fact.status == "fresh")


def weighed(case: Case) -> list[Fact]:
    """The facts that spoke for the choice: those of the rules that took hold of it, of what makes it fit, of its value, of its content."""
    chosen = case.chosen
    if chosen is None:
        return []
    names = [name for rule in matched(chosen) for name, _ in values_of(rule)]
    names += [*_valued(chosen), *(case.decision.proposal.used if case.decision.proposal else {})]
    found = {(f.name, f.of): f for name in names if (f := case.fact(_BEHIND.get(name, name), chosen)) is not None and f.name not in _PLAIN}
    return sorted(found.values(), key=lambda fact: fact.status == "fresh")


_PLAIN = frozenset({
    *("event.type", "account.name", "contact.name", "contact.first_name", "contact.language", "article.title"),
    *("asset.title", "asset.topics", "asset.stages", "asset.strength"),
})  # fmt: skip
"""Facts that whoever reads about a choice is told anyway, or sees in its content."""

_BEHIND = {
    "candidate.discount_pct": "deal.requested_discount_pct",
    "candidate.discount_value": "deal.amount",
    "candidate.refund_value": "ticket.refund_amount",
    "candidate.requester": "deal.discount_requested_by",
}
"""What is worked out for a candidate has no age of its own: the fact behind it does."""


def _read(case: Case) -> Iterator[tuple[str, CandidateRecord | None]]:
    chosen = case.chosen
    for candidate in ([chosen] if chosen else []) + _one_of_each(case):
        for rule in matched(candidate):
            yield from ((name, candidate) for name, _ in values_of(rule))
    if chosen is not None:
        yield from ((name, chosen) for name in _valued(chosen))
    proposal = case.decision.proposal
    yield from ((name, chosen) for name in (proposal.used if proposal else {}))
    best = max(case.considered, key=lambda c: c.score.priority if c.score and c.score.priority is not None else float("-inf"), default=None)
    if chosen is None and best is not None:
        yield from ((name, best) for name in _valued(best))


def _one_of_each(case: Case) -> list[CandidateRecord]:
    """One candidate for each rule that took hold of any, so that no contact's facts crowd out the rest."""
    first: dict[str, CandidateRecord] = {}
    for candidate in case.considered:
        for rule in matched(candidate):
            first.setdefault(rule.id, candidate)
    return list({candidate.id: candidate for candidate in first.values()}.values())


def _valued(candidate: CandidateRecord) -> Iterator[str]:
    """The facts behind a candidate's expected value."""
    terms: dict[str, Any] = candidate.score.terms if candidate.score else {}
    for part in [*(terms.get("fits") or ()), *terms.values()]:
        if isinstance(part, dict):
            yield from part.get("values") or {}


def age_of(fact: Fact, at: datetime) -> str:
    """How old the value was at a moment: `just read`, `29 h old`, or a dash where nobody knows."""
    since = None if fact.status == "missing" else fact.as_of if _dated(fact) else fact.read_at
    old = words.age(since, at).removesuffix(" ago")
    return "just read" if old == "now" else f"{old} old" if since else "—"


def _dated(fact: Fact) -> bool:
    """Whether its source dates the value itself; otherwise it was true when it was read."""
    spec = CATALOGUE.get(fact.name)
    return fact.as_of is not None and (spec is None or spec.ages_from == "as_of")


def written(fact: Fact) -> str:
    """The value; a share or a time is written as such."""
    spec = CATALOGUE.get(fact.name)
    if spec is not None and spec.type == "time" and isinstance(fact.value, str):
        return fact.value.replace("T00:00:00Z", "").replace("T00:00:00+00:00", "").replace("T", " ")
    return words.value(fact.value)
