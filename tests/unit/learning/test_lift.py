"""Holdout lift: a planted effect is found, and its interval holds it as often as it says."""

import numpy as np
import pytest

from agent.learning.lift import FEWEST, lift

BASE, EFFECT = 0.25, 0.12


def families(n: int, chance: float, draw: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """One figure a family: families differ, and each has one to six decisions."""
    own = np.clip(draw.normal(chance, 0.1, n), 0.02, 0.98)
    sizes = draw.integers(1, 7, n)
    return draw.binomial(sizes, own) / sizes


def test_a_planted_effect_is_recovered_and_covered() -> None:
    draw, hits, found = np.random.default_rng(9), 0, []
    for _ in range(1500):
        one = lift(families(600, BASE + EFFECT, draw), families(150, BASE, draw)).difference
        assert one is not None
        found.append(one.value)
        hits += one.low <= EFFECT <= one.high
    assert np.mean(found) == pytest.approx(EFFECT, abs=0.005)
    assert 0.93 <= hits / 1500 <= 0.97


@pytest.mark.parametrize(("treated", "held"), [(FEWEST - 1, 100), (100, FEWEST - 1), (0, 0)])
def test_of_a_handful_nothing_is_said(treated: int, held: int) -> None:
    found = lift(np.ones(treated), np.zeros(held))
    assert found.difference is None
    assert found.refused == f"Unknown: {treated} families were treated and {held} held out; at least 10 of each are needed."
