"""Now and then another choice than the best one, so that something is learned of what is never tried; with the exact chance of every choice.

Of the share `epsilon` of its decisions a surface draws from a softmax over what each candidate is worth next to the best; else the best is taken:

    propensity(i) = (1 - epsilon) x [i is the best] + epsilon x exp(r_i / T) / sum_j exp(r_j / T),   r_i = priority_i / priority of the best

All that take part are worth more than doing nothing, so `r` lies between 0 and 1, and no chance is less than epsilon / (n x e^(1/T)). The draw is a
hash of the surface and the event: the same event always draws the same, and nobody can choose it.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from itertools import accumulate

TEMPERATURE = 0.5
"""Small: nearly always the second best. Large: all alike. At 0.5 the best is at most e^2, about 7 times as likely as the least."""


def propensities(worth: Mapping[str, float], epsilon: float) -> dict[str, float]:
    """The chance of each candidate, best first; their sum is 1. `worth` (all above 0) has the best first."""
    best, *_ = worth
    weights = {name: math.exp(value / worth[best] / TEMPERATURE) for name, value in worth.items()}
    total = math.fsum(weights.values())
    drawn = {name: epsilon * weight / total for name, weight in weights.items()}
    others = math.fsum(chance for name, chance in drawn.items() if name != best)
    return {**drawn, best: 1 - others}


def pick(chances: Mapping[str, float], number: float) -> str:
    """The candidate on which a number in [0, 1) falls, when their chances are laid side by side."""
    names: Sequence[str] = list(chances)
    ends = accumulate(chances.values())
    return next((name for name, end in zip(names, ends, strict=True) if number < end), names[0])


def draw(surface: str, source: str, event: str) -> float:
    """A number in [0, 1) that depends only on the surface and the event."""
    digest = hashlib.sha256(f"explore\n{surface}\n{source}\n{event}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
