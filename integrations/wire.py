"""How services are reached: what of the world outside a test would otherwise have to wait for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2


@dataclass(frozen=True, slots=True)
class Wire:
    """`clock` gives the monotonic seconds by which waits are counted, and `sleep` waits so many; for an answer `timeout_s` real seconds are waited.

    `transport` makes what replaces the network; None: nothing does.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    timeout_s: float = 10.0
    transport: "Callable[[], httpx2.AsyncBaseTransport] | None" = None


NETWORK = Wire()
"""The real one, in real time."""
