"""Is one run better than another? Paired by case, and no difference is claimed that the cases cannot show."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from statistics import fmean
from typing import Any

from agent.errors import InvalidInput
from evals.measuring import by_case, reliable, surety
from evals.results import Result

LEVEL = 0.05
RESAMPLES = 5000
_MEANS = ("top1", "reciprocal_rank", "brier", "took_ms")
"""What is a mean over cases, and so can be paired by them; a calibration error is none."""


@dataclass(frozen=True, slots=True)
class Flips:
    """Cases that pass in one run and fail in the other. `p` is the two-sided exact McNemar test."""

    better: tuple[str, ...]
    worse: tuple[str, ...]
    both: int

    @property
    def p(self) -> float:
        """The chance of a split at least so uneven if both were alike."""
        return mcnemar(len(self.better), len(self.worse))

    @property
    def says(self) -> str:
        """The verdict in a sentence."""
        better, worse = len(self.better), len(self.worse)
        if not better + worse:
            return f"No case of {self.both} differs."
        split = f"{better} better, {worse} worse"
        if self.p >= LEVEL:
            return f"{better + worse} of {self.both} cases differ ({split}): too few to show a difference (p = {self.p:.2f})."
        return f"B is {'better' if better > worse else 'worse'}: {split} (p = {self.p:.4f})."


@dataclass(frozen=True, slots=True)
class Shift:
    """The mean difference of a measure, B minus A, with its 95 % interval. `shown`: the interval leaves out zero."""

    name: str
    n: int
    difference: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        """Whether there is a difference to claim."""
        return self.low > 0 or self.high < 0


def mcnemar(better: int, worse: int) -> float:
    """Exact two-sided McNemar test: a binomial of the discordant pairs with one half (McNemar 1947)."""
    n = better + worse
    if n == 0:
        return 1.0
    tail = sum(comb(n, k) for k in range(min(better, worse) + 1))
    return min(1.0, 2 * tail / float(2**n))


def compare(a: Sequence[Result], b: Sequence[Result]) -> tuple[Flips, list[Shift]]:
    """Compare the cases that both have. Raises InvalidInput where the runs are of different suites, or of cases that changed."""
    first, second = by_case(a), by_case(b)
    suites = {one.suite for one in a}, {one.suite for one in b}
    if suites[0] != suites[1]:
        raise InvalidInput(f"The runs are of other suites: {_named(suites[0])} and {_named(suites[1])}.", "Compare runs of the same suites.")
    both = [name for name in first if name in second and first[name][0].hash == second[name][0].hash]
    if not both:
        raise InvalidInput("The runs have no case in common that stayed as it was.", "Run both again.")
    passed = {name: (_passed(first[name]), _passed(second[name])) for name in both}
    better = tuple(name for name, (was, now) in passed.items() if now and not was)
    worse = tuple(name for name, (was, now) in passed.items() if was and not now)
    shifts = [shift(name, [(_mean(first[c], name), _mean(second[c], name)) for c in both]) for name in _MEANS]
    return Flips(better, worse, len(both)), [one for one in shifts if one is not None]


def shift(name: str, pairs: Sequence[tuple[float | None, float | None]], *, seed: int = 0) -> Shift | None:
    """Bootstrap the mean of the paired differences (percentile interval, 5,000 resamples). None where there are fewer than two pairs."""
    differences = [now - was for was, now in pairs if was is not None and now is not None]
    if len(differences) < 2:
        return None
    draw = random.Random(seed)  # noqa: S311  a resample needs no secrecy
    means = sorted(fmean(draw.choices(differences, k=len(differences))) for _ in range(RESAMPLES))
    return Shift(name, len(differences), fmean(differences), means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1])


def _passed(playings: Sequence[Result]) -> bool:
    return all(one.passed for one in playings)


def _mean(playings: Sequence[Result], name: str) -> float | None:
    if name == "brier":
        sure = surety(playings)
        return reliable(sure).brier if sure else None
    values: list[Any] = [value for one in playings for value in one.measures.get(name, ())]
    return fmean(float(value) for value in values) if values else None


def _named(suites: set[str]) -> str:
    return ", ".join(sorted(suites))


def as_json(flips: Flips, shifts: Sequence[Shift]) -> Mapping[str, Any]:
    """What `nextplay eval compare --json` prints."""
    return {
        "cases": flips.both, "better": flips.better, "worse": flips.worse, "p": round(flips.p, 6), "says": flips.says,
        "shifts": [{"name": s.name, "n": s.n, "difference": s.difference, "low": s.low, "high": s.high, "shown": s.shown} for s in shifts],
    }  # fmt: skip
