"""Choosing: the best allowed candidate by expected value, with a stable tie-break, and how sure that choice is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.evidence import Evidence
from agent.domain.facts import Status
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING

LABELS_TO_CALIBRATE = 50
"""Answered cases of a play kind below which its confidence is not trusted."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """How likely a reviewer endorses the choice, 0 to 1; None while uncalibrated. `terms` keeps the inputs and the raw figure."""

    value: float | None
    calibrated: bool
    terms: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Eligible candidates, best first; what was chosen (None: nothing beats doing nothing); and which required plays could not be chosen."""

    order: tuple[str, ...]
    choice: str | None
    unmet: tuple[str, ...] = ()


def rank(
    playbook: Playbook, evidence: Evidence, candidates: Sequence[Candidate], verdicts: Mapping[str, Verdict], scores: Mapping[str, Score]
) -> Ranking:
    """Order what the rules left and choose. Required plays come before everything; otherwise a candidate must beat 0."""
    eligible = [c for c in candidates if c.play != DO_NOTHING and in_window(playbook, evidence, c, verdicts[c.id])]
    order = sorted(eligible, key=lambda c: (not verdicts[c.id].required, -_value(scores[c.id]), c.id))
    best = order[0] if order else None
    chosen = best if best and (verdicts[best.id].required or _value(scores[best.id]) > 0) else None
    return Ranking(tuple(c.id for c in order), chosen.id if chosen else None, _unmet(candidates, verdicts, chosen))


def in_window(playbook: Playbook, evidence: Evidence, candidate: Candidate, verdict: Verdict) -> bool:
    """Not forbidden, and possible before the play's window has passed."""
    if verdict.verdict == "forbid":
        return False
    return verdict.until is None or verdict.until - evidence.at <= playbook.plays[candidate.play].window


def _value(score: Score) -> float:
    return score.priority if score.priority is not None else float("-inf")


def _unmet(candidates: Sequence[Candidate], verdicts: Mapping[str, Verdict], chosen: Candidate | None) -> tuple[str, ...]:
    """Plays that a matched rule requires when none of them was chosen."""
    demanded = {
        play for c in candidates for r in verdicts[c.id].rules if r.matched and r.effect == "require" for play in r.of
    }
    return () if chosen is not None and chosen.play in demanded else tuple(sorted(demanded))


def confidence_in(
    chosen: Candidate, ranking: Ranking, candidates: Mapping[str, Candidate], scores: Mapping[str, Score], evidence: Evidence
) -> Confidence:
    """Mean of the inputs that apply: uplift, margin to the best different play, share of known facts, strength of the content found."""
    terms: dict[str, Any] = {
        "uplift": round(min(max(scores[chosen.id].p or 0.0, 0.0) / 0.3, 1.0), 4),
        "margin": round(_margin(chosen, ranking, candidates, scores), 4),
        "facts_known": round(_facts_known(evidence, chosen), 4),
    }
    strength = next((m.strength for m in evidence.materials if m.id == chosen.material), None)
    if strength is not None:
        terms["strength"] = round(strength, 4)
    raw = round(sum(terms.values()) / len(terms), 4)
    labels = evidence.labels.get(chosen.kind, 0)
    calibrated = labels >= LABELS_TO_CALIBRATE
    return Confidence(raw if calibrated else None, calibrated, {**terms, "raw": raw, "labels": labels})


def _margin(chosen: Candidate, ranking: Ranking, candidates: Mapping[str, Candidate], scores: Mapping[str, Score]) -> float:
    best = _value(scores[chosen.id])
    if best <= 0:
        return 0.0
    others = [_value(scores[i]) for i in ranking.order if candidates[i].play != chosen.play]
    second = max([0.0, *others])
    return min(max((best - second) / best, 0.0), 1.0)


def _facts_known(evidence: Evidence, chosen: Candidate) -> float:
    mine = [f for f in evidence.facts if f.of in (None, chosen.recipient, chosen.target, chosen.material)]
    return sum(f.status is Status.FRESH for f in mine) / len(mine) if mine else 0.0
