"""The workspace's clock, and the time stamps that identify its messages."""

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]


class Stamps:
    """Gives out time stamps as Slack writes them: seconds and microseconds, each later than the one before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> str:
        """A new one."""
        self._last = max(self._last + 1, int(self._clock().timestamp() * 1_000_000))
        return stamp(self._last)

    def seen(self, ts: str) -> None:
        """A time stamp from before: the next is later."""
        seconds, _, micros = ts.partition(".")
        if seconds.isdecimal() and micros.isdecimal():
            self._last = max(self._last, int(seconds) * 1_000_000 + int(micros))


def stamp(micros: int) -> str:
    """A moment in Slack's form."""
    return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
