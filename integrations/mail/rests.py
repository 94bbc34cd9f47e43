"""A server that took nothing is let be for a while, longer each time: whoever knocks every few seconds is soon shut out for good."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

FIRST_S, LONGEST_S = 30.0, 300.0


class Rest(NamedTuple):
    """What is left of a rest: for how many more seconds, and why."""

    seconds: float
    why: str

    @property
    def says(self) -> str:
        """The same in words."""
        return f"{self.why}; tried again in {self.seconds:.0f} s"


class _Begun(NamedTuple):
    ends: float
    lasts: float
    why: str


@dataclass
class Rests:
    """Rests by what they are of: a letter, or the whole server. `clock` gives monotonic seconds."""

    clock: Callable[[], float]
    _of: dict[str, _Begun] = field(default_factory=dict)

    def left(self, *names: str) -> Rest | None:
        """What keeps any of them from being tried now, the longest of it; None where nothing does."""
        now = self.clock()
        found = [Rest(one.ends - now, one.why) for one in (self._of[name] for name in names if name in self._of) if one.ends > now]
        return max(found, default=None)

    def begin(self, name: str, why: str, *, tried: float) -> float:
        """It took nothing of what was begun at `tried`: it rests, twice as long as the last time. For how many seconds from now.

        What was under way already when the last rest began is no second failure, and makes it no longer.
        """
        now, last = self.clock(), self._of.get(name)
        again = last is not None and tried >= last.ends
        if last is not None and not again and last.ends > now:
            return last.ends - now
        lasts = FIRST_S if last is None else min(last.lasts * 2, LONGEST_S) if again else last.lasts
        self._of[name] = _Begun(now + lasts, lasts, why)
        return lasts

    def end(self, *names: str) -> None:
        """It took something: the next rest is short again."""
        for name in names:
            self._of.pop(name, None)
