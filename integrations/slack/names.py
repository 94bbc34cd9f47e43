"""What colleagues are called, on every card: read from the directory now and then, and not for each of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

KEPT = timedelta(seconds=30)
"""How long names are believed. Who is called otherwise is so on what is shown after that."""

Read = Callable[[], Awaitable[Mapping[str, str]]]


class Names:
    """Remembers names, by address and by id. `now` is the wall clock. What a silent directory does not tell is asked for again the next time."""

    def __init__(self, read: Read, now: Callable[[], datetime]) -> None:
        self._read = read
        self._now = now
        self._known: Mapping[str, str] = {}
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def known(self) -> Mapping[str, str]:
        """The names as they were at most so long ago; none while the directory is silent. Who asks meanwhile waits for the one reading."""
        async with self._reading:
            at = self._now()
            if not self._known or self._read_at is None or at - self._read_at > KEPT:
                self._known, self._read_at = await self._read(), at
            return self._known
