"""The embedded engine: one process, one lane per account, woken at once, and a sweep that is also the crash recovery."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

import structlog

from agent.domain.records import Run
from agent.service import Nextplay

log = structlog.get_logger()

AT_ONCE = 16
"""Lanes driven at the same time."""


class EmbeddedEngine:
    """Drives whatever is due: when woken, every `sweep_s` seconds, and once at the start."""

    def __init__(self, service: Nextplay, *, sweep_s: float = 15.0) -> None:
        self._service = service
        self._sweep_s = sweep_s
        self._woken = asyncio.Event()
        service.wake = lambda _run_id: self._woken.set()
        self.alive = False

    async def run(self) -> None:
        """Serve until cancelled. A failing pass is logged and tried again: the runs table has not lost anything."""
        self.alive = True
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tick_along())
                while True:
                    self._woken.clear()
                    await self._whatever_happens(self.settle)
                    await self._until_woken()
        finally:
            self.alive = False

    async def _tick_along(self) -> None:
        """The clock reads all that is open in the sources, so a wake must not start it, and a slow source must not hold up the drives."""
        while True:
            await self._whatever_happens(self._service.tick)
            await asyncio.sleep(self._sweep_s)

    async def _whatever_happens(self, step: Callable[[], Awaitable[object]]) -> None:
        try:
            await step()
        except Exception as error:  # the engine outlives a bad pass
            log.exception("engine pass failed", error=type(error).__name__)

    async def settle(self) -> int:
        """Drive what is due until nothing moves any more, and deliver the messages; returns how many drives that took.

        A run that did not move waits for the next pass: whatever stopped it needs time, not haste.
        """
        drives, tried = 0, set[tuple[object, ...]]()
        while due := [run for run in await self._service.due() if _place(run) not in tried]:
            tried |= {_place(run) for run in due}
            drives += await self._drive_all(due)
        await self._service.deliver()
        return drives

    async def _drive_all(self, due: list[Run]) -> int:
        lanes: defaultdict[str, list[Run]] = defaultdict(list)
        for run, lane in zip(due, await asyncio.gather(*(self._lane(run) for run in due)), strict=True):
            lanes[lane].append(run)
        gate = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._drive_lane(runs, gate) for runs in lanes.values()))
        return len(due)

    async def _lane(self, run: Run) -> str:
        try:
            return (await self._service.place(run)).lane
        except Exception:  # noqa: BLE001  `drive` meets the same again, and deals with it; the neighbours must not
            return f"unplaced:{run.event.subject_kind}:{run.event.subject_id}"

    async def _drive_lane(self, runs: list[Run], gate: asyncio.Semaphore) -> None:
        """In the order in which things happened."""
        async with gate:
            for run in sorted(runs, key=lambda r: (r.event.occurred_at, r.created_at, r.id)):
                await self._service.drive(run.id)

    async def _until_woken(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), self._sweep_s)
        except TimeoutError:
            return


def _place(run: Run) -> tuple[object, ...]:
    """Where a run stands, however often it was tried there."""
    return run.id, run.state, run.entry, run.wake_at
