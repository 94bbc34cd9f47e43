"""Confidence as a chance: how likely a reviewer endorses a choice with this raw figure, by kind of play.

Platt's scaling: a logistic regression on the raw figure, towards targets that are kept off 0 and 1 (Platt, Probabilistic Outputs for Support Vector
Machines, 1999; fitted as Lin, Lin and Weng, 2007, advise). The slope is never negative: a choice that looks surer is never called less sure. How
well it does is measured out of fold: the Brier score (Brier 1950), and the expected calibration error over ten bins (Naeini et al. 2015).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from agent.domain.confidence import LABELS_TO_CALIBRATE
from agent.domain.model import Calibration
from agent.learning.cases import Label
from agent.learning.logistic import Floats, chances, fit

BINS = 10
FOLDS = 5
DECIMALS = 6
_SPREAD = np.array([10.0, 10.0])
"""Wide enough to let the data speak, narrow enough that labels of one sort alone give finite parameters."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far chances are from what happened: mean squared error, and mean distance between chance and share by bins; both 0 at best."""

    brier: float
    ece: float
    cases: int


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What one kind's labels gave. `calibration` is None under `LABELS_TO_CALIBRATE` labels."""

    kind: str
    calibration: Calibration | None
    labels: int
    raw: Reliability | None = None
    fitted: Reliability | None = None


def calibrate(labels: Iterable[Label]) -> list[Calibrated]:
    """Every kind of play that has labels, by name."""
    by_kind = defaultdict[str, list[Label]](list)
    for one in labels:
        by_kind[one.kind].append(one)
    return [_calibrate_kind(kind, sorted(found, key=lambda one: one.decision)) for kind, found in sorted(by_kind.items())]


def _calibrate_kind(kind: str, labels: Sequence[Label]) -> Calibrated:
    if len(labels) < LABELS_TO_CALIBRATE:
        return Calibrated(kind, None, len(labels))
    raw, endorsed = np.array([one.raw for one in labels]), np.array([float(one.endorsed) for one in labels])
    slope, intercept = platt(raw, endorsed)
    place, guessed = np.arange(len(raw)), np.empty(len(raw))
    for fold in range(FOLDS):
        out = place % FOLDS == fold
        a, b = platt(raw[~out], endorsed[~out])
        guessed[out] = chances(a * raw[out] + b)
    fitted = Calibration(round(slope, DECIMALS), round(intercept, DECIMALS), len(labels))
    return Calibrated(kind, fitted, len(labels), reliability(raw, endorsed), reliability(guessed, endorsed))


def platt(raw: Floats, endorsed: Floats) -> tuple[float, float]:
    """Slope (never negative) and intercept of the log odds of endorsement over the raw figure."""
    yes, no = float(endorsed.sum()), float(len(endorsed) - endorsed.sum())
    targets = np.where(endorsed > 0, (yes + 1) / (yes + 2), 1 / (no + 2))
    ones, nothing = np.ones_like(raw), np.zeros_like(raw)
    slope, intercept = fit(np.column_stack([raw, ones]), targets, nothing, _SPREAD)
    if slope < 0:
        slope, intercept = 0.0, fit(ones[:, None], targets, nothing, _SPREAD[1:])[0]
    return float(slope), float(intercept)


def reliability(chance: Floats, happened: Floats) -> Reliability:
    """Brier score and expected calibration error."""
    bins = np.minimum((chance * BINS).astype(int), BINS - 1)
    gaps = [abs(float(chance[bins == one].mean() - happened[bins == one].mean())) * float((bins == one).mean()) for one in np.unique(bins)]
    return Reliability(round(float(np.mean((chance - happened) ** 2)), DECIMALS), round(sum(gaps), DECIMALS), len(chance))
