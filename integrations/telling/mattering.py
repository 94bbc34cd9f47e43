"""The facts that shaped a decision: those that rules which took hold, the value or the content read."""

from collections.abc import Iterator
from datetime import datetime

from agent.domain.decision import CandidateRecord
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import Fact
from agent.domain.weighing import BEHIND, matched, true_since, valued
from integrations.telling import words
from integrations.telling.case import Case, values_of


def mattered(case: Case) -> list[Fact]:
    """The facts that decided, the most telling first: unreliable ones, then those of rules, of the value, of the content."""
    found = {(f.name, f.of): f for name, candidate in _read(case) if (f := case.fact(BEHIND.get(name, name), candidate)) is not None}
    return sorted(found.values(), key=lambda fact: fact.status == "fresh")


def _read(case: Case) -> Iterator[tuple[str, CandidateRecord | None]]:
    chosen = case.chosen
    for candidate in ([chosen] if chosen else []) + _one_of_each(case):
        for rule in matched(candidate):
            yield from ((name, candidate) for name, _ in values_of(rule))
    if chosen is not None:
        yield from ((name, chosen) for name in valued(chosen))
    proposal = case.decision.proposal
    yield from ((name, chosen) for name in (proposal.used if proposal else {}))
    best = max(case.considered, key=lambda c: c.score.priority if c.score and c.score.priority is not None else float("-inf"), default=None)
    if chosen is None and best is not None:
        yield from ((name, best) for name in valued(best))


def _one_of_each(case: Case) -> list[CandidateRecord]:
    """One candidate for each rule that took hold of any, so that no contact's facts crowd out the rest."""
    first: dict[str, CandidateRecord] = {}
    for candidate in case.considered:
        for rule in matched(candidate):
            first.setdefault(rule.id, candidate)
    return list({candidate.id: candidate for candidate in first.values()}.values())


def age_of(fact: Fact, at: datetime) -> str:
    """How old the value was at a moment: `just read`, `29 h old`, or a dash where nobody knows."""
    since = true_since(fact)
    old = words.age(since, at).removesuffix(" ago")
    return "just read" if old == "now" else f"{old} old" if since else "—"


def written(fact: Fact) -> str:
    """The value; a share or a time is written as such."""
    spec = CATALOGUE.get(fact.name)
    if spec is not None and spec.type == "time" and isinstance(fact.value, str):
        return fact.value.replace("T00:00:00Z", "").replace("T00:00:00+00:00", "").replace("T", " ")
    return words.value(fact.value)
