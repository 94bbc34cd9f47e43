"""Ranking: the expected value of doing something instead of nothing.

`priority = (P x (value - cost_if_taken) - cost_always) x C x L`, where P = p(outcome | play) - p(outcome | nothing), C is the declared fit to the
situation (0.25 to 1.75) and L the levers that owners set (0.5 to 2). C and L multiply only a positive value: they never make a loss smaller.
Money is in the reporting currency; support plays state minutes saved.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.clauses import Situation, compile_clause
from agent.domain.gate import Gate
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING, Play

FIT_LOW, FIT_HIGH = 0.25, 1.75


def score_all(playbook: Playbook, gate: Gate, candidates: Sequence[Candidate], verdicts: Mapping[str, Verdict]) -> dict[str, Score]:
    """The score of every candidate by its id. `do-nothing` is 0."""
    scores = {}
    for candidate in candidates:
        if candidate.play == DO_NOTHING:
            scores[candidate.id] = Score(candidate.id, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0)
            continue
        play = playbook.plays[candidate.play]
        gate.situation.place(gate.facts.roots(play, candidate))
        scores[candidate.id] = score(play, candidate.id, gate.situation, lever=verdicts[candidate.id].lever)
    return scores


def score(play: Play, candidate_id: str, situation: Situation, *, lever: float) -> Score:
    """Score one candidate whose facts are in place. `priority` is None where an expression lacks a fact; the terms name it."""
    amounts: dict[str, float | None] = {}
    terms: dict[str, Any] = {}
    for name, expression in _expressions(play).items():
        clause = compile_clause(expression)
        amounts[name] = situation.number(clause)
        terms[name] = {"cel": expression, "result": amounts[name], "values": situation.values(clause)}
    fit, fits = _fit(play, situation)
    terms["fits"], terms["unit"] = fits, play.unit
    p = None if amounts["with"] is None or amounts["without"] is None else amounts["with"] - amounts["without"]
    priority = _priority(p, amounts, fit, lever)
    return Score(candidate_id, p, amounts["value"], amounts["cost_always"], amounts["cost_if_taken"], fit, lever, priority, terms)


def _expressions(play: Play) -> dict[str, str]:
    return {
        "with": play.prior.with_play, "without": play.prior.without, "value": play.value,
        "cost_always": play.cost_always, "cost_if_taken": play.cost_if_taken,
    }  # fmt: skip


def _fit(play: Play, situation: Situation) -> tuple[float, list[dict[str, Any]]]:
    matched: list[dict[str, Any]] = []
    for fit in play.fits:
        clause = compile_clause(fit.cel)
        if situation.test(clause) == "true":
            matched.append({"id": fit.id, "weight": fit.weight, "says": fit.says, "values": situation.values(clause)})
    total = 1.0 + sum(float(one["weight"]) for one in matched)
    return min(max(total, FIT_LOW), FIT_HIGH), matched


def _priority(p: float | None, amounts: Mapping[str, float | None], fit: float, lever: float) -> float | None:
    value, always, taken = amounts["value"], amounts["cost_always"], amounts["cost_if_taken"]
    if p is None or value is None or always is None or taken is None:
        return None
    base = p * (value - taken) - always
    return round(base * fit * lever if base > 0 else base, 4)
