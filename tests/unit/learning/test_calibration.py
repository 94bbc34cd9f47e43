"""Confidence as a chance of being endorsed."""

import random

import numpy as np
import pytest

from agent.domain.confidence import LABELS_TO_CALIBRATE
from agent.domain.model import expit
from agent.learning.calibration import calibrate, platt, reliability
from agent.learning.cases import Label


def labels(n: int, slope: float, intercept: float, seed: int = 5) -> list[Label]:
    draw = random.Random(seed)  # noqa: S311  a made-up world, no secret
    raws = [draw.random() for _ in range(n)]
    return [Label(f"dec_{i:05}", "mail", raw, draw.random() < expit(slope * raw + intercept)) for i, raw in enumerate(raws)]


def test_the_truth_is_found_and_the_chance_is_nearer_to_it_than_the_raw_figure() -> None:
    [found] = calibrate(labels(4000, 3.0, -2.5))
    assert found.calibration is not None
    assert found.calibration.slope == pytest.approx(3.0, abs=0.4)
    assert found.calibration.intercept == pytest.approx(-2.5, abs=0.3)
    assert found.raw is not None
    assert found.fitted is not None
    assert found.fitted.brier < found.raw.brier
    assert found.fitted.ece < 0.04 < found.raw.ece


@pytest.mark.parametrize(("n", "calibrated"), [(LABELS_TO_CALIBRATE - 1, False), (LABELS_TO_CALIBRATE, True)])
def test_under_fifty_labels_a_kind_stays_uncalibrated(n: int, calibrated: bool) -> None:
    [found] = calibrate(labels(n, 2.0, 0.0))
    assert (found.calibration is not None, found.labels) == (calibrated, n)


@pytest.mark.parametrize("endorsed", [True, False])
def test_labels_of_one_sort_alone_give_a_chance_that_is_sure_of_nothing(endorsed: bool) -> None:
    [found] = calibrate([Label(f"d{i:03}", "mail", i / 80, endorsed) for i in range(80)])
    assert found.calibration is not None
    for raw in (0.0, 0.5, 1.0):
        assert (0.9 < found.calibration.chance(raw) < 1.0) if endorsed else (0.0 < found.calibration.chance(raw) < 0.1)


def test_what_looks_surer_is_never_called_less_sure() -> None:
    slope, intercept = platt(np.linspace(0, 1, 200), (np.linspace(0, 1, 200) < 0.5).astype(float))
    assert slope == 0.0
    assert expit(intercept) == pytest.approx(0.5, abs=0.02)


def test_reliability_of_known_figures() -> None:
    found = reliability(np.array([0.2, 0.2, 0.9, 0.9]), np.array([0.0, 1.0, 1.0, 1.0]))
    assert found.brier == pytest.approx((0.04 + 0.64 + 0.01 + 0.01) / 4)
    assert found.ece == pytest.approx(0.5 * 0.3 + 0.5 * 0.1)
    assert reliability(np.array([1.0]), np.array([1.0])).ece == 0.0
