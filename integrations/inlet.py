"""Where events are taken in: within a time that senders wait, so many at once, and only while not too much waits to be decided."""

import asyncio
import time
from collections.abc import Callable, Sequence

from agent.errors import Unavailable
from agent.ports import Arrival
from integrations.doors import Accepted, Service, Waiting
from integrations.settings import Settings

STORED_WITHIN_S = 4.0
"""HubSpot gives up after 5 seconds and sends again; a later answer would only be lost."""

COUNTED_EVERY_S = 1.0
AGAIN = "Send it again in a few seconds."


class Inlet:
    """Hands events over to the service; what it cannot take in it leaves to the sender, who keeps it and comes again.

    What waits to be decided is counted once a second, so that a little more gets in than the settings say.
    """

    def __init__(self, service: Service, waiting: Waiting, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._service, self._waiting, self._most, self._clock = service, waiting, settings.backlog, clock
        self._slots = asyncio.Semaphore(settings.webhook_concurrency)
        self._counted_at: float | None = None
        self._full = False

    async def take(self, arrivals: Sequence[Arrival]) -> Sequence[Accepted]:
        """Store all of them, or none; they are on disk when this returns. Raises Unavailable."""
        if self._slots.locked():
            raise Unavailable("Too many events are being stored at the moment.", AGAIN)
        try:
            async with self._slots, asyncio.timeout(STORED_WITHIN_S):
                await self._count()
                if self._full:
                    raise Unavailable(f"More than {self._most:,} events wait to be decided.", AGAIN)
                return await self._service.accept(arrivals) if arrivals else ()
        except TimeoutError:
            raise Unavailable("The event could not be stored in time.", AGAIN) from None

    async def _count(self) -> None:
        now = self._clock()
        if self._counted_at is None or now - self._counted_at >= COUNTED_EVERY_S:
            self._counted_at = now  # whoever comes meanwhile goes by the count before
            self._full = await self._waiting(self._most + 1) > self._most
