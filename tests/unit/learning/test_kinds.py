"""Kinds of cases from made examples of which the truth is known: told rightly, as surely as they are right, and strangers look strange."""

import numpy as np
import pytest

from agent.learning.held_out import Vectors
from agent.learning.kinds import FEWEST_EXAMPLES, Kinds, TooFewExamples, learn

DRAW = np.random.default_rng(11)
CENTRES = DRAW.normal(size=(6, 32))


def made(kind: int, many: int, spread: float = 0.25) -> Vectors:
    found = CENTRES[kind] / np.linalg.norm(CENTRES[kind]) + DRAW.normal(scale=spread, size=(many, 32))
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def examples(kinds: int, many: int, spread: float = 0.25) -> tuple[Vectors, list[str]]:
    return np.concatenate([made(kind, many, spread) for kind in range(kinds)]), [f"kind-{kind}" for kind in range(kinds) for _ in range(many)]


@pytest.fixture(scope="module")
def learned() -> Kinds:
    return learn(*examples(5, 80))


def test_it_tells_what_it_was_shown(learned: Kinds) -> None:
    vectors, labels = examples(5, 60)
    told = learned.tell(vectors)
    assert np.mean([one.kind == label for one, label in zip(told, labels, strict=True)]) > 0.85
    assert all(0 <= one.chance <= 1 and len(one.others) == 2 and one.others[0][1] <= one.chance for one in told)


def test_it_is_as_sure_as_it_is_right() -> None:
    model = learn(*examples(5, 200, spread=0.45))
    vectors, labels = examples(5, 200, spread=0.45)
    told = model.tell(vectors)
    right = np.array([one.kind == label for one, label in zip(told, labels, strict=True)])
    assert 0.5 < right.mean() < 0.9, "else the test shows nothing"
    assert abs(np.mean([one.chance for one in told]) - right.mean()) < 0.06


def test_known_texts_spread_evenly_over_familiarity_and_strangers_gather_at_its_end(learned: Kinds) -> None:
    known = np.array([one.familiar for one in learned.tell(examples(5, 60)[0])])
    strange = np.array([one.familiar for one in learned.tell(made(5, 200))])
    assert 0.4 < known.mean() < 0.6
    assert (known < 0.05).mean() < 0.15
    assert (strange < 0.05).mean() > 0.8


def test_the_same_examples_give_the_same_model() -> None:
    vectors, labels = examples(3, 20)
    one, other = learn(vectors, labels), learn(vectors, labels)
    assert np.array_equal(one.weights, other.weights)
    assert (one.names, one.temperature, one.usual) == (other.names, other.temperature, other.usual)


def test_a_kind_with_too_few_examples_is_left_out() -> None:
    vectors, labels = examples(3, FEWEST_EXAMPLES)
    assert learn(vectors[:-1], labels[:-1]).names == ("kind-0", "kind-1")
    with pytest.raises(TooFewExamples, match="no two kinds"):
        learn(vectors[: FEWEST_EXAMPLES + 2], labels[: FEWEST_EXAMPLES + 2])


def test_nothing_is_told_of_nothing(learned: Kinds) -> None:
    assert learned.tell(np.zeros((0, 32), np.float32)) == []
