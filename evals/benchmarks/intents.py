"""Intents of customers' questions: is each told rightly, is what belongs to none noticed, and what do errors cost at a share that goes by itself?

Learned and told by what operation learns and tells with (`agent.learning.kinds`), from the same embeddings. Beside it stands naive Bayes over stems.
"""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.errors import InvalidInput
from agent.learning.held_out import Vectors
from agent.learning.kinds import Told, learn
from evals.benchmarks.bayes import NaiveBayes
from evals.benchmarks.figures import Metric, Report, Skipped, Source, area, share
from integrations.embedding import local
from tools.embedding import EmbedderUnavailable

BANKING, CLINC = "banking77", "clinc150"
OUT_OF_SCOPE = "oos"
BY_ITSELF = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Shares of the questions that are in scope which would go by themselves: those that are told most surely."""

_AGAIN = "Get the file again from where it came from."
Example = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Split:
    """What is learned from, what is told, and texts that belong to no kind."""

    name: str
    source: Source
    learned: Sequence[Example]
    told: Sequence[Example]
    strange: Sequence[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """What one way makes of the texts that are told: right or not, how surely, and how familiar they and the strange ones look."""

    right: NDArray[np.bool_]
    sure: NDArray[np.float64]
    familiar: NDArray[np.float64]
    strange: NDArray[np.float64]

    def errors(self, by_itself: float) -> tuple[int, int]:
        """Wrong ones among the surest share, and how many those are."""
        first = np.argsort(-self.sure, kind="stable")[: max(1, round(len(self.sure) * by_itself))]
        return int((~self.right[first]).sum()), len(first)


def measure(data: Path) -> Report:
    """Learn and tell each set. Raises Skipped, InvalidInput."""
    splits = [found for found in (_banking(data), _clinc(data)) if found is not None]
    if not splits:
        raise Skipped(f"{data} has neither {BANKING}_train.csv nor {CLINC}_train_val.json")
    try:
        model = local()
    except EmbedderUnavailable as error:
        raise Skipped(str(error)) from None
    metrics: dict[str, Metric] = {}
    for split in splits:
        metrics |= {f"{split.name} {name}": one for name, one in _measured(split, model.vectors).items()}
    return Report(
        "intents", [split.source for split in splits], metrics,
        about="accuracy: told rightly. out of scope: chance that a text of no kind looks less familiar than one of a kind. errors@k: wrong among the "
        "k % that are told most surely. Baseline: naive Bayes over stems.",
    )  # fmt: skip


def _measured(split: _Split, embedded: Any) -> Mapping[str, Metric]:
    own, plain = _by_meaning(split, embedded), _by_words(split)
    found = {"accuracy": share(int(own.right.sum()), len(own.right), baseline=float(plain.right.mean()))}
    if split.strange:
        found["out of scope"] = area(own.familiar, own.strange, baseline=area(plain.familiar, plain.strange, baseline=None).value)
    for by_itself in BY_ITSELF:
        wrong, many = plain.errors(by_itself)
        found[f"errors@{by_itself:.0%}"] = share(*own.errors(by_itself), baseline=wrong / many)
    return found


def _by_meaning(split: _Split, embedded: Any) -> _Way:
    model = learn(embedded([text for text, _ in split.learned]), [kind for _, kind in split.learned])
    vectors: Vectors = embedded([text for text, _ in split.told])
    told: Sequence[Told] = model.tell(vectors)
    right = np.array([one.kind == kind for one, (_, kind) in zip(told, split.told, strict=True)])
    strange = model.familiarity(embedded(split.strange)) if split.strange else np.zeros(0)
    return _Way(right, np.array([one.chance for one in told]), model.familiarity(vectors).astype(float), strange.astype(float))


def _by_words(split: _Split) -> _Way:
    model = NaiveBayes(split.learned)
    told = [model.tell(text) for text, _ in split.told]
    right = np.array([one.kind == kind for one, (_, kind) in zip(told, split.told, strict=True)])
    sure = np.array([one.chance for one in told])
    return _Way(right, sure, sure, np.array([model.tell(text).chance for text in split.strange]))


def _banking(data: Path) -> _Split | None:
    """The files of both parts where they are there; else a fifth of the one, picked by the text alone, is told."""
    train, test = data / f"{BANKING}_train.csv", data / f"{BANKING}_test.csv"
    if not train.is_file():
        return None
    examples, told = _rows(train), _rows(test) if test.is_file() else None
    if told is None:
        picked = [_is_picked(text) for text, _ in examples]
        examples, told = list(compress(examples, (not one for one in picked))), list(compress(examples, picked))
    file = test if test.is_file() else train
    return _Split(BANKING, Source(file.name, hashlib.sha256(file.read_bytes()).hexdigest(), len(told)), examples, told)


def _rows(file: Path) -> list[Example]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            return [(row["text"], row["category"]) for row in csv.DictReader(lines)]
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{file} is no table with the columns text and category: {error}.", _AGAIN) from error


def _is_picked(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] < 51


def _clinc(data: Path) -> _Split | None:
    """Learned from `train`, told of `test` where that is there, else of `val`; the strange texts are those marked so of the same part."""
    file = data / f"{CLINC}_train_val.json"
    if not file.is_file():
        return None
    other = data / f"{CLINC}_test.json"
    parts, told_of = _parts(file), _parts(other) if other.is_file() else None
    part, name, shown = ("test", "oos_test", other) if told_of else ("val", "oos_val", file)
    found = {**parts, **(told_of or {})}
    try:
        learned, told, strange = found["train"], found[part], found[name]
    except KeyError as error:
        raise InvalidInput(f"{shown} has no part {error}.", _AGAIN) from error
    source = Source(shown.name, hashlib.sha256(shown.read_bytes()).hexdigest(), len(told) + len(strange))
    return _Split(CLINC, source, learned, told, [text for text, _ in strange])


def _parts(file: Path) -> dict[str, list[Example]]:
    try:
        return {name: [(str(text), str(kind)) for text, kind in rows] for name, rows in json.loads(file.read_bytes()).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidInput(f"{file} is no set of lists of [text, kind]: {error}.", _AGAIN) from error
