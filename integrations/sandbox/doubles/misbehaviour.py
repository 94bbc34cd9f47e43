"""How a vendor fails: by chance, from a seed, or because it was told to."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Literal

Fault = Literal["too_many", "failing", "late", "reset", "truncated"]
"""too_many: 429, nothing is done · failing: 500, nothing is done · late: it is done, and no answer comes · reset: it is done, and the connection
breaks inside the answer · truncated: it is done, and the answer ends in the middle of its JSON.
"""

FAULTS: tuple[Fault, ...] = ("too_many", "failing", "late", "reset", "truncated")
DONE_ALL_THE_SAME: frozenset[Fault] = frozenset({"late", "reset", "truncated"})


@dataclass
class Misbehaviour:
    """Shares of requests that fail in each way, and faults that the next requests have for certain."""

    shares: dict[Fault, float] = field(default_factory=dict)
    seed: int = 0
    next: list[Fault] = field(default_factory=list)
    drawn: Counter[Fault] = field(default_factory=Counter)
    """How often it failed in each way."""
    _dice: Random | None = None

    def draw(self) -> Fault | None:
        """What becomes of the next request."""
        fault = self._fault()
        if fault is not None:
            self.drawn[fault] += 1
        return fault

    def _fault(self) -> Fault | None:
        if self.next:
            return self.next.pop(0)
        self._dice = self._dice or Random(self.seed)  # noqa: S311  chance, not secrets
        left = self._dice.random()
        for fault, share in self.shares.items():
            left -= share
            if left < 0:
                return fault
        return None
