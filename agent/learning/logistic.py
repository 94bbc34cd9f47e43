"""Logistic regression with an offset and a Gaussian prior on its weights, fitted to the whole data at once.

The weights are the mode of the posterior, found by Newton's method (iteratively reweighted least squares: Bishop, Pattern Recognition and Machine
Learning, 2006, 4.3.3 and 4.5.1). The fit starts from nothing every time, so it depends on the cases alone: not on their order, nor on how often
it has been done.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEPS: Final = 100
_ENOUGH: Final = 1e-9
_CLOSE: Final = 1e-12


def chances(log_odds: Floats) -> Floats:
    """Log odds to chances, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)), dtype=np.float64)


def log_loss(success: Floats, chance: Floats) -> float:
    """The mean negative log likelihood (nats); of no cases it is 0."""
    if not len(success):
        return 0.0
    kept = np.clip(chance, _CLOSE, 1 - _CLOSE)
    return float(-np.mean(success * np.log(kept) + (1 - success) * np.log1p(-kept)))


def fit(x: Floats, success: Floats, offset: Floats, spread: Floats) -> Floats:
    """The most likely weights, given cases `x` (n x d), what came of them (n, 0 or 1), their offsets (n) and the prior's standard deviations (d)."""
    weights = np.zeros(x.shape[1])
    precision = 1 / spread**2
    for _ in range(_STEPS):
        chance = chances(offset + x @ weights)
        gradient = x.T @ (chance - success) + precision * weights
        curvature = (x * (chance * (1 - chance))[:, None]).T @ x + np.diag(precision)
        step = np.asarray(np.linalg.solve(curvature, gradient), dtype=np.float64)
        weights = _descended(x, success, offset, precision, weights, step)
        if np.max(np.abs(step), initial=0.0) < _ENOUGH:
            break
    return weights


def _descended(x: Floats, success: Floats, offset: Floats, precision: Floats, weights: Floats, step: Floats) -> Floats:
    """A Newton step, halved until it does not lead uphill."""

    def cost(at: Floats) -> float:
        log_odds = offset + x @ at
        return float(np.sum(np.logaddexp(0, log_odds) - success * log_odds) + 0.5 * np.sum(precision * at**2))

    before, share = cost(weights), 1.0
    while share > 1e-6 and cost(weights - share * step) > before + 1e-12:
        share /= 2
    return np.asarray(weights - share * step, dtype=np.float64)
