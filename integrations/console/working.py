"""Work that takes longer than a page may: it goes on beside the serving, and pages tell how far it is."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import structlog

from agent.errors import NextplayError

log = structlog.get_logger("nextplay.console")


@dataclass(slots=True)
class Work:
    """One piece of work. `done` of `every`; `error` says why it ended without a result."""

    done: int = 0
    every: int = 0
    error: str = ""
    result: Any = None
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        """It has not ended."""
        return self.task is not None and not self.task.done()

    def progress(self, done: int, every: int) -> None:
        """Note how far it is."""
        self.done, self.every = done, every


class Works:
    """What is being worked on in this process. It ends when the server stops; whoever finds nothing begins again."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Work] = {}

    def of(self, key: Hashable) -> Work | None:
        """The work under a key, also when it has ended."""
        return self._known.get(key)

    def begin(self, key: Hashable, do: Callable[[Work], Awaitable[Any]]) -> Work:
        """Begin work under a key, unless it is under way already."""
        known = self._known.get(key)
        if known is not None and known.running:
            return known
        work = self._known[key] = Work()
        work.task = asyncio.create_task(_run(work, do))
        return work

    async def awaited(self, key: Hashable, do: Callable[[Work], Awaitable[Any]], *, within_s: float) -> Work:
        """Work that is begun unless it is under way, once it has ended or so long has passed. When its end was told, who asks next begins anew."""
        begun = self._known.get(key) or self.begin(key, do)
        return await self.ended(key, within_s=within_s) or begun

    async def ended(self, key: Hashable, *, within_s: float) -> Work | None:
        """Work that was begun, once it has ended or so long has passed; None where none was, or its end was told before."""
        work = self._known.get(key)
        if work is None or work.task is None:
            return None
        await asyncio.wait({work.task}, timeout=within_s)
        if not work.running:
            self._known.pop(key, None)
        return work

    async def stop(self) -> None:
        """Give up what has not ended, and wait until it has let go of what it works with."""
        tasks = [work.task for work in self._known.values() if work.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(work: Work, do: Callable[[Work], Awaitable[Any]]) -> None:
    try:
        work.result = await do(work)
    except NextplayError as error:
        work.error = f"{error.message} {error.next_step}".strip()
    except Exception as error:  # whatever it dies of, the page says that it did
        log.exception("work failed")
        work.error = f"It failed ({type(error).__name__}). The server's log says more."
