"""The model that scores by: the plays' priors, moved by what outcomes have taught. Pure and frozen; learning it is `agent.learning`'s.

A family is a kind of play. Its weights shift log odds (logistic regression with the logit of the prior as offset), so without any data the prior
stands exactly:

    logit p(outcome | play)    = logit(prior with)    + w · x + played
    logit p(outcome | nothing) = logit(prior without) + w · x

`w · x` is what the situation does to both chances, `played` what playing does beyond the prior. Only holdout decisions tell the two apart.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CLOSEST = 0.001
"""No prior is taken to be surer than this once it is weighed against data: 0 and 1 could never be moved."""


@dataclass(frozen=True, slots=True)
class Family:
    """What `cases` outcomes of one kind of play taught, `held` of them of the holdout: shifts of log odds by feature, and of having played."""

    weights: Mapping[str, float]
    played: float
    cases: int
    held: int = 0

    def chances(self, with_play: float, without: float, features: Mapping[str, float]) -> "Chances":
        """The chance of the outcome with the play and without it, from the play's priors and the features of the case."""
        weights = self.weights
        adds = {name: round(weights[name] * value, 6) for name, value in features.items() if name in weights}
        shift = math.fsum(adds.values())
        return Chances(round(expit(logit(with_play) + shift + self.played), 6), round(expit(logit(without) + shift), 6), features, adds)


@dataclass(frozen=True, slots=True)
class Chances:
    """Two chances, and what led to them beside the priors: the features of the case, and what each added to the log odds."""

    with_play: float
    without: float
    features: Mapping[str, float]
    adds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Calibration:
    """From the raw figure of a confidence to a chance: `expit(slope x raw + intercept)` (Platt 1999), fitted on so many labelled cases."""

    slope: float
    intercept: float
    cases: int

    def chance(self, raw: float) -> float:
        """How likely a reviewer endorses a choice with this raw figure."""
        return round(expit(self.slope * raw + self.intercept), 4)


@dataclass(frozen=True, slots=True)
class Model:
    """One version of what was learned. Kinds of play that are not in `families` are scored by their priors.

    `calibrations` by kind of play; None for the priors, whose raw figure is taken as it is once there are enough answered cases.
    """

    version: str
    families: Mapping[str, Family] = field(default_factory=dict)
    calibrations: Mapping[str, Calibration] | None = None


PRIORS = Model("prior-1")
"""What decides until there is history to learn from: the plays' own priors."""


def terms_of(family: Family, chances: Chances) -> dict[str, Any]:
    """What a score keeps of the learned part, so that every figure in it can be worked out again."""
    known = {"with": chances.with_play, "without": chances.without, "features": chances.features, "adds": chances.adds}
    return {**known, "played": family.played, "cases": family.cases, "held": family.held}


def logit(chance: float) -> float:
    """The log odds of a chance, which is first kept away from 0 and 1."""
    bounded = min(max(chance, CLOSEST), 1 - CLOSEST)
    return math.log(bounded / (1 - bounded))


def expit(log_odds: float) -> float:
    """The chance with these log odds, without overflow."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    power = math.exp(log_odds)
    return power / (1 + power)
