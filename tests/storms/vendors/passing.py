"""Time and network of a storm: moments that stand until they are moved, waits that pass fast, and who looks whether they are kept."""

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx2

from integrations.http import retry_after_s
from integrations.sandbox.doubles.misbehaviour import Fault
from integrations.wire import Wire
from tests.acceptance.workspaces import START

SHARES: dict[Fault, float] = {"too_many": 0.20, "failing": 0.10, "late": 0.10, "reset": 0.05}
"""Of all requests so many fail in each way."""

SCALE = 500.0
"""So many seconds of limits and waits pass in a real one."""

TIMEOUT_S, LATE_S = 0.1, 0.13
"""Real seconds: after which nobody waits for an answer any more, and after which a late one comes."""

TOO_MANY, TOLD_WITHOUT = 429, "REQUEST_LIMIT_EXCEEDED"
BUSY = (TOO_MANY, 403)
UNTOLD_S = 1.0
"""Salesforce says by this word that it is too much, and not for how long; this long its double wants to be left alone then."""


@dataclass
class Passing:
    """The moment that it is for everybody, and the waits that were asked for. `violations`: requests that were begun although a wait was not over.

    That is looked at where requests go out and answers come in: what was under way when an answer asked to wait could not know of it.
    """

    at: datetime = START
    violations: int = 0
    asked_to_wait: int = 0
    requests: int = 0
    _closed_until: float = 0.0

    def now(self) -> datetime:
        """The moment."""
        return self.at

    def moves_by(self, span: timedelta) -> None:
        """It is later."""
        self.at += span

    def clock(self) -> float:
        """Seconds of waits."""
        return time.monotonic() * SCALE

    async def sleep(self, seconds: float) -> None:
        """Wait so many of them."""
        await asyncio.sleep(seconds / SCALE)

    def wire(self, free: Collection[str]) -> Wire:
        """The way to the vendor. For paths in `free` (a token endpoint) nobody is asked to wait."""
        return Wire(self.clock, self.sleep, TIMEOUT_S, lambda: _Watched(self, free))

    def begun(self) -> None:
        """A request goes out."""
        self.requests += 1
        self.violations += self.clock() < self._closed_until

    def asked_to_leave_alone(self, headers: Mapping[str, str]) -> None:
        """An answer says that it is too much."""
        self.asked_to_wait += 1
        self._closed_until = max(self._closed_until, self.clock() + (retry_after_s(headers) or UNTOLD_S))


@dataclass
class _Watched(httpx2.AsyncBaseTransport):
    passing: Passing
    free: Collection[str]
    inner: httpx2.AsyncHTTPTransport = field(default_factory=lambda: httpx2.AsyncHTTPTransport(retries=0))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path not in self.free:
            self.passing.begun()
        response = await self.inner.handle_async_request(request)
        if response.status_code not in BUSY:
            return response
        body = await response.aread()  # who asks knows it when they have read it
        await response.aclose()
        if response.status_code == TOO_MANY or TOLD_WITHOUT.encode() in body:
            self.passing.asked_to_leave_alone(response.headers)
        return httpx2.Response(response.status_code, headers=response.headers, stream=httpx2.ByteStream(body))

    async def aclose(self) -> None:
        await self.inner.aclose()
