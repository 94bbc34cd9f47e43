"""How well kinds are told that a model was not taught, by five folds, the temperature at which it is as sure of them as it is right, and how familiar
such texts look.

Few examples are learned by heart, and a fifth of them is too few to tell how sure to be, or what is strange. All of them, each told by a model that
was taught the others, are enough.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.learning.kinds import Vectors, learn

FOLDS = 5
_TEMPERATURES = np.geomspace(0.2, 50, 120)
_KEPT = 1000
"""Quantiles of how familiar they were that are kept to compare with."""
_LEAST = 1e-4
"""No chance counts as smaller than this: one example must not be all that is measured."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How many were told and how many rightly; the mean log loss (nats) of how often each kind comes, and of the model at `temperature`; and how
    familiar those were, ascending.

    A kind of which four folds hold too few examples to be taught is not measured.
    """

    told: int
    right: int
    loss_before: float
    loss_after: float
    temperature: float
    known: Vectors


@dataclass(frozen=True, slots=True)
class _Fold:
    """Of each example that was held: what the model's logits are, up to a constant, where its kind stands among them, how common that is, and how
    familiar the example.
    """

    familiar: Vectors
    logits: NDArray[np.float64]
    places: NDArray[np.int64]
    shares: NDArray[np.float64]


def measure(vectors: Vectors, labels: Sequence[str]) -> Measured:
    """Tell each fifth by what the others teach. Raises TooFewExamples."""
    numbers = _folds(labels)
    folds = [_fold(vectors, labels, numbers == number) for number in range(FOLDS)]
    logits, places, shares = (np.concatenate(parts) for parts in zip(*((one.logits, one.places, one.shares) for one in folds), strict=True))
    losses = [float(_losses(logits, places, temperature).mean()) for temperature in _TEMPERATURES]
    best = int(np.argmin(losses))
    right = int((logits.argmax(axis=1) == places).sum())
    familiar = np.sort(np.concatenate([one.familiar for one in folds]))
    known = np.quantile(familiar, np.linspace(0, 1, min(_KEPT, len(familiar)))).astype(np.float32)
    return Measured(len(places), right, round(float(-np.log(shares).mean()), 6), round(losses[best], 6), float(_TEMPERATURES[best]), known)


def _folds(labels: Sequence[str]) -> NDArray[np.int64]:
    """Which fold each example is in: every kind is spread evenly."""
    seen: Counter[str] = Counter()
    numbers = []
    for label in labels:
        numbers.append(seen[label] % FOLDS)
        seen[label] += 1
    return np.array(numbers)


def _fold(vectors: Vectors, labels: Sequence[str], held: NDArray[np.bool_]) -> _Fold:
    taught = [label for label, is_held in zip(labels, held, strict=True) if not is_held]
    model = learn(vectors[~held], taught)
    place, common = {name: at for at, name in enumerate(sorted(set(labels)))}, Counter(taught)
    known = np.array([bool(is_held) and label in model.names for label, is_held in zip(labels, held, strict=True)])
    truth = [label for label, is_known in zip(labels, known, strict=True) if is_known]
    logits = np.full((len(truth), len(place)), -np.inf)
    for row, one in enumerate(model.tell(vectors[known], others=len(model.names))):
        for name, chance in ((one.kind, one.chance), *one.others):
            logits[row, place[name]] = model.temperature * np.log(max(chance, 1e-30))
    return _Fold(
        model.familiarity(vectors[known]),
        logits,
        np.array([place[label] for label in truth]),
        np.array([common[label] / len(taught) for label in truth]),
    )


def _losses(logits: NDArray[np.float64], places: NDArray[np.int64], temperature: float) -> NDArray[np.float64]:
    scaled = (logits - logits.max(axis=1, keepdims=True)) / temperature
    own = scaled[np.arange(len(places)), places] - np.log(np.exp(scaled).sum(axis=1))
    return np.asarray(-np.maximum(own, np.log(_LEAST)))
