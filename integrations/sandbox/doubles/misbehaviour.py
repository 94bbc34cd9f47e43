"""How a vendor fails: by chance, from a seed, or because it was told to."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Generic, Literal, TypeVar

Fault = Literal["too_many", "failing", "late", "reset", "truncated", "error_inside"]

FAULTS: dict[Fault, str] = {
    "too_many": "429; nothing is done",
    "failing": "500; nothing is done",
    "late": "done; no answer comes",
    "reset": "done; the connection breaks in the answer",
    "truncated": "done; the answer ends amid its JSON",
    "error_inside": "200 with an error inside; nothing is done",
}
"""What each does that a server over HTTP can have. One is drawn for each request."""

DONE_ALL_THE_SAME: frozenset[Fault] = frozenset({"late", "reset", "truncated"})
F = TypeVar("F", bound=str)


@dataclass
class Misbehaviour(Generic[F]):
    """Shares of requests that fail in each way, and faults that the next requests have for certain."""

    shares: dict[F, float] = field(default_factory=dict)
    seed: int = 0
    next: list[F] = field(default_factory=list)
    drawn: Counter[F] = field(default_factory=Counter)
    """How often it failed in each way."""
    _dice: Random | None = None

    def draw(self) -> F | None:
        """What becomes of the next request."""
        fault = self._fault()
        if fault is not None:
            self.drawn[fault] += 1
        return fault

    def _fault(self) -> F | None:
        if self.next:
            return self.next.pop(0)
        self._dice = self._dice or Random(self.seed)  # noqa: S311  chance, not secrets
        left = self._dice.random()
        for fault, share in self.shares.items():
            left -= share
            if left < 0:
                return fault
        return None
