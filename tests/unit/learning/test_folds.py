"""Telling by folds: how well, how surely, and what is measured of kinds with few examples."""

import numpy as np
import pytest

from agent.learning.folds import measure
from agent.learning.held_out import Vectors
from agent.learning.kinds import FEWEST_EXAMPLES, TooFewExamples, learn


def clouds(sizes: dict[str, int], *, spread: float, seed: int = 1) -> tuple[Vectors, list[str]]:
    """Texts of each kind around a direction of its own."""
    draw = np.random.default_rng(seed)
    labels = [kind for kind, size in sizes.items() for _ in range(size)]
    centres = dict(zip(sizes, np.eye(16), strict=False))
    found = np.stack([centres[label] + spread * draw.normal(size=16) for label in labels])
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32), labels


def test_what_is_plainly_apart_is_told_rightly_and_surely() -> None:
    found = measure(*clouds({"a": 40, "b": 40}, spread=0.05))
    assert (found.told, found.right) == (80, 80)
    assert found.loss_after < 0.05 < found.loss_before


def test_what_cannot_be_told_is_not_told_surely() -> None:
    vectors, labels = clouds({"a": 60, "b": 60}, spread=0.0)
    draw = np.random.default_rng(3).permutation(len(labels))
    found = measure(vectors, [labels[place] for place in draw])
    assert found.loss_before == pytest.approx(np.log(2), abs=0.01)
    assert found.loss_after < found.loss_before + 0.02, "at the right temperature chance is told as chance"


@pytest.mark.parametrize(("rare", "told"), [(FEWEST_EXAMPLES - 1, 60), *((many, 60 + many) for many in range(FEWEST_EXAMPLES, 17))])
def test_a_kind_is_measured_if_and_only_if_it_is_learned(rare: int, told: int) -> None:
    vectors, labels = clouds({"a": 30, "b": 30, "rare": rare}, spread=0.05)
    found = measure(vectors, labels)
    assert (found.told, found.right) == (told, told)
    assert ("rare" in learn(vectors, labels).names) is (told > 60)


def test_how_familiar_held_examples_are_is_told_of_every_one() -> None:
    found = measure(*clouds({"a": 20, "b": 20}, spread=0.1))
    assert len(found.known) == 40
    assert (np.diff(found.known) >= 0).all()


def test_the_same_examples_are_measured_the_same() -> None:
    given = clouds({"a": 20, "b": 25}, spread=0.3)
    one, again = measure(*given), measure(*given)
    assert (one.right, one.loss_after, one.temperature) == (again.right, again.loss_after, again.temperature)


def test_too_few_are_refused() -> None:
    with pytest.raises(TooFewExamples):
        measure(*clouds({"a": 30, "b": 5}, spread=0.1))
