"""Families of plays from their outcomes: what the situation does to the chance of success, and what playing does.

`agent.domain.model` has the formula. Both parts are fitted together: a case that was played has the logit of its play's prior `with` as offset and
sets the feature `played`; one that was held out has the logit of `without` and does not. The prior's spreads say how a shift is split while there
is no holdout: most of it is put down to playing, the rest to the situation. A holdout settles it by data.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from agent.domain.features import NAMES
from agent.domain.model import Family, logit
from agent.learning.cases import Case
from agent.learning.logistic import Floats, chances, fit, log_loss

PLAYED: Final = "played"
SPREADS: Mapping[str, float] = {"base": 0.5, PLAYED: 1.0}
"""How far, in log odds, the prior lets a weight be from 0 (standard deviations)."""
USUAL_SPREAD, INDICATOR_SPREAD = 0.5, 0.25
FEWEST = 10
"""Outcomes of a kind of play under which its priors stay: of a handful every pattern is chance."""
FOLDS = 5
DECIMALS = 6

_COLUMNS = (*NAMES, PLAYED)
_SPREAD = np.array([SPREADS.get(name, INDICATOR_SPREAD if name.endswith("?") else USUAL_SPREAD) for name in _COLUMNS])


@dataclass(frozen=True, slots=True)
class Learned:
    """What one kind's cases gave: log losses (nats) by its priors and out of fold, and the family, None where that is no better or cases are few."""

    kind: str
    family: Family | None
    cases: int
    held: int
    loss_priors: float
    loss_learned: float


def learn(cases: Iterable[Case]) -> list[Learned]:
    """Every kind of play that has cases, by name."""
    by_kind = defaultdict[str, list[Case]](list)
    for case in cases:
        by_kind[case.kind].append(case)
    return [_learn_kind(kind, sorted(found, key=lambda case: case.decision)) for kind, found in sorted(by_kind.items())]


def _learn_kind(kind: str, cases: Sequence[Case]) -> Learned:
    x, success, offset = table(cases)
    by_priors = log_loss(success, chances(offset))
    learned = log_loss(success, chances(out_of_fold(x, success, offset, _SPREAD)))
    held = sum(not case.played for case in cases)
    better = len(cases) >= FEWEST and learned < by_priors
    family = _family(fit(x, success, offset, _SPREAD), len(cases), held) if better else None
    return Learned(kind, family, len(cases), held, round(by_priors, DECIMALS), round(learned, DECIMALS))


def table(cases: Sequence[Case]) -> tuple[Floats, Floats, Floats]:
    """Features (n x d), what came of each case, and its offset."""
    x = np.array([[*(case.features.get(name, 0.0) for name in NAMES), float(case.played)] for case in cases])
    return x, np.array([float(case.success) for case in cases]), np.array([logit(case.prior) for case in cases])


def out_of_fold(x: Floats, success: Floats, offset: Floats, spread: Floats, folds: int = FOLDS) -> Floats:
    """The log odds of each case by weights that were fitted without it: every `folds`-th case is left out in turn."""
    found, place = np.empty(len(success)), np.arange(len(success))
    for fold in range(folds):
        out = place % folds == fold
        if out.any():
            found[out] = offset[out] + x[out] @ fit(x[~out], success[~out], offset[~out], spread)
    return found


def _family(weights: Floats, cases: int, held: int) -> Family:
    named = {name: round(float(weight), DECIMALS) for name, weight in zip(_COLUMNS, weights, strict=True)}
    played = named.pop(PLAYED)
    return Family({name: weight for name, weight in named.items() if weight}, played, cases, held)
