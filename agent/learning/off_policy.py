"""What another policy would have brought, from logs of the one that decided.

Each logged decision chose one action with a known chance, and a person (or a later look) may have kept it from being done. Who is asked is part of
how actions came to be done, so the chance of what was *delivered* is

    chance of the choice  x  chance that the gate let it pass,

where the second is not known and is estimated as the share of choices that were delivered, by kind of play and route. The estimate is of the mean
reward of a decision if what the other policy chooses were delivered:

    IPS    mean of w r,           w = target / chosen x delivered / gate        (Horvitz and Thompson 1952)
    SNIPS  sum of w r / sum of w                                               (Swaminathan and Joachims 2015)

It assumes that within one kind and route the gate did not favour what would have succeeded (reviewers who pick winners make it too high), that one
decision's outcome does not change another's, and that the logged chances are exact, which exploring surfaces see to. Intervals are asymptotic (95 %),
from the spread of each decision's influence on the estimate; that the gate was estimated from the same decisions is part of the influence. Where
overlap is poor there is no estimate: weights of a few decisions would speak for all.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.learning.logistic import Floats

Z95: Final = 1.959963984540054
LEAST_EFFECTIVE: Final = 50.0
"""Effective decisions (Kish 1965: the squared sum of weights over the sum of their squares) under which there is no estimate."""
LEAST_SHARE: Final = 0.02
"""The same as a share of all decisions."""
GREATEST_WEIGHT: Final = 0.1
"""No single decision may carry more than this of all weight."""
MOST_UNSUPPORTED: Final = 0.01
"""How much of what the other policy would choose may never have had a chance."""


@dataclass(frozen=True, slots=True)
class Log:
    """Decisions as arrays of the same length n.

    `reward` of what was delivered (anything elsewhere), `delivered`, `chosen`: the chance that the logging policy gave its choice, `target`: the
    other policy's chance of the same, `unsupported`: the other policy's chance of what the logging policy could not choose, `stratum`: a number for
    the kind of play and route whose gate it passed.
    """

    reward: Floats
    delivered: NDArray[np.bool_]
    chosen: Floats
    target: Floats
    unsupported: Floats
    stratum: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.reward)


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is estimated from `n` decisions, worth `effective` ones; `refused` says why nothing is, and then there are no intervals."""

    n: int
    delivered: int
    effective: float
    greatest_weight: float
    unsupported: float
    ips: Interval | None = None
    snips: Interval | None = None
    refused: str | None = None


def estimate(log: Log) -> Estimate:
    """The mean reward of the other policy, or why it cannot be told."""
    gate = _gate(log)
    weights = np.where(log.delivered, log.target / log.chosen / np.where(gate > 0, gate, 1.0), 0.0)
    total, squares = float(weights.sum()), float((weights**2).sum())
    effective = total**2 / squares if squares else 0.0
    greatest = float(weights.max()) / total if total else 0.0
    unsupported = float(np.mean(np.where(gate > 0, log.unsupported, 1.0))) if len(log) else 0.0
    known = Estimate(len(log), int(log.delivered.sum()), round(effective, 1), round(greatest, 4), round(unsupported, 4))
    if why := _refusal(known):
        return Estimate(known.n, known.delivered, known.effective, known.greatest_weight, known.unsupported, refused=why)
    ips, snips = _intervals(log, gate, weights)
    return Estimate(known.n, known.delivered, known.effective, known.greatest_weight, known.unsupported, ips, snips)


def _gate(log: Log) -> Floats:
    """The share that was delivered, by stratum, for each decision."""
    strata, place = np.unique(log.stratum, return_inverse=True)
    passed = np.bincount(place, weights=log.delivered, minlength=len(strata))
    return np.asarray((passed / np.bincount(place, minlength=len(strata)))[place] if len(log) else np.empty(0), dtype=np.float64)


def _refusal(known: Estimate) -> str | None:
    if not known.n:
        return "There is no decision whose outcome is known."
    if known.unsupported > MOST_UNSUPPORTED:
        share = f"{known.unsupported:.0%} of what it would choose never had a chance to be chosen or delivered"
        return f"{share}, so nothing is known of it: let the surface explore, and look again."
    if known.effective < max(LEAST_EFFECTIVE, LEAST_SHARE * known.n):
        needed = max(LEAST_EFFECTIVE, LEAST_SHARE * known.n)
        return f"The overlap is poor: {known.n} decisions are worth only {known.effective:.0f} for this policy, and {needed:.0f} are needed."
    if known.greatest_weight > GREATEST_WEIGHT:
        return f"The overlap is poor: one decision would carry {known.greatest_weight:.0%} of the weight; at most {GREATEST_WEIGHT:.0%} is allowed."
    return None


def _intervals(log: Log, gate: Floats, weights: Floats) -> tuple[Interval, Interval]:
    reward = np.where(log.delivered, log.reward, 0.0)
    value, of_value = _mean(weights * reward, log, gate)
    mass, of_mass = _mean(weights, log, gate)
    ratio = value / mass
    return _interval(value, of_value), _interval(ratio, (of_value - ratio * of_mass) / mass)


def _mean(terms: Floats, log: Log, gate: Floats) -> tuple[float, Floats]:
    """The mean of weighted terms, and each decision's influence on it: its own term, and its part in the estimate of its gate."""
    strata, place = np.unique(log.stratum, return_inverse=True)
    of_stratum = np.bincount(place, weights=terms, minlength=len(strata)) / np.bincount(place, minlength=len(strata))
    passed = np.where(gate > 0, (log.delivered - gate) / np.where(gate > 0, gate, 1.0), 0.0)
    mean = float(terms.mean())
    return mean, np.asarray(terms - mean - of_stratum[place] * passed, dtype=np.float64)


def _interval(value: float, influence: Floats) -> Interval:
    half = Z95 * float(np.sqrt(np.mean(influence**2) / max(len(influence) - 1, 1)))
    return Interval(round(value, 6), round(value - half, 6), round(value + half, 6))
