"""The time outside as a whole deployment sees it: the same on all its hosts, and even, whatever is done to the clock of one of them.

Asks end, tokens expire and signatures grow old by it. Two hosts an hour apart would otherwise end an ask an hour early; and so would one whose clock
is set wrong for a minute.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

log = structlog.get_logger()

DRIFT = timedelta(seconds=2)
"""What clocks that are right may differ by, between two looks."""

BELIEVED_AFTER_S = 600.0
"""A clock that has jumped may have been set right, or wrong for a moment: it is followed once it has stayed where it is for so long."""

SLOW_S = 1.0
"""An answer that took longer says too little about the moment at which it was given."""


def elapsed() -> float:
    """Seconds that nobody can set. They go on while the host sleeps, where it tells."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class SteadyClock:
    """Goes by a `reference`, and between looks at it by seconds that nobody can set.

    The reference is the clock of the database's server, which all hosts share; where the database is a file, the host's own.
    """

    def __init__(self, reference: Callable[[], Awaitable[datetime]], *, seconds: Callable[[], float] = elapsed) -> None:
        self._reference, self._seconds = reference, seconds
        self._base: datetime | None = None
        self._ahead = timedelta()
        self._since = 0.0

    def __call__(self) -> datetime:
        """Now. Raises RuntimeError before the first look."""
        if self._base is None:
            raise RuntimeError("A steady clock tells the time after the first look at its reference.")
        return self._base + timedelta(seconds=self._seconds())

    async def look(self) -> None:
        """Follow the reference: at first, where it is nearly the same, or where it has differed by the same for long enough. Raises what keeps
        it from being read.
        """
        before = self._seconds()
        said = await self._reference()
        after = self._seconds()
        if self._base is not None and after - before > SLOW_S:
            return
        base = said - timedelta(seconds=(before + after) / 2)
        if self._base is None or abs(base - self._base) <= DRIFT:
            self._base, self._ahead = base, timedelta()
        else:
            self._suspect(base, base - self._base, after)

    def _suspect(self, base: datetime, ahead: timedelta, at: float) -> None:
        if abs(ahead - self._ahead) > DRIFT:
            self._ahead, self._since = ahead, at
            log.warning("the clock jumped, and is not followed yet", by_s=round(ahead.total_seconds()), followed_after_s=BELIEVED_AFTER_S)
        elif at - self._since >= BELIEVED_AFTER_S:
            self._base, self._ahead = base, timedelta()
            log.warning("the clock is followed to where it jumped", by_s=round(ahead.total_seconds()))
