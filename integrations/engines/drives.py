"""Drives under way: those of one lane in turn, those of different lanes at once, and none held up by another lane's."""

import asyncio
import heapq
from collections.abc import Callable
from datetime import datetime

from agent.domain.records import Run
from agent.service import Nextplay

AT_ONCE, AHEAD = 16, 4
"""Lanes driven at the same time; and runs that go before all of them, because something was decided about them."""

SILENT_FOR_S = 2.0
"""When for so long no source has said on which lane a run goes, the rest goes on without: `drive` asks again, and holds the lane that it is told."""

Place = tuple[object, ...]
Turn = tuple[datetime, datetime, str]


class Drives:
    """Starts what is due as tasks of `tasks`. `ended` is called whenever there is room for more, `failed` with what kept a drive from being made.

    A run that a drive did not move is let be until `retry`: whatever stopped it needs time, not haste.
    """

    def __init__(self, service: Nextplay, tasks: asyncio.TaskGroup, ended: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        self._service = service
        self._tasks = tasks
        self._ended = ended
        self._failed = failed
        self._slots, self._ahead = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AHEAD)
        self._lanes: dict[str, list[tuple[Turn, Run]]] = {}
        self._under_way: set[str] = set()
        self._stalled: set[Place] = set()
        self.count = 0

    async def begin(self) -> bool:
        """Start what is due and neither under way nor stalled, if there is room; returns whether anything is under way.

        What something was decided about does not wait until there is: what people approved would, for as long as all that has come in takes.
        """
        busy = set(self._under_way)  # what ends while we read is looked at again, because it ended
        if len(self._lanes) < AT_ONCE:
            due = await self._service.due()
            self._stalled &= {_place(run) for run in due}
            if fresh := self._fresh(due, busy):
                self._tasks.create_task(self._line_up(fresh))
        else:
            for run in self._fresh(await self._service.due(going_on=True), busy):
                self._tasks.create_task(self._drive_ahead(run))
        return bool(self._under_way)

    def _fresh(self, due: list[Run], busy: set[str]) -> list[Run]:
        """What is neither under way nor stalled, and is under way from now on."""
        fresh = [run for run in due if run.id not in busy and _place(run) not in self._stalled]
        self._under_way |= {run.id for run in fresh}
        return fresh

    def retry(self) -> None:
        """Try again what did not move."""
        self._stalled.clear()
        self._ended()

    async def _line_up(self, runs: list[Run]) -> None:
        """Put runs on their lanes together, so that those of one lane go in the order in which things happened."""
        async with asyncio.TaskGroup() as asking:
            asked = [asking.create_task(self._lane_of(run)) for run in runs]
            waiting, answered = set(asked), set(asked)
            while waiting and answered:
                answered, waiting = await asyncio.wait(waiting, timeout=SILENT_FOR_S)
            for task in waiting:
                task.cancel()
        for run, task in zip(runs, asked, strict=True):
            self._queue(run, _lane_apart(run) if task.cancelled() else task.result())

    async def _lane_of(self, run: Run) -> str:
        try:
            return (await self._service.place(run)).lane
        except Exception:  # noqa: BLE001  `drive` meets the same again, and deals with it; the neighbours must not
            return _lane_apart(run)

    def _queue(self, run: Run, lane: str) -> None:
        if lane not in self._lanes:
            self._lanes[lane] = []
            self._tasks.create_task(self._drive_lane(lane))
        heapq.heappush(self._lanes[lane], (run.turn, run))

    async def _drive_ahead(self, run: Run) -> None:
        """Nothing of its account is driven meanwhile: `drive` holds the lane."""
        async with self._ahead:
            await self._drive(run)
        self._ended()

    async def _drive_lane(self, lane: str) -> None:
        async with self._slots:
            while self._lanes[lane]:
                await self._drive(heapq.heappop(self._lanes[lane])[1])
            del self._lanes[lane]
        self._ended()

    async def _drive(self, run: Run) -> None:
        self.count += 1
        moved = False
        try:
            moved = _place(await self._service.drive(run.id)) != _place(run)
        except Exception as error:  # noqa: BLE001  the database failed, say: the other lanes are driven all the same
            self._failed(error)
        if not moved:
            self._stalled.add(_place(run))
        self._under_way.discard(run.id)


def _lane_apart(run: Run) -> str:
    """For a run of which nobody says whom it is about."""
    return f"unplaced:{run.event.subject_kind}:{run.event.subject_id}"


def _place(run: Run) -> Place:
    """Where a run stands, however often it was tried there."""
    return run.id, run.state, run.entry, run.wake_at
