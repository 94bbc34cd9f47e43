"""What acting caused: the difference between those who were treated and those whom the holdout kept back, with its 95 % interval.

A unit is an account family, because families are what the holdout draws: its figure is the share of its decisions that succeeded. The interval is
Welch's, of the difference of two means with unequal spreads; its assumption is that families do not influence each other.
"""

from dataclasses import dataclass

import numpy as np

from agent.learning.logistic import Floats
from agent.learning.off_policy import Z95, Interval

FEWEST = 10
"""Families on each side under which nothing is said."""


@dataclass(frozen=True, slots=True)
class Lift:
    """The difference in success, None where `refused` says why not."""

    treated: int
    held: int
    difference: Interval | None = None
    refused: str | None = None


def lift(treated: Floats, held: Floats) -> Lift:
    """The difference of the mean success of families, given one figure for each family on either side."""
    sizes = (len(treated), len(held))
    if min(sizes) < FEWEST:
        return Lift(*sizes, refused=f"Unknown: {sizes[0]} families were treated and {sizes[1]} held out; at least {FEWEST} of each are needed.")
    value = float(treated.mean() - held.mean())
    half = Z95 * float(np.sqrt(treated.var(ddof=1) / sizes[0] + held.var(ddof=1) / sizes[1]))
    return Lift(*sizes, Interval(round(value, 6), round(value - half, 6), round(value + half, 6)))
