"""Chance that can be had again: what is drawn depends on the seed and on the occasion, not on what else was drawn before it."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

ARMED = 0.6
"""In one life so many of all faults can happen at all: a life in which everything fails is over soon, and tells little."""

TIMES = (0.25, 1.0, 3.0)
"""As often as usual it happens in one life or another."""


@dataclass
class Chance:
    """Whether a fault happens, of one seed. `calm`: nothing does any more. `tried` and `fired` count by name."""

    seed: int
    calm: bool = False
    tried: Counter[str] = field(default_factory=Counter)
    fired: Counter[str] = field(default_factory=Counter)
    _occasions: Counter[Hashable] = field(default_factory=Counter)

    def fires(self, fault: str, about: Hashable, *, often: float) -> bool:
        """Whether it happens this time, `about` that. `often`: in how many of all cases it does in a usual life."""
        if self.calm or self._drawn(fault, "armed") >= ARMED:
            return False
        self.tried[fault] += 1
        self._occasions[fault, about] += 1
        times = TIMES[int(self._drawn(fault, "times") * len(TIMES))]
        fires = self._drawn(fault, about, self._occasions[fault, about]) < often * times
        self.fired[fault] += fires
        return fires

    def _drawn(self, *occasion: Hashable) -> float:
        """A number from 0 to 1, the same for the same occasion."""
        digest = blake2b(repr((self.seed, *map(_ordered, occasion))).encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64


def _ordered(said: Any) -> Any:
    """The same in every process: sets have an order of their own in each."""
    if isinstance(said, frozenset | set):
        return sorted(map(repr, said))
    return tuple(map(_ordered, said)) if isinstance(said, tuple) else said
