"""What acting caused: held-out against treated account families, by intention to treat, with a 95 % interval.

Decisions of one family are alike, so each arm's share is a ratio estimate over families, and its interval a Wilson interval with the number of
independent decisions that the spread between families leaves (as Korn and Graubard do for surveys: Survey Methodology 24, 1998). The difference is
Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, method 10). Families that stood in both arms, because the share of the
holdout was changed, are left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

Z = 1.959964
LEAST_FAMILIES = 20
"""Fewer families in an arm tell nothing that one should act on."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One decision that the holdout could have held back: whose, in which arm, and whether the awaited event came within its window."""

    family: str
    held_out: bool
    met: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One arm: its families and decisions, the share that was met, and the interval of that share."""

    families: int
    decisions: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Lift:
    """The difference treated minus held out, as shares (0.04 is four points). Without numbers it is unknown, and `why` says why."""

    treated: Side | None
    held_out: Side | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    why: str = ""
    left_out: int = 0

    @property
    def known(self) -> bool:
        """Whether enough was observed to tell."""
        return self.difference is not None


def lift_of(trials: Iterable[Trial]) -> Lift:
    """Compare the arms."""
    treated, held, both = _by_family(trials)
    sides = _side(treated), _side(held)
    few = [name for name, families in (("treated", treated), ("held out", held)) if len(families) < LEAST_FAMILIES]
    if few or sides[0] is None or sides[1] is None:
        counts = f"{len(treated)} families treated, {len(held)} held out"
        return Lift(*sides, why=f"too few to compare: {counts}; {LEAST_FAMILIES} of each are needed", left_out=both)
    one, other = sides[0], sides[1]
    difference = one.share - other.share
    low = difference - sqrt((one.share - one.low) ** 2 + (other.high - other.share) ** 2)
    high = difference + sqrt((one.high - one.share) ** 2 + (other.share - other.low) ** 2)
    return Lift(one, other, difference, low, high, left_out=both)


Families = Mapping[str, tuple[int, int]]
"""Decisions and successes by family."""


def _by_family(trials: Iterable[Trial]) -> tuple[Families, Families, int]:
    arms: tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]] = (defaultdict(lambda: (0, 0)), defaultdict(lambda: (0, 0)))
    for trial in trials:
        arm = arms[trial.held_out]
        n, hits = arm[trial.family]
        arm[trial.family] = (n + 1, hits + trial.met)
    both = arms[0].keys() & arms[1].keys()
    treated, held = ({name: counted for name, counted in arm.items() if name not in both} for arm in arms)
    return treated, held, len(both)


def _side(families: Families) -> Side | None:
    m, n = len(families), sum(count for count, _ in families.values())
    if not n:
        return None
    share = sum(hits for _, hits in families.values()) / n
    low, high = wilson(share, _independent(families, share, n))
    return Side(m, n, share, low, high)


def _independent(families: Families, share: float, n: int) -> float:
    """How many independent decisions these are worth: fewer, the more families differ from each other."""
    m = len(families)
    if m < 2:
        return 1.0
    spread = m / (m - 1) * sum((hits - share * count) ** 2 for count, hits in families.values()) / n**2
    worth = share * (1 - share) / spread if spread > 0 else float(m)
    return min(worth, float(n)) * (Z / _t(m - 1)) ** 2


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share of n independent cases."""
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _t(freedom: int) -> float:
    """The 97.5 % point of Student's t, to four digits from 10 degrees of freedom on (Cornish-Fisher: Abramowitz and Stegun 26.7.5)."""
    z, v = Z, float(freedom)
    return z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2) + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
