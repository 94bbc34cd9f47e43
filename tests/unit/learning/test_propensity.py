"""Families of plays: the fit itself against known truth, and that too little data leaves the priors alone."""

import math
import random

import numpy as np
import pytest

from agent.domain.model import expit, logit
from agent.learning.cases import Case
from agent.learning.logistic import chances, fit, log_loss
from agent.learning.propensity import FEWEST, learn
from tests.unit.learning.build import case


def world(n: int, *, held: float, base: float = 0.0, tier: float = 0.0, played: float = 0.0, seed: int = 7) -> list[Case]:
    """Cases of a world in which the shifts of log odds are known."""
    draw = random.Random(seed)  # noqa: S311  a made-up world, no secret
    found = []
    for number in range(n):
        is_held, x = draw.random() < held, round(draw.random(), 3)
        prior = 0.34 if is_held else 0.4
        chance = expit(logit(prior) + base + tier * x + (0 if is_held else played))
        found.append(case(number, played=not is_held, prior=prior, features={"base": 1.0, "tier": x}, success=draw.random() < chance))
    return found


def test_weights_are_where_the_posterior_is_highest() -> None:
    """Against a search on a grid, which knows nothing of derivatives."""
    x, success, offset, spread = np.ones((5, 1)), np.array([1.0, 1, 1, 0, 1]), np.full(5, -0.5), np.array([0.7])
    grid = np.linspace(-3, 3, 60_001)
    posterior = [float(np.sum(success * (offset + w) - np.logaddexp(0, offset + w)) - w**2 / (2 * 0.7**2)) for w in grid]
    assert fit(x, success, offset, spread)[0] == pytest.approx(grid[int(np.argmax(posterior))], abs=1e-4)


def test_without_cases_weights_are_zero_and_the_loss_is_none_at_all() -> None:
    assert fit(np.empty((0, 2)), np.empty(0), np.empty(0), np.ones(2)).tolist() == [0.0, 0.0]
    assert log_loss(np.empty(0), np.empty(0)) == 0.0
    assert chances(np.array([-1000.0, 0.0, 1000.0])).tolist() == [0.0, 0.5, 1.0]


def test_with_a_holdout_both_parts_of_the_truth_are_found() -> None:
    [found] = learn(world(6000, held=0.3, base=-0.4, tier=0.9, played=0.7))
    assert found.family is not None
    assert found.family.weights["base"] == pytest.approx(-0.4, abs=0.2)
    assert found.family.weights["tier"] == pytest.approx(0.9, abs=0.25)
    assert found.family.played == pytest.approx(0.7, abs=0.15)
    assert found.loss_learned < found.loss_priors
    assert found.held == pytest.approx(1800, rel=0.1)


def test_without_a_holdout_a_shift_is_mostly_put_down_to_playing_by_the_priors_spreads() -> None:
    """Base and played cannot be told apart then: they share the shift as their variances do, 0.25 to 1."""
    cases = [case(number, success=number % 4 != 0) for number in range(400)]
    [found] = learn(cases)
    assert found.family is not None
    assert found.family.played == pytest.approx(4 * found.family.weights["base"], rel=1e-3)
    assert expit(logit(0.4) + found.family.played + found.family.weights["base"]) == pytest.approx(0.75, abs=0.01)


def test_a_kind_that_does_as_its_prior_says_stays_at_its_prior() -> None:
    [found] = learn(world(300, held=0.0, seed=3))
    assert found.family is None
    assert found.loss_learned >= found.loss_priors


@pytest.mark.parametrize(("n", "learned"), [(1, False), (FEWEST - 1, False), (FEWEST, True)])
def test_a_handful_proves_nothing(n: int, learned: bool) -> None:
    [found] = learn([case(number) for number in range(n)])
    assert (found.family is not None) is learned


def test_order_does_not_matter_and_kinds_do_not_mix() -> None:
    cases = world(200, held=0.2, played=1.5)
    other = [case(number, kind="call", success=False) for number in range(1000, 1050)]
    found = learn([*other, *cases[::-1]])
    assert [one.kind for one in found] == ["call", "mail"]
    assert found[1] == learn(cases)[0]
    assert found[0].family is not None
    assert found[0].family.played < 0 < (found[1].family.played if found[1].family else math.nan)
