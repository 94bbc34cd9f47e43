"""The expected value of doing something instead of nothing.

`priority = (P x (value - cost_if_taken) - cost_always) x C x L`, where P = p(outcome | play) - p(outcome | nothing), C is the declared fit to the
situation (0.25 to 1.75) and L the levers that owners set (0.5 to 2). C and L multiply only a positive value: they never make a loss smaller.
Money is in the reporting currency; support plays state minutes saved. The chances are the play's priors, moved by the model where it has learned.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.clauses import compile_clause
from agent.domain.features import Features
from agent.domain.gate import Gate
from agent.domain.model import PRIORS, Model, terms_of
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING, Fit, Play

FIT_LOW, FIT_HIGH = 0.25, 1.75


def score_all(
    playbook: Playbook, gate: Gate, candidates: Sequence[Candidate], verdicts: Mapping[str, Verdict], model: Model = PRIORS
) -> dict[str, Score]:
    """The score of every candidate by its id. `do-nothing` is 0; `priority` is None where an expression lacks a fact."""
    scoring = _Scoring(gate, model)
    scores = {}
    for candidate in candidates:
        if candidate.play == DO_NOTHING:
            scores[candidate.id] = Score(candidate.id, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0)
        else:
            scores[candidate.id] = scoring.score(playbook.plays[candidate.play], candidate, verdicts[candidate.id].lever)
    return scores


class _Scoring:
    """Scores the candidates of one decision. An expression is worked out once for all candidates that look the same to it."""

    def __init__(self, gate: Gate, model: Model) -> None:
        self._families = model.families
        self._features = Features(gate.evidence) if model.families else None
        self._facts = gate.facts
        self._situation = gate.situation
        self._amounts: dict[Hashable, dict[str, Any]] = {}
        self._fits: dict[Hashable, dict[str, Any] | None] = {}

    def score(self, play: Play, candidate: Candidate, lever: float) -> Score:
        """Every term with its inputs; where a fact is missing, the terms name it."""
        self._situation.place(self._facts.roots(play, candidate))
        sources = self._facts.sources(candidate)
        terms: dict[str, Any] = {name: self._amount(expression, sources) for name, expression in _expressions(play)}
        terms["fits"] = [found for fit in play.fits if (found := self._fit(fit, sources)) is not None]
        terms["unit"] = play.unit
        value, always, taken = (terms[name]["result"] for name in ("value", "cost_always", "cost_if_taken"))
        p = self._learned(candidate, terms) if candidate.kind in self._families else _difference(terms["with"]["result"], terms["without"]["result"])
        c = min(max(1.0 + sum(fit["weight"] for fit in terms["fits"]), FIT_LOW), FIT_HIGH)
        return Score(candidate.id, p, value, always, taken, c, lever, _priority(p, value, always, taken, c * lever), terms)

    def _learned(self, candidate: Candidate, terms: dict[str, Any]) -> float | None:
        """The difference that the play makes, by what the model has learned of its kind; the terms keep how."""
        with_play, without = terms["with"]["result"], terms["without"]["result"]
        if with_play is None or without is None or self._features is None:
            return None
        family = self._families[candidate.kind]
        chances = family.chances(with_play, without, self._features.of(candidate))
        terms["model"] = terms_of(family, chances)
        return _difference(chances.with_play, chances.without)

    def _amount(self, expression: str, sources: Mapping[str, Hashable]) -> dict[str, Any]:
        clause = compile_clause(expression)
        key = (expression, *[sources[root] for root in clause.varying])
        if key not in self._amounts:
            result = self._situation.number(clause)
            self._amounts[key] = {"cel": expression, "result": result, "values": self._situation.values(clause)}
        return self._amounts[key]

    def _fit(self, fit: Fit, sources: Mapping[str, Hashable]) -> dict[str, Any] | None:
        """What is kept of a fit that holds; None when it does not, or a fact that it reads is not known."""
        clause = compile_clause(fit.cel)
        key = (sources["play"], fit.id, *[sources[root] for root in clause.varying])
        if key not in self._fits:
            holds = self._situation.test(clause) == "true"
            kept = {"id": fit.id, "weight": fit.weight, "says": fit.says, "values": self._situation.values(clause)}
            self._fits[key] = kept if holds else None
        return self._fits[key]


def _expressions(play: Play) -> tuple[tuple[str, str], ...]:
    return (
        ("with", play.prior.with_play), ("without", play.prior.without), ("value", play.value),
        ("cost_always", play.cost_always), ("cost_if_taken", play.cost_if_taken),
    )  # fmt: skip


def _difference(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


def _priority(p: float | None, value: float | None, always: float | None, taken: float | None, factor: float) -> float | None:
    if p is None or value is None or always is None or taken is None:
        return None
    base = p * (value - taken) - always
    return round(base * factor if base > 0 else base, 4)
