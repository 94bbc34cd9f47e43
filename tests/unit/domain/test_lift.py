from random import Random

import pytest

from agent.domain.lift import LEAST_FAMILIES, Trial, lift_of, wilson


def trials(arm: bool, families: int, met: int, *, decisions: int = 1) -> list[Trial]:
    return [Trial(f"{arm}-{number}", arm, number < met) for number in range(families) for _ in range(decisions)]


def test_the_difference_and_newcombes_interval() -> None:
    """90 of 100 against 30 of 100: Wilson intervals (0.8256, 0.9448) and (0.2189, 0.3958) by hand, and Newcombe's of both."""
    low1, high1 = wilson(0.9, 10)
    low2, high2 = wilson(0.3, 10)
    assert (round(low1, 4), round(high1, 4), round(low2, 4), round(high2, 4)) == (0.5958, 0.9821, 0.1078, 0.6032)
    found = lift_of([*trials(False, 100, 90), *trials(True, 100, 30)])
    assert found.known
    assert found.difference == pytest.approx(0.6)
    assert found.low == pytest.approx(0.4787, abs=0.004), "a little wider, because the spread between families is itself estimated"
    assert found.high == pytest.approx(0.6927, abs=0.004)


@pytest.mark.parametrize(("treated", "held"), [(LEAST_FAMILIES, LEAST_FAMILIES - 1), (LEAST_FAMILIES - 1, LEAST_FAMILIES), (0, 40), (40, 0), (0, 0)])
def test_with_too_few_families_it_is_unknown(treated: int, held: int) -> None:
    found = lift_of([*trials(False, treated, treated // 2, decisions=9), *trials(True, held, 0, decisions=9)])
    assert not found.known
    assert found.why == f"too few to compare: {treated} families treated, {held} held out; {LEAST_FAMILIES} of each are needed"
    assert lift_of([*trials(False, LEAST_FAMILIES, 5), *trials(True, LEAST_FAMILIES, 5)]).known, "twin: just enough"


def test_many_decisions_of_the_same_families_are_no_more_certain() -> None:
    once = lift_of([*trials(False, 60, 30), *trials(True, 60, 20)])
    often = lift_of([*trials(False, 60, 30, decisions=20), *trials(True, 60, 20, decisions=20)])
    assert once.high is not None
    assert often.high is not None
    assert once.low is not None
    assert often.low is not None
    assert often.high - often.low == pytest.approx(once.high - once.low, rel=0.02)


def test_families_that_stood_in_both_arms_are_left_out() -> None:
    both = [Trial("moved", True, True), Trial("moved", False, True)]
    plain = [*trials(False, 30, 10), *trials(True, 30, 5)]
    found = lift_of([*plain, *both])
    assert found.left_out == 1
    assert (found.treated, found.held_out) == (lift_of(plain).treated, lift_of(plain).held_out)


def _logs(random: Random, effect: float) -> list[Trial]:
    """200 families of 1 to 6 decisions, each with a rate of its own around 20 %; a fifth is held out."""
    found = []
    for family in range(200):
        held = family % 5 == 0
        base = random.betavariate(2, 8)
        rate = base if held else min(base + effect, 1.0)
        found += [Trial(str(family), held, random.random() < rate) for _ in range(random.randint(1, 6))]
    return found


@pytest.mark.parametrize("effect", [0.0, 0.1])
def test_the_interval_covers_a_planted_effect_as_often_as_it_says(effect: float) -> None:
    random, covered, total = Random(20261126), 0, 1000  # noqa: S311  a made log, no secret
    centre = 0.0
    for _ in range(total):
        found = lift_of(_logs(random, effect))
        assert found.low is not None
        assert found.high is not None
        assert found.difference is not None
        centre += found.difference / total
        covered += found.low <= effect <= found.high
    assert 0.93 <= covered / total <= 0.97
    assert centre == pytest.approx(effect, abs=0.01)
