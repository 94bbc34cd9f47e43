"""Whether what was foretold came about as often as it was foretold: by bins, with the Brier score and the expected calibration error.

Brier (Verification of Forecasts Expressed in Terms of Probability, 1950); Naeini, Cooper and Hauskrecht (2015) over ten bins of one width.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from agent.domain.lift import wilson

BINS = 10
SUCCESSES = frozenset({"converted", "assumed"})
"""Results that the chance of an outcome is the chance of."""


@dataclass(slots=True)
class Foretold:
    """Chances beside what came, by surface.

    `answers`: the confidence in a choice, and whether people approved it; `unsure`: how many they answered that no chance was told of.
    `outcomes`: the chance of what a play waits for, and whether it came within its window. `unread`: so many decisions are not read yet.
    """

    answers: dict[str, list[tuple[float, bool]]] = field(default_factory=dict)
    unsure: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, list[tuple[float, bool]]] = field(default_factory=dict)
    unread: int = 0

    @property
    def surfaces(self) -> list[str]:
        """Those of which there is something to tell, by name."""
        return sorted({*self.answers, *self.unsure, *self.outcomes})

    def approval(self, surface: str) -> "Reliability | None":
        """How the confidence of a surface's choices compares with what people said."""
        return reliability(self.answers.get(surface, ()))

    def success(self, surface: str) -> "Reliability | None":
        """How the chances of a surface's plays compare with what came."""
        return reliability(self.outcomes.get(surface, ()))


@dataclass(frozen=True, slots=True)
class Bin:
    """The cases whose chance lay from `low` to before `high`: what was foretold of them on average, and the share that came, with its interval."""

    low: float
    high: float
    cases: int
    foretold: float
    came: float
    at_least: float
    at_most: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """Chances beside what came. `brier` and `ece` are 0 at best; `blind` is the Brier score of saying the share that came of every case."""

    cases: int
    brier: float
    blind: float
    ece: float
    bins: tuple[Bin, ...]


def reliability(cases: Iterable[tuple[float, bool]]) -> Reliability | None:
    """What chances were worth; None where there are no cases."""
    found = defaultdict[int, list[tuple[float, bool]]](list)
    for chance, came in cases:
        found[min(int(chance * BINS), BINS - 1)].append((chance, came))
    bins = tuple(_bin(place, found[place]) for place in sorted(found))
    whole = sum(one.cases for one in bins)
    if not whole:
        return None
    missed = sum((chance - came) ** 2 for some in found.values() for chance, came in some)
    share = sum(one.came * one.cases for one in bins) / whole
    gaps = sum(abs(one.foretold - one.came) * one.cases for one in bins)
    return Reliability(whole, missed / whole, share * (1 - share), gaps / whole, bins)


def _bin(place: int, cases: list[tuple[float, bool]]) -> Bin:
    many = len(cases)
    came = sum(came for _, came in cases) / many
    return Bin(place / BINS, (place + 1) / BINS, many, sum(chance for chance, _ in cases) / many, came, *wilson(came, many))
