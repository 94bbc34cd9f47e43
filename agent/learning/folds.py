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

from agent.learning.held_out import Vectors, compared_with, surest
from agent.learning.kinds import FEWEST_EXAMPLES, learn, learnable

FOLDS = 5
_TAUGHT = FEWEST_EXAMPLES * (FOLDS - 1) // FOLDS
"""Four folds hold so many of a kind that has enough examples: whatever the whole is taught, they are, and it is measured."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How many were told and how many rightly; the mean log loss (nats) of how often each kind comes, and of the model at `temperature`; and how
    familiar those were, ascending.

    Every kind that has enough examples to be learned is measured.
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
    """Tell each fifth by what the others teach, of the kinds that are learned. Raises TooFewExamples."""
    names = learnable(labels)
    rows = np.array([place for place, label in enumerate(labels) if label in names])
    vectors, labels = vectors[rows], [labels[place] for place in rows]
    numbers = _folds(labels)
    folds = [_fold(vectors, labels, numbers == number) for number in range(FOLDS)]
    logits, places, shares = (np.concatenate(parts) for parts in zip(*((one.logits, one.places, one.shares) for one in folds), strict=True))
    temperature, loss = surest(logits, places)
    right = int((logits.argmax(axis=1) == places).sum())
    known = compared_with(np.concatenate([one.familiar for one in folds]))
    return Measured(len(places), right, round(float(-np.log(shares).mean()), 6), round(loss, 6), temperature, known)


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
    model = learn(vectors[~held], taught, fewest=_TAUGHT)
    place, common = {name: at for at, name in enumerate(sorted(set(labels)))}, Counter(taught)
    truth = [label for label, is_held in zip(labels, held, strict=True) if is_held]
    logits = np.full((len(truth), len(place)), -np.inf)
    for row, one in enumerate(model.tell(vectors[held], others=len(model.names))):
        for name, chance in ((one.kind, one.chance), *one.others):
            logits[row, place[name]] = model.temperature * np.log(max(chance, 1e-30))
    return _Fold(
        model.familiarity(vectors[held]),
        logits,
        np.array([place[label] for label in truth]),
        np.array([common[label] / len(taught) for label in truth]),
    )
