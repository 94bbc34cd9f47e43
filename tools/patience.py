"""How long sources are waited for.

A process that is busy with other runs, or starved by its neighbours on the machine, hears an answer late. That is no fault of the source, and
must not make its facts missing: rules would then decide otherwise on a busy day. So only time in which this process listened is counted.
"""

import asyncio
from collections.abc import Collection
from typing import Any

_LOOKS = 50
"""In so many looks the time is used up at the earliest; each lets everybody who has their answer go a step on."""


class Patience:
    """The time that sources still have, out of `seconds` for all that is asked of them."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.left = seconds

    def part(self, share: float) -> "Patience":
        """That share of the time left. It is counted in the same steps, so it is over before the whole is, however busy the process."""
        part = Patience(self.seconds)
        part.left = self.left * share
        return part

    async def wait_for(self, tasks: Collection[asyncio.Future[Any]], *, share: float = 1.0) -> set[asyncio.Future[Any]]:
        """Wait until all are done, or that share of the time left is used up. Returns those that are late, cancelled.

        Whoever is cancelled while waiting leaves none of them behind.
        """
        kept = self.left * (1 - share)
        pending = set(tasks)
        try:
            while pending and self.left > kept:
                pending = await self._look(pending, min(self.seconds / _LOOKS, self.left - kept))
        finally:
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
        return pending

    async def _look(self, pending: set[asyncio.Future[Any]], at_most: float) -> set[asyncio.Future[Any]]:
        """Listen for a while; what passes beyond that while is time in which we did something else."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        _, still = await asyncio.wait(pending, timeout=at_most)
        self.left -= min(loop.time() - began, at_most)
        return still
