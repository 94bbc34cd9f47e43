"""What a benchmark reports: where the data came from, and each number with its interval and the trivial way beside it."""

import hashlib
import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.errors import InvalidInput

Z = 1.959963984540054
"""The 97.5 % point of the normal distribution: intervals are of 95 %."""
RESAMPLES = 5000


class Skipped(Exception):
    """There is nothing to measure, or nothing to measure it with; the text says which."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the data, and how many of its entries were measured."""

    file: str
    sha256: str
    n: int


@dataclass(frozen=True, slots=True)
class Metric:
    """A value with its 95 % interval, and what the trivial way reaches on the same data (None: there is none)."""

    value: float
    low: float
    high: float
    baseline: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a benchmark. `skipped` says why nothing was measured; `about` what the numbers and baselines are."""

    name: str
    data: Sequence[Source] = ()
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    about: str = ""
    skipped: str = ""

    def as_json(self) -> dict[str, Any]:
        """As scripts read it."""
        data = [{"file": one.file, "sha256": one.sha256, "n": one.n} for one in self.data]
        metrics = {name: {"value": m.value, "low": m.low, "high": m.high, "baseline": m.baseline} for name, m in self.metrics.items()}
        return {"name": self.name, "data": data, "metrics": metrics, **({"skipped": self.skipped} if self.skipped else {})}


def share(hits: int, n: int, *, baseline: float | None) -> Metric:
    """A share with its Wilson score interval (Wilson 1927)."""
    if not n:
        raise Skipped("the data has no entry to measure")
    p, spread = hits / n, Z * Z / n
    middle = (p + spread / 2) / (1 + spread)
    half = Z * math.sqrt(p * (1 - p) / n + spread / (4 * n)) / (1 + spread)
    return _rounded(p, min(max(middle - half, 0.0), p), max(min(middle + half, 1.0), p), baseline)


def mean(values: Sequence[float], *, baseline: float | None) -> Metric:
    """A mean with its bootstrap interval (percentiles of 5,000 resamples, always the same ones)."""
    if not values:
        raise Skipped("the data has no entry to measure")
    draw = random.Random(0)  # noqa: S311  statistics, no secrets
    means = sorted(fmean(draw.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return _rounded(fmean(values), means[int(RESAMPLES * 0.025)], means[int(RESAMPLES * 0.975) - 1], baseline)


def area(more: NDArray[np.float64], less: NDArray[np.float64], *, baseline: float | None) -> Metric:
    """The chance that one of `more` is higher than one of `less` (ties count half), with its interval by Hanley and McNeil 1982."""
    if not len(more) or not len(less):
        raise Skipped("the data has no entry to measure")
    ranked = np.sort(less)
    below, up_to = (np.searchsorted(ranked, more, side=side) for side in ("left", "right"))
    a = float((below + up_to).mean() / 2 / len(less))
    both_more, both_less = a / (2 - a), 2 * a * a / (1 + a)
    spread = (a * (1 - a) + (len(more) - 1) * (both_more - a * a) + (len(less) - 1) * (both_less - a * a)) / (len(more) * len(less))
    half = Z * math.sqrt(max(spread, 0.0))
    return _rounded(a, max(a - half, 0.0), min(a + half, 1.0), baseline)


def _rounded(value: float, low: float, high: float, baseline: float | None) -> Metric:
    return Metric(round(value, 4), round(low, 4), round(high, 4), None if baseline is None else round(baseline, 4))


Entry = dict[str, Any]


def read(folder: Path, name: str) -> tuple[list[Entry], str]:
    """The entries of a file that is a JSON list or has one JSON object a line, and the file's SHA-256.

    Raises Skipped when it is not there, InvalidInput when it is something else.
    """
    file = folder / name
    if not file.is_file():
        raise Skipped(f"{file} is not there")
    raw = file.read_bytes()
    try:
        whole = raw.decode("utf-8")
        entries = [json.loads(line) for line in whole.split("\n") if line.strip()] if file.suffix == ".jsonl" else json.loads(whole)
    except ValueError as error:
        raise InvalidInput(f"{file} is not JSON: {error}.", "Get the file again from where it came from.") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidInput(f"{file} is not a list of objects.", "Get the file again from where it came from.")
    return entries, hashlib.sha256(raw).hexdigest()


def told(entry: Entry, name: str, file: str) -> str:
    """A text of an entry. Raises InvalidInput when it has none."""
    value = entry.get(name)
    if not isinstance(value, str):
        raise InvalidInput(f"An entry of {file} has no text '{name}'.", "Get the file again from where it came from.")
    return value
