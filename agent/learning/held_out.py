"""What held-out examples show of a model: how sure to be, and how familiar known texts look."""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_TEMPERATURES = np.geomspace(0.2, 50, 120)
_KEPT = 1000
"""Quantiles of how familiar they were that are kept to compare with."""
_LEAST = 1e-4
"""No chance counts as smaller than this: one example must not be all that is measured."""


def surest(logits: NDArray[np.floating], places: NDArray[np.int64]) -> tuple[float, float]:
    """The temperature at which examples are told as surely as they are right, and their mean log loss (nats) at it.

    A row of logits for each, up to a constant, minus infinity for what it was not taught; `places`: where its kind stands in the row.
    """
    losses = [float(_losses(logits, places, temperature).mean()) for temperature in _TEMPERATURES]
    best = int(np.argmin(losses))
    return float(_TEMPERATURES[best]), losses[best]


def compared_with(familiar: Vectors) -> Vectors:
    """How familiar the examples were, ascending; of many, quantiles."""
    return np.quantile(np.sort(familiar), np.linspace(0, 1, min(_KEPT, len(familiar)))).astype(np.float32)


def _losses(logits: NDArray[np.floating], places: NDArray[np.int64], temperature: float) -> NDArray[np.floating]:
    scaled = (logits - logits.max(axis=1, keepdims=True)) / temperature
    own = scaled[np.arange(len(places)), places] - np.log(np.exp(scaled).sum(axis=1))
    return np.asarray(-np.maximum(own, np.log(_LEAST)))
