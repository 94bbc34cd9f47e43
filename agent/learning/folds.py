"""Kinds learned from few examples: how well they are told by five folds, how sure to be of them, and how familiar known texts look.

Few examples are learned by heart, and a fifth of them is too few to tell how sure to be, or what is strange. All of them, each told by a model that
was taught the others, are enough.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from agent.learning.held_out import Vectors, surest
from agent.learning.kinds import Examples, Fitted, Kinds, Tried

FOLDS = 5
"""Of every kind that has enough examples there are some in the other folds, whichever is held: what the whole is taught, is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What all examples teach, and how well such models tell what they were not taught.

    How many were told and how many rightly; the mean log loss (nats) of how often each kind comes, and of the models at the temperature of `kinds`.
    """

    kinds: Kinds
    told: int
    right: int
    loss_before: float
    loss_after: float


def learn_in_folds(vectors: Vectors, labels: Sequence[str]) -> Measured:
    """Learn the kinds that have enough examples, and tell each fifth of them by what the others teach. Raises TooFewExamples."""
    examples = Examples.of(vectors, labels)
    numbers = _folds(examples.kinds)
    tried = _together([_fitted(examples.only(numbers != fold)).tried(examples.only(numbers == fold)) for fold in range(FOLDS)])
    shares = np.concatenate([_shares(examples.kinds, numbers == fold) for fold in range(FOLDS)])
    right = int((tried.logits.argmax(axis=1) == tried.kinds).sum())
    losses = float(-np.log(shares).mean()), surest(tried.logits, tried.kinds)[1]
    return Measured(_fitted(examples).calibrated(tried), len(tried.kinds), right, *(round(loss, 6) for loss in losses))


def _folds(kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which fold each example is in: every kind is spread evenly."""
    seen: Counter[int] = Counter()
    numbers = []
    for kind in kinds:
        numbers.append(seen[kind] % FOLDS)
        seen[kind] += 1
    return np.array(numbers)


def _fitted(examples: Examples) -> Fitted:
    return Fitted.to(examples, np.random.default_rng(0))


def _shares(kinds: NDArray[np.int64], held: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How often the kind of each held example comes among the others."""
    others = kinds[~held]
    return np.asarray(np.bincount(others)[kinds[held]] / len(others))


def _together(parts: Sequence[Tried]) -> Tried:
    return Tried(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Tried)))
