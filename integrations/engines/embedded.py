"""The embedded engine: one process, one lane per account, woken at once, and a sweep that is also the crash recovery."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from agent.service import Nextplay
from integrations.engines.drives import Drives

log = structlog.get_logger()


class EmbeddedEngine:
    """Drives whatever is due: when woken, every `sweep_s` seconds, and once at the start.

    `look_around` is called before each pass of the clock: for what may have changed around the service.
    """

    def __init__(self, service: Nextplay, *, sweep_s: float = 15.0, look_around: Callable[[], Awaitable[object]] | None = None) -> None:
        self._service = service
        self._look_around = look_around
        self._sweep_s = sweep_s
        self._woken = asyncio.Event()
        service.wake = lambda _run_id: self._woken.set()
        self.alive = False

    async def run(self) -> None:
        """Serve until cancelled, and leave no drive behind. A failing step is logged and tried again: the runs table has not lost anything."""
        self.alive = True
        try:
            async with asyncio.TaskGroup() as tasks:
                drives, news = Drives(self._service, tasks, self._woken.set, _log), asyncio.Event()
                tasks.create_task(self._tick_along())
                tasks.create_task(self._sweep_along(drives))
                tasks.create_task(self._deliver_along(news))
                while True:
                    self._woken.clear()
                    await self._whatever_happens(lambda: self._look(drives))
                    news.set()
                    await self._woken.wait()
        finally:
            self.alive = False

    async def settle(self) -> int:
        """Drive what is due until nothing moves any more, and deliver the messages; returns how many drives that took.

        What did not move is left to the next call. Raises what kept a drive from being made at all, once the others are through.
        """
        ended, failures = asyncio.Event(), list[Exception]()
        try:
            async with asyncio.TaskGroup() as tasks:
                drives = Drives(self._service, tasks, ended.set, failures.append)
                while await drives.begin() or ended.is_set():
                    await ended.wait()
                    ended.clear()
        except ExceptionGroup as group:  # a group is how tasks end together; there is one cause to tell
            raise group.exceptions[0] from None
        if failures:
            raise failures[0]
        await self._service.deliver()
        return drives.count

    async def _look(self, drives: Drives) -> bool:
        """Start what can be started; returns whether anything is under way."""
        return await drives.begin()

    async def _tick_along(self) -> None:
        """The clock asks the sources for all that is due, so a wake must not start it, and a slow source must not hold up the drives."""
        while True:
            if self._look_around:
                await self._whatever_happens(self._look_around)
            await self._whatever_happens(self._service.tick)
            await asyncio.sleep(self._sweep_s)

    async def _sweep_along(self, drives: Drives) -> None:
        while True:
            await asyncio.sleep(self._sweep_s)
            drives.retry()

    async def _deliver_along(self, news: asyncio.Event) -> None:
        """People are told as soon as something has come of a drive; a slow channel must not hold up the others."""
        while True:
            await news.wait()
            news.clear()
            await self._whatever_happens(self._service.deliver)

    async def _whatever_happens(self, step: Callable[[], Awaitable[object]]) -> None:
        try:
            await step()
        except Exception as error:  # noqa: BLE001  the engine outlives a bad pass
            _log(error)


def _log(error: Exception) -> None:
    log.error("engine pass failed", error=type(error).__name__, exc_info=error)
