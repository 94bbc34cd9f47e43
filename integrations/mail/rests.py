"""A server that took nothing is let be for a while, longer each time: whoever knocks every few seconds is soon shut out for good."""

from collections.abc import Callable
from dataclasses import dataclass, field

FIRST_S, LONGEST_S = 30.0, 300.0


@dataclass
class Rests:
    """Rests by what they are of: a letter, or the whole server. `clock` gives monotonic seconds."""

    clock: Callable[[], float]
    _of: dict[str, tuple[float, float, str]] = field(default_factory=dict)
    """When each began, how long it is, and why."""

    def why(self, *names: str) -> str | None:
        """What keeps any of them from being tried now, and for how much longer; None where nothing does."""
        for began, lasts, why in (self._of[name] for name in names if name in self._of):
            left = began + lasts - self.clock()
            if left > 0:
                return f"{why}; tried again in {left:.0f} s"
        return None

    def begin(self, name: str, why: str) -> None:
        """It took nothing: a rest begins, twice as long as the last."""
        last = self._of.get(name)
        lasts = FIRST_S if last is None else min(last[1] * 2, LONGEST_S)
        self._of[name] = (self.clock(), lasts, why)

    def end(self, *names: str) -> None:
        """It took something, or never will: the next rest is short again."""
        for name in names:
            self._of.pop(name, None)
