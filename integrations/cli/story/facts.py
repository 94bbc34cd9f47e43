"""The facts that shaped a decision: those that rules which took hold, the value or the content read."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from agent.domain.decision import CandidateRecord
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import Fact
from integrations.cli import words
from integrations.cli.look import Page
from integrations.cli.story.case import Case, matched, values_of
from integrations.cli.words import STATUSES


def tell_facts(page: Page, case: Case, at_most: int) -> None:
    """Add the facts, at most so many; 0 for all of them."""
    everything = case.decision.facts
    shown = everything if at_most == 0 else mattered(case)[:at_most]
    if not everything:
        return
    title = "Facts" if len(shown) == len(everything) else "Facts that mattered"
    page.heading(title, f"{len(shown)} of {len(everything)}, as old as they were when this was decided")
    page.table([_row(case, fact) for fact in shown], flex=1, caps={0: max(page.width // 2, 30), 2: 10, 3: 9}, indent=2)


def mattered(case: Case) -> list[Fact]:
    """The facts that decided, the most telling first: unreliable ones, then those of rules, of the value, of the content."""
    found = {(f.name, f.of): f for name, candidate in _read(case) if (f := case.fact(_BEHIND.get(name, name), candidate)) is not None}
    return sorted(found.values(), key=lambda fact: fact.status == "fresh")


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


def _row(case: Case, fact: Fact) -> list[Text | str]:
    name = Text(fact.name)
    if fact.of:
        name.append(f" ({case.named(fact.name.partition('.')[0], fact.of)})", "dim")
    word, style = STATUSES[fact.status]
    since = None if fact.status == "missing" else fact.as_of if _dated(fact) else fact.read_at
    old = words.age(since, case.decision.created_at).removesuffix(" ago")
    said = Text("not known", "dim") if fact.status == "missing" else Text(_value(fact), "bold")
    return [
        name,
        said,
        Text(fact.source, "dim"),
        Text("just read" if old == "now" else f"{old} old" if since else "—", style or "dim"),
        Text(word, style),
    ]


def _dated(fact: Fact) -> bool:
    """Whether its source dates the value itself; otherwise it was true when it was read."""
    spec = CATALOGUE.get(fact.name)
    return fact.as_of is not None and (spec is None or spec.ages_from == "as_of")


def _value(fact: Fact) -> str:
    """The value; a share or a time is written as such."""
    spec = CATALOGUE.get(fact.name)
    if spec is not None and spec.type == "time" and isinstance(fact.value, str):
        return fact.value.replace("T00:00:00Z", "").replace("T00:00:00+00:00", "").replace("T", " ")
    return words.value(fact.value)
