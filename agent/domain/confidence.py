"""How sure a choice is: how likely a reviewer endorses it, from inputs that are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.domain.candidates import Candidate, Score
from agent.domain.evidence import Evidence
from agent.domain.fact_catalogue import FROM_TEXT
from agent.domain.model import PRIORS, Model
from agent.domain.ranking import Ranking

LABELS_TO_CALIBRATE = 50
"""Answered cases of a play kind below which its confidence is not trusted."""

_FULL_UPLIFT = 0.3
"""A play that makes this much of a difference to the chance of success leaves nothing to wish for."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """How likely a reviewer endorses the choice, 0 to 1; None while uncalibrated. `terms` keeps inputs and raw figure."""

    value: float | None
    calibrated: bool
    terms: dict[str, Any]


def confidence_in(
    chosen: Candidate,
    ranking: Ranking,
    candidates: Mapping[str, Candidate],
    scores: Mapping[str, Score],
    evidence: Evidence,
    model: Model = PRIORS,
) -> Confidence:
    """Mean of the inputs that apply (uplift, margin to the best different play, share of known facts, content strength), as a chance.

    The chance is what the model's calibration makes of the mean. A kind without one is uncalibrated, whatever its raw figure.
    """
    terms: dict[str, Any] = {
        "uplift": _share((scores[chosen.id].p or 0.0) / _FULL_UPLIFT),
        "margin": _share(_margin(chosen, ranking, candidates, scores)),
        "facts_known": _share(_facts_known(evidence, chosen)),
    }
    strength = next((m.strength for m in evidence.materials if m.id == chosen.material), None)
    if strength is not None:
        terms["strength"] = _share(strength)
    raw = round(sum(terms.values()) / len(terms), 4)
    terms |= {"raw": raw, "labels": evidence.labels.get(chosen.kind, 0)}
    if model.calibrations is None:
        calibrated = terms["labels"] >= LABELS_TO_CALIBRATE
        return Confidence(raw if calibrated else None, calibrated, terms)
    calibration = model.calibrations.get(chosen.kind)
    if calibration is None:
        return Confidence(None, calibrated=False, terms=terms)
    kept = {"slope": calibration.slope, "intercept": calibration.intercept, "cases": calibration.cases}
    return Confidence(calibration.chance(raw), calibrated=True, terms={**terms, "calibration": kept})


def _share(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)


def _margin(chosen: Candidate, ranking: Ranking, candidates: Mapping[str, Candidate], scores: Mapping[str, Score]) -> float:
    """By how much the choice beats the best of the other plays, and doing nothing, as a share of its own value."""
    best = scores[chosen.id].priority
    if best is None or best <= 0:
        return 0.0
    others = [scores[i].priority or 0.0 for i in ranking.order if candidates[i].play != chosen.play]
    return (best - max([0.0, *others])) / best


def _facts_known(evidence: Evidence, chosen: Candidate) -> float:
    """What is told from text that anybody may write makes nobody surer."""
    mine = [f for f in evidence.facts if f.of in (None, chosen.recipient, chosen.target, chosen.material) and f.name not in FROM_TEXT]
    return sum(f.known for f in mine) / len(mine) if mine else 0.0
