"""What kind of case a text is, told from labelled examples: a linear model over embeddings, and how familiar the text is.

The chance of a kind is a softmax over `vector · weights`, at the temperature at which examples that were held out are told as surely as they are
right (Guo et al. 2017, On calibration of modern neural networks).

How familiar a text is has two measures: how much the model has to say of it at all, the log-sum-exp of its logits (Liu et al. 2020, Energy-based
out-of-distribution detection), and how near it lies to the nearest centre of a kind. Their sum, each in standard deviations of the held-out
examples, is told as the share of those examples that are no more familiar: 0.05 is as strange as one known text in twenty.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.learning.held_out import Vectors, compared_with, surest

FEWEST_EXAMPLES = 8
"""Of a kind; one with fewer is not learned, and its texts look unfamiliar until there are more."""

_SHRINK = 1e-5
_BATCH, _EPOCHS, _FEWEST_STEPS = 256, 10, 300
_RATE, _MOMENTUM, _SCALING = 0.05, 0.9, 0.99
_HELD_OUT = 0.2


class TooFewExamples(ValueError):
    """There are not two kinds with enough examples."""


@dataclass(frozen=True, slots=True)
class Told:
    """The likeliest kind of a text, how likely it is that kind, the runners-up, and how familiar the text is (both 0 to 1)."""

    kind: str
    chance: float
    familiar: float
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """What was learned. `weights` has a row for each dimension and one for the constant, a column for each kind; `centres` a row for each kind.

    `usual`: mean and standard deviation of energy and of nearness over held-out examples; `known`: how familiar those are, ascending.
    """

    names: tuple[str, ...]
    weights: Vectors
    centres: Vectors
    temperature: float
    usual: tuple[tuple[float, float], ...]
    known: Vectors

    def tell(self, vectors: Vectors, *, others: int = 2) -> list[Told]:
        """What each text is; rows of length 1."""
        logits = _logits(self.weights, vectors)
        chances = _softmax(logits / self.temperature)
        familiar = np.searchsorted(self.known, self.familiarity(vectors, logits), side="right") / len(self.known)
        order = np.argsort(-chances, axis=1)[:, : others + 1]
        return [
            Told(
                self.names[best[0]], float(row[best[0]]), float(share), tuple((self.names[place], float(row[place])) for place in best[1:])
            )
            for row, best, share in zip(chances, order, familiar, strict=True)
        ]  # fmt: skip

    def familiarity(self, vectors: Vectors, logits: Vectors | None = None) -> Vectors:
        """The sum of both measures, in standard deviations; higher is more familiar."""
        found = _measures(_logits(self.weights, vectors) if logits is None else logits, vectors, self.centres)
        return _summed(found, self.usual)


def learnable(labels: Sequence[str], fewest: int = FEWEST_EXAMPLES) -> tuple[str, ...]:
    """The kinds that have enough examples. Raises TooFewExamples."""
    counts = Counter(labels)
    names = tuple(sorted(name for name, count in counts.items() if count >= fewest))
    if len(names) < 2:
        raise TooFewExamples(f"no two kinds have {fewest} examples each: {dict(counts.most_common(5))}")
    return names


def learn(vectors: Vectors, labels: Sequence[str], *, seed: int = 0, fewest: int = FEWEST_EXAMPLES) -> Kinds:
    """Learn the kinds that have enough examples. The same examples in the same order give the same model. Raises TooFewExamples."""
    names = learnable(labels, fewest)
    number = {name: place for place, name in enumerate(names)}
    rows = np.array([place for place, label in enumerate(labels) if label in number])
    kept, kinds = vectors[rows], np.array([number[labels[place]] for place in rows])
    draw = np.random.default_rng(seed)
    held = _held_out(kinds, draw)
    trial, centres = _fit(kept[~held], kinds[~held], len(names), draw), _centres(kept[~held], kinds[~held], len(names))
    logits = _logits(trial, kept[held])
    measures = _measures(logits, kept[held], centres)
    usual = tuple((float(one.mean()), float(one.std()) or 1.0) for one in measures)
    whole, temperature = _fit(kept, kinds, len(names), draw), surest(logits, kinds[held])[0]
    return Kinds(names, whole, _centres(kept, kinds, len(names)), temperature, usual, compared_with(_summed(measures, usual)))


def _held_out(kinds: NDArray[np.int64], draw: np.random.Generator) -> NDArray[np.bool_]:
    """A fifth of every kind."""
    held = np.zeros(len(kinds), np.bool_)
    for kind in np.unique(kinds):
        places = draw.permutation(np.flatnonzero(kinds == kind))
        held[places[: max(1, round(len(places) * _HELD_OUT))]] = True
    return held


def _fit(vectors: Vectors, kinds: NDArray[np.int64], many: int, draw: np.random.Generator) -> Vectors:
    """Multinomial logistic regression, by Adam (Kingma and Ba 2015) over small batches, slowing down to a stop."""
    given, wanted = _with_constant(vectors), np.eye(many, dtype=np.float32)[kinds]
    weights = np.zeros((given.shape[1], many), np.float32)
    pace: Vectors = np.zeros_like(weights)
    size: Vectors = np.zeros_like(weights)
    batches = math.ceil(len(given) / _BATCH)
    epochs = max(_EPOCHS, math.ceil(_FEWEST_STEPS / batches))
    step = 0
    for epoch in range(epochs):
        rate = _RATE * (1 - epoch / epochs)
        for places in _batches(len(given), batches, draw):
            step += 1
            batch = given[places]
            wrong = _softmax(batch @ weights) - wanted[places]
            slope = batch.T @ wrong / len(batch) + _SHRINK * weights
            pace *= _MOMENTUM
            pace += (1 - _MOMENTUM) * slope
            size *= _SCALING
            size += (1 - _SCALING) * slope * slope
            weights -= rate * (pace / (1 - _MOMENTUM**step)) / (np.sqrt(size / (1 - _SCALING**step)) + 1e-8)
    return weights.astype(np.float32)


def _batches(many: int, batches: int, draw: np.random.Generator) -> Iterator[NDArray[np.int64] | slice]:
    """In another order each time; in one batch the order means nothing, and nothing is copied."""
    yield from [slice(None)] if batches == 1 else np.array_split(draw.permutation(many), batches)


def _centres(vectors: Vectors, kinds: NDArray[np.int64], many: int) -> Vectors:
    means = np.stack([vectors[kinds == kind].mean(axis=0) for kind in range(many)])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)


def _measures(logits: Vectors, vectors: Vectors, centres: Vectors) -> tuple[Vectors, Vectors]:
    """Energy and nearness."""
    top = logits.max(axis=1)
    energy = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return energy, (vectors @ centres.T).max(axis=1)


def _summed(measures: tuple[Vectors, ...], usual: tuple[tuple[float, float], ...]) -> Vectors:
    parts = [(found - mean) / spread for found, (mean, spread) in zip(measures, usual, strict=True)]
    return np.asarray(sum(parts), np.float32)


def _logits(weights: Vectors, vectors: Vectors) -> Vectors:
    return np.asarray(_with_constant(vectors) @ weights, np.float32)


def _with_constant(vectors: Vectors) -> Vectors:
    return np.hstack([vectors, np.ones((len(vectors), 1), np.float32)]).astype(np.float32)


def _softmax(logits: Vectors) -> Vectors:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
