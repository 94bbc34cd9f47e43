"""How much we ask of a vendor in a time: less than it allows, because its other customers' apps share its limit."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from integrations.vendors.errors import Busy

SHARE = 0.7
"""Of what a vendor allows, so much is ours."""


APART_S = 0.05
"""So far apart come those who waited because a vendor had asked for it: all at once they would be too many again."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds."""

    requests: float
    seconds: float


class Allowance:
    """A bucket of requests that fills evenly. `clock` gives monotonic seconds.

    Whoever asks waits for at most `patience_s`; where it would take longer they are told to come back, and do other things meanwhile.
    """

    def __init__(
        self, vendor: str, limit: Limit, *, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        share: float = SHARE, patience_s: float = 2.0,
    ) -> None:  # fmt: skip
        self._vendor, self._clock, self._sleep, self._share, self._patience_s = vendor, clock, sleep, share, patience_s
        self._limit = limit
        self._left, self._filled_at, self._closed_until, self._next_turn = self._most, clock(), 0.0, 0.0

    async def take(self) -> None:
        """Wait for one request. Raises Busy where that takes longer than anybody should wait; then nothing was taken."""
        waited_s, wait_s = 0.0, max(self._lacking_s(), self._line_s())
        self._left -= 1.0  # taken before the wait, so that whoever comes next waits behind
        while wait_s > 0.0:
            if waited_s + wait_s > self._patience_s:
                self._left += 1.0
                raise Busy(self._vendor, wait_s)
            if self._line_s() > 0.0:
                self._next_turn = self._clock() + wait_s + APART_S
            await self._sleep(wait_s)
            waited_s += wait_s
            wait_s = self._line_s() if self._closed_until > self._clock() else 0.0  # it was closed anew meanwhile

    def learn(self, limit: Limit | None = None, left: float | None = None) -> None:
        """What the vendor says of its limit, and how much of it is left to everybody."""
        self._fill()
        if limit is not None and limit.requests > 0 and limit.seconds > 0:
            self._limit = limit
            self._left = min(self._left, self._most)
        if left is not None:
            kept_free = self._limit.requests * (1 - self._share)
            self._left = min(self._left, left - kept_free)

    def close(self, seconds: float) -> None:
        """The vendor said to come back after so many seconds: nobody asks before."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    @property
    def _most(self) -> float:
        return max(self._limit.requests * self._share, 1.0)

    @property
    def _rate(self) -> float:
        return self._most / self._limit.seconds

    def _fill(self) -> None:
        now = self._clock()
        self._left = min(self._left + (now - self._filled_at) * self._rate, self._most)
        self._filled_at = now

    def _lacking_s(self) -> float:
        self._fill()
        return max(1.0 - self._left, 0.0) / self._rate

    def _line_s(self) -> float:
        """Seconds until it is the turn of whoever comes now: the vendor is to be left alone until then, or others wait for their turn already."""
        return max(self._closed_until, self._next_turn) - self._clock()
