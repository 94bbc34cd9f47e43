"""Off-policy estimates against worlds whose truth is known: intervals cover it, poor overlap is refused, the human gate is accounted for."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.random import Generator

from agent.learning.logistic import Floats
from agent.learning.off_policy import GREATEST_WEIGHT, LEAST_EFFECTIVE, Log, estimate

LOGS, DECISIONS = 2000, 1500


@dataclass(frozen=True)
class World:
    """Two situations and three actions: chances of success, of the gate, and of both policies' choices."""

    success: Floats
    gate: Floats
    logging: Floats
    target: Floats

    @property
    def truth(self) -> float:
        """The mean reward if what the target chooses is delivered; both situations come equally often."""
        return float((self.target * self.success).sum(axis=1).mean())

    def log(self, n: int, draw: Generator) -> Log:
        situation = draw.integers(2, size=n)
        chances = self.logging[situation].cumsum(axis=1)
        action = np.minimum((draw.random(n)[:, None] > chances).sum(axis=1), 2)
        delivered = draw.random(n) < self.gate[action]
        reward = (draw.random(n) < self.success[situation, action]).astype(float)
        chosen, target = self.logging[situation, action], self.target[situation, action]
        unsupported = np.where(self.logging[situation] == 0, self.target[situation], 0.0).sum(axis=1)
        return Log(reward, delivered, chosen, target, unsupported, action.astype(np.int64))


SUCCESS = np.array([[0.5, 0.3, 0.2], [0.2, 0.45, 0.6]])
LOGGING = np.array([[0.8, 0.12, 0.08], [0.15, 0.7, 0.15]])
TARGET = np.array([[0.5, 0.3, 0.2], [0.1, 0.3, 0.6]])
OPEN, PICKY = np.ones(3), np.array([0.9, 0.5, 0.7])
GATED = World(SUCCESS, PICKY, LOGGING, TARGET)


def covered(world: World, seed: int = 11) -> tuple[float, float]:
    """The share of logs whose interval holds the truth, by IPS and by SNIPS."""
    draw, hits = np.random.default_rng(seed), np.zeros(2)
    for _ in range(LOGS):
        found = estimate(world.log(DECISIONS, draw))
        assert found.ips is not None
        assert found.snips is not None
        hits += [found.ips.low <= world.truth <= found.ips.high, found.snips.low <= world.truth <= found.snips.high]
    return float(hits[0] / LOGS), float(hits[1] / LOGS)


@pytest.mark.parametrize("world", [World(SUCCESS, OPEN, LOGGING, TARGET), GATED], ids=["all is delivered", "people let pass what they like"])
def test_intervals_hold_the_truth_as_often_as_they_say(world: World) -> None:
    ips, snips = covered(world)
    assert 0.93 <= ips <= 0.97
    assert 0.93 <= snips <= 0.97


def test_without_the_gate_the_estimate_would_be_of_something_else() -> None:
    """People hold back most of what would work best: one gate for all makes the target look worse than it is."""
    strict = World(np.array([[0.2, 0.3, 0.7]] * 2), np.array([0.9, 0.6, 0.3]), LOGGING, TARGET)
    draw = np.random.default_rng(3)
    logs = [strict.log(DECISIONS, draw) for _ in range(200)]
    seeing = np.mean([one.ips.value for one in map(estimate, logs) if one.ips])
    one_gate = (replace(log, stratum=np.zeros(DECISIONS, dtype=np.int64)) for log in logs)
    blind = np.mean([one.ips.value for one in map(estimate, one_gate) if one.ips])
    assert seeing == pytest.approx(strict.truth, abs=0.006)
    assert blind < strict.truth - 0.05


def test_the_logging_policy_itself_is_estimated_by_what_it_got() -> None:
    log = World(SUCCESS, OPEN, LOGGING, LOGGING).log(5000, np.random.default_rng(1))
    found = estimate(log)
    assert found.ips is not None
    assert found.ips.value == pytest.approx(log.reward.mean(), abs=1e-6)
    assert found.effective == 5000


def test_what_never_had_a_chance_is_refused() -> None:
    greedy = replace(GATED, logging=np.array([[1.0, 0, 0], [0, 1.0, 0]]))
    found = estimate(greedy.log(2000, np.random.default_rng(1)))
    assert (found.ips, found.snips) == (None, None)
    assert found.refused is not None
    assert found.refused.endswith("let the surface explore, and look again.")
    assert found.unsupported == pytest.approx((0.5 + 0.7) / 2, abs=0.02)


def test_what_was_never_delivered_is_refused() -> None:
    shut = replace(GATED, gate=np.array([0.9, 0.5, 0.0]))
    found = estimate(shut.log(3000, np.random.default_rng(1)))
    assert found.refused is not None
    assert "never had a chance to be chosen or delivered" in found.refused


@pytest.mark.parametrize("n", [60, 100])
def test_too_few_effective_decisions_are_refused(n: int) -> None:
    found = estimate(GATED.log(n, np.random.default_rng(2)))
    assert found.effective < LEAST_EFFECTIVE
    assert found.refused == f"The overlap is poor: {n} decisions are worth only {found.effective:.0f} for this policy, and 50 are needed."


def test_a_rare_choice_that_is_all_the_target_makes_is_refused() -> None:
    rare = World(SUCCESS, OPEN, np.array([[0.998, 0.001, 0.001]] * 2), np.array([[0.0, 1.0, 0.0]] * 2))
    found = estimate(rare.log(20_000, np.random.default_rng(4)))
    assert found.refused is not None
    assert "400 are needed" in found.refused


def test_one_decision_that_speaks_for_all_is_refused() -> None:
    n = 3000
    chosen = np.full(n, 0.5)
    chosen[0] = 0.0012
    ones = np.ones(n)
    log = Log(ones, ones.astype(bool), chosen, np.full(n, 0.5), np.zeros(n), np.zeros(n, dtype=np.int64))
    found = estimate(log)
    assert found.greatest_weight > GREATEST_WEIGHT
    assert found.refused is not None
    assert "one decision would carry 12% of the weight" in found.refused


def test_of_nothing_nothing_is_estimated() -> None:
    empty = np.empty(0)
    found = estimate(Log(empty, empty.astype(bool), empty, empty, empty, empty.astype(np.int64)))
    assert (found.n, found.refused) == (0, "There is no decision whose outcome is known.")
