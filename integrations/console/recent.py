"""What was worked out a moment ago, for pages that are turned one after the other."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
KEPT = timedelta(seconds=60)
MOST = 16


class Recent:
    """Keeps so many results for a minute each. Who asks for the same at the same time waits for one that works it out."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self._wall = wall
        self._kept: dict[Hashable, tuple[datetime, asyncio.Task[Any]]] = {}

    async def of(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """The result under the key, made if need be. One that failed is not kept."""
        at, task = self._kept.get(key, (None, None))
        if at is None or task is None or self._wall() - at > KEPT or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.ensure_future(_made(make))
            self._kept.pop(key, None)
            self._kept[key] = (self._wall(), task)
            while len(self._kept) > MOST:
                self._kept.pop(next(iter(self._kept)))
        result: T = await asyncio.shield(task)
        return result

    def forget(self) -> None:
        """Everything is worked out anew: something was changed."""
        self._kept.clear()


async def _made(make: Callable[[], Awaitable[T]]) -> T:
    return await make()
