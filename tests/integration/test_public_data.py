"""The learner, the estimators and the doors' signatures on public data, where a folder is named: `NEXTPLAY_BENCH_DATA`. None of it is kept here."""

import csv
import gzip
import hashlib
import io
import os
from pathlib import Path

import numpy as np
import pytest

from agent.learning.calibration import platt, reliability
from agent.learning.logistic import Floats, chances, fit, log_loss
from agent.learning.off_policy import Log, estimate
from evals.benchmarks.signatures import FILE, measure

DATA = os.environ.get("NEXTPLAY_BENCH_DATA", "")
ITEMS = 80


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a file; says which file it was."""
    path = Path(DATA) / name
    if not DATA or not path.exists():
        pytest.skip(f"skipped: {name} is not in NEXTPLAY_BENCH_DATA")
    raw = path.read_bytes()
    found = list(csv.DictReader(io.StringIO(gzip.decompress(raw).decode("utf-8"))))
    print(f"{name} sha256 {hashlib.sha256(raw).hexdigest()[:12]} n {len(found)}")
    return found


def auc(success: Floats, score: Floats) -> float:
    """The chance that a success scores above a failure (Mann and Whitney), ties counted half."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    yes = success > 0
    return float((ranks[yes].sum() - yes.sum() * (yes.sum() + 1) / 2) / (yes.sum() * (~yes).sum()))


WORDS = ("job", "marital", "education", "default", "housing", "loan", "contact", "month", "poutcome")
NUMBERS = ("age", "balance", "campaign", "pdays", "previous", "day")


def test_bank_marketing_the_chance_of_a_yes_is_predicted_and_calibrated() -> None:
    """`duration` is left out: it is known only afterwards. Every fifth row is kept for the test."""
    found = rows("bank_marketing/bank-full.csv.gz")
    columns = [np.array([float(row[word] == value) for row in found]) for word in WORDS for value in sorted({row[word] for row in found})]
    for name in NUMBERS:
        values = np.array([float(row[name]) for row in found])
        scaled = np.sign(values) * np.log1p(np.abs(values))
        columns += [(scaled - scaled.mean()) / scaled.std(), scaled**2 / (scaled**2).mean()]
    x, success = np.column_stack([np.ones(len(found)), *columns]), np.array([float(row["y"] == "yes") for row in found])
    test = np.arange(len(found)) % 5 == 0
    base = float(success[~test].mean())
    offset = np.full(len(found), np.log(base / (1 - base)))
    weights = fit(x[~test], success[~test], offset[~test], np.full(x.shape[1], 0.5))
    found_chances = chances(offset + x @ weights)
    area, reliable = auc(success[test], found_chances[test]), reliability(found_chances[test], success[test])
    slope, intercept = platt(found_chances[~test], success[~test])
    print(f"AUC {area:.3f} log loss {log_loss(success[test], found_chances[test]):.4f} (base {log_loss(success[test], chances(offset[test])):.4f})")
    print(f"Brier {reliable.brier:.4f} (base {base * (1 - base):.4f}) ECE {reliable.ece:.4f}; Platt {slope:.2f} {intercept:.2f}")
    assert area > 0.74
    assert reliable.ece < 0.02
    assert reliable.brier < base * (1 - base) - 0.01


def test_open_bandit_each_policys_own_log_agrees_with_what_the_others_log_estimates() -> None:
    """From the log of Thompson sampling, the clicks of the random policy: whose chance of every item is known, 1 in 80."""
    random, sampled = rows("open_bandit/random.csv.gz"), rows("open_bandit/bts.csv.gz")
    own = np.array([float(row["click"]) for row in random])
    clicks, chosen = (np.array([float(row[name]) for row in sampled]) for name in ("click", "propensity_score"))
    n = len(sampled)
    log = Log(clicks, np.ones(n, dtype=np.bool_), chosen, np.full(n, 1 / ITEMS), np.zeros(n), np.zeros(n, dtype=np.int64))
    found = estimate(log)
    spread = 1.96 * np.sqrt(own.mean() * (1 - own.mean()) / len(own))
    print(f"random itself {own.mean():.5f} +- {spread:.5f}; sampled {clicks.mean():.5f}; estimated {found}")
    assert found.effective > 0
    if found.snips is None:
        assert found.refused is not None
        return
    assert found.snips.low - spread <= own.mean() <= found.snips.high + spread


def test_signature_vectors_of_the_vendors_are_judged_right_and_what_was_changed_in_them_is_refused() -> None:
    if not DATA or not (Path(DATA) / "webhooks" / FILE).exists():
        pytest.skip(f"skipped: webhooks/{FILE} is not in NEXTPLAY_BENCH_DATA")
    report = measure(Path(DATA) / "webhooks")
    print(f"{report.data[0].file} sha256 {report.data[0].sha256[:12]} n {report.data[0].n}: {report.metrics['correct']}")
    assert report.metrics["correct"].value == 1.0
