"""Which facts of a decision spoke for its choice: those of the rules that took hold of it, of its value, of its content."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from agent.domain.decision import CandidateRecord, Decision, RuleRecord
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import Fact

_ENTITY = {"contact": "recipient", "group": "target", "asset": "material", "article": "material"}
"""Roots of facts that exist once for each of several, and the part of a candidate that says which."""

_PLAIN = frozenset({
    *("event.type", "account.name", "contact.name", "contact.first_name", "contact.language", "article.title"),
    *("asset.title", "asset.topics", "asset.stages", "asset.strength"),
})  # fmt: skip
"""Facts that whoever reads about a choice is told anyway, or sees in its content."""

BEHIND = {
    "candidate.discount_pct": "deal.requested_discount_pct",
    "candidate.discount_value": "deal.amount",
    "candidate.refund_value": "ticket.refund_amount",
    "candidate.requester": "deal.discount_requested_by",
}
"""What is worked out for a candidate has no age of its own: the fact behind it does."""

Known = Mapping[tuple[str, str | None], Fact]


def known(decision: Decision) -> Known:
    """The decision's facts by name and entity."""
    return {(fact.name, fact.of): fact for fact in decision.facts}


def fact_of(facts: Known, name: str, candidate: CandidateRecord | None) -> Fact | None:
    """The fact of this name as the candidate's rules read it; None for one that is worked out from others."""
    of = getattr(candidate, _ENTITY.get(name.partition(".")[0], ""), None)
    return facts.get((name, of)) or facts.get((name, None))


def weighed(decision: Decision) -> list[Fact]:
    """The facts that spoke for the choice, unreliable ones first; none where nothing was chosen."""
    chosen = next((c for c in decision.candidates if c.id == decision.choice), None)
    if chosen is None:
        return []
    facts = known(decision)
    names = [name for rule in matched(chosen) for clause in rule.clauses if clause.result != "false" for name in clause.values]
    names += [*valued(chosen), *(decision.proposal.used if decision.proposal else {})]
    found = {(f.name, f.of): f for name in names if (f := fact_of(facts, BEHIND.get(name, name), chosen)) is not None and f.name not in _PLAIN}
    return sorted(found.values(), key=lambda fact: fact.status == "fresh")


def matched(candidate: CandidateRecord) -> list[RuleRecord]:
    """The rules that took hold of a candidate."""
    return [rule for rule in candidate.rules if rule.matched]


def valued(candidate: CandidateRecord) -> Iterator[str]:
    """The facts behind a candidate's expected value."""
    terms: dict[str, Any] = candidate.score.terms if candidate.score else {}
    for part in [*(terms.get("fits") or ()), *terms.values()]:
        if isinstance(part, dict):
            yield from part.get("values") or {}


def true_since(fact: Fact) -> datetime | None:
    """From when a value's age counts: since it became true where its source dates it, else since it was read; None for a missing one."""
    spec = CATALOGUE.get(fact.name)
    dated = fact.as_of is not None and (spec is None or spec.ages_from == "as_of")
    return None if fact.status == "missing" else fact.as_of if dated else fact.read_at
