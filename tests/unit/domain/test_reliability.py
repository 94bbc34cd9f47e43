import numpy as np
import pytest

from agent.domain.lift import wilson
from agent.domain.reliability import Foretold, reliability
from agent.learning.calibration import reliability as out_of_fold

CASES = [(0.05, False), (0.31, False), (0.33, True), (0.35, True), (0.9, True), (1.0, True), (1.0, False)]


def test_bins_tell_what_was_foretold_and_what_came() -> None:
    found = reliability(CASES)
    assert found is not None
    assert [(one.low, one.high, one.cases) for one in found.bins] == [(0.0, 0.1, 1), (0.3, 0.4, 3), (0.9, 1.0, 3)]
    third = found.bins[1]
    assert third.foretold == pytest.approx(0.33)
    assert third.came == pytest.approx(2 / 3)
    assert (third.at_least, third.at_most) == wilson(2 / 3, 3)


def test_its_scores_are_those_that_models_are_kept_with() -> None:
    found, kept = reliability(CASES), out_of_fold(np.array([chance for chance, _ in CASES]), np.array([float(came) for _, came in CASES]))
    assert found is not None
    assert found.cases == kept.cases
    assert found.brier == pytest.approx(kept.brier, abs=1e-6)
    assert found.ece == pytest.approx(kept.ece, abs=1e-6)
    assert found.blind == pytest.approx(4 / 7 * 3 / 7)


def test_what_always_comes_as_it_was_foretold_is_without_fault() -> None:
    found = reliability([(1.0, True), (0.0, False)])
    assert found is not None
    assert (found.brier, found.ece, found.blind) == (0.0, 0.0, 0.25)


def test_of_nothing_there_is_nothing_to_tell() -> None:
    assert reliability([]) is None
    found = Foretold(answers={"renewal": [(0.6, True)]}, unsure={"ticket-reply": 2})
    assert found.surfaces == ["renewal", "ticket-reply"]
    assert found.approval("ticket-reply") is None
    assert found.success("renewal") is None
