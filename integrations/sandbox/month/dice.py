"""Chance that does not depend on the order in which it is asked: every draw is named, and a name always draws the same."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dice:
    """Draws of one seed."""

    seed: str

    def share(self, *names: object) -> float:
        """A number in [0, 1)."""
        digest = hashlib.sha256("\n".join([self.seed, *map(str, names)]).encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64

    def happens(self, chance: float, *names: object) -> bool:
        """True in so large a share of all names."""
        return self.share(*names) < chance

    def among(self, options: Sequence[T], *names: object) -> T:
        """One of the options, each as likely as the others."""
        return options[int(self.share(*names) * len(options))]

    def weighted(self, options: Mapping[T, float], *names: object) -> T:
        """One of the options, by their weights."""
        left = self.share(*names) * sum(options.values())
        for option, weight in options.items():
            left -= weight
            if left < 0:
                return option
        return list(options)[-1]

    def between(self, low: float, high: float, *names: object) -> float:
        """A number in [low, high)."""
        return low + self.share(*names) * (high - low)

    def hours(self, low: float, high: float, *names: object) -> timedelta:
        """So many hours, to the minute: most are near the low end, as waiting times are."""
        return timedelta(minutes=round(60 * (low + (high - low) * self.share(*names) ** 2)))
