"""Sending to the app: once for what a member does, up to four times for events, with the faults that were asked for."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from integrations.sandbox.slack.carrying import Carrier, HttpCarrier, Kind, Parcel, Reply, SocketCarrier
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.store import Doc

ACKNOWLEDGED_WITHIN_S = 3.0
RETRIES_AFTER_S = (0.0, 60.0, 300.0)
Rest = Callable[[float], Awaitable[None]]
"""Lets so many seconds pass."""

_REASONS = {"operation_timeout": "http_timeout", "dispatch_failed": "connection_failed"}


class Sender:
    """One for each workspace. `close` ends the retries that are still to come."""

    def __init__(
        self,
        core: Core,
        *,
        within_s: float = ACKNOWLEDGED_WITHIN_S,
        retries_after_s: tuple[float, ...] = RETRIES_AFTER_S,
        rest: Rest = asyncio.sleep,
    ) -> None:
        self._core = core
        self._http = HttpCarrier(core.app, core.clock, within_s)
        self.socket = SocketCarrier(within_s)
        self._retries_after_s = retries_after_s
        self._rest = rest
        self._tasks: set[asyncio.Task[Any]] = set()

    async def once(self, kind: Kind, payload: Doc) -> Reply:
        """What a member did: it is sent once, and a member sees when it fails."""
        return await self._carry(Parcel(kind, payload))

    async def event(self, payload: Doc) -> Reply:
        """An event. The first attempt is waited for; the others follow by themselves."""
        parcel = Parcel("events_api", payload)
        if self._core.faults.twice():
            self._later(self._carry(parcel))
        reply = await self._carry(parcel)
        if not reply.ok and not reply.wants_no_retry:
            self._later(self._again(payload, reply))
        return reply

    async def close(self) -> None:
        """Send nothing more."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.close()

    @property
    def _carrier(self) -> Carrier:
        return self._http if self._core.app.request_url else self.socket

    async def _carry(self, parcel: Parcel) -> Reply:
        delay = self._core.faults.plan.sending.delay_s
        if delay:
            await asyncio.sleep(delay)
        return await self._carrier.carry(parcel)

    async def _again(self, payload: Doc, reply: Reply) -> None:
        for attempt, wait in enumerate(self._retries_after_s, 1):
            await self._rest(wait)
            reply = await self._carry(Parcel("events_api", payload, attempt, _REASONS.get(reply.error, reply.error)))
            if reply.ok or reply.wants_no_retry:
                return

    def _later(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
