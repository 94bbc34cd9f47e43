"""The desk: carries out clicks, posts what waits and keeps cards current, for as long as the server runs.

It holds nothing that is not in the database: after a crash it goes on where it was.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from integrations.slack.web import SlackBusy, SlackRefused, SlackShut, SlackUnsure

log = structlog.get_logger()

Pass = Callable[[], Awaitable[int]]


class Desk:
    """Runs its passes whenever it is woken, and every `every_s` seconds; those that are `paced` only then."""

    def __init__(self, passes: Sequence[Pass], *, paced: Sequence[Pass] = (), every_s: float = 1.0) -> None:
        self._passes = [*passes, *paced]
        self._every_s = every_s
        self._woken = [asyncio.Event() for _ in self._passes]
        self._hurried = self._woken[: len(passes)]

    def wake(self) -> None:
        """Look at once."""
        for woken in self._hurried:
            woken.set()

    async def run(self) -> None:
        """Work until cancelled. Each kind of pass goes its own way, so that posting to a slow Slack does not hold up the clicks."""
        async with asyncio.TaskGroup() as tasks:
            for one, woken in zip(self._passes, self._woken, strict=True):
                tasks.create_task(self._go(one, woken))

    async def _go(self, one: Pass, woken: asyncio.Event) -> None:
        while True:
            woken.clear()
            await self.safely(one)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):  # `wait_for` would swallow being cancelled at the moment of being woken
                    await woken.wait()

    async def safely(self, one: Pass) -> int:
        """One pass. A failing one is logged and tried again: the tables have not lost anything."""
        try:
            return await one()
        except SlackShut:  # it was told where it was met
            return 0
        except (SlackBusy, SlackUnsure, SlackRefused) as error:
            log.info("Slack does not answer the desk", why=str(error))
            return 0
        except Exception as error:  # the desk outlives a bad pass
            log.exception("a pass of the Slack desk failed", error=type(error).__name__)
            return 0

    async def settle(self, most: int = 50) -> int:
        """Pass until nothing moves any more; how much did."""
        moved = 0
        for _ in range(most):
            now = sum([await self.safely(one) for one in self._passes])
            if not now:
                return moved
            moved += now
        return moved
