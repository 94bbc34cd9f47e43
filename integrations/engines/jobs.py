"""The jobs of a deployment on PostgreSQL: what is to be done is told to whichever worker is free, and one account's runs go one after the other.

A job holds nothing but the id of a run: the runs table is the truth. A job that is lost only delays, for the sweep tells of whatever is due. And
one that comes twice changes nothing, for `drive` goes on from where a run stands. Its lock is the lane of the run's account, as far as the event says
it; whoever begins with it asks whose it is, and where others go first there, it waits for its turn (`turns`).
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar, Unpack

import structlog
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.app import WorkerOptions
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from psycopg import AsyncConnection
from sqlalchemy import URL

from agent.domain.records import Run
from agent.identity import lane_of
from agent.service import Nextplay
from integrations.db.pooling import EvenPool
from integrations.db.postgres import CONNECT_S, NOT_DEAD, told
from integrations.db.preparing import alone
from integrations.engines.fetching import IN_ORDER, INDEX, MAKE_INDEX, each_by_itself
from integrations.engines.punctual import Clock, PunctualWorker
from integrations.engines.settling import SettlingJobs
from integrations.engines.turns import InTurn, Turn

log = structlog.get_logger()

T = TypeVar("T")

SCHEMA = "nextplay_jobs"
PREPARING = 0x6A_6F_62_73
"""The advisory lock of whoever makes the tables: "jobs" in ASCII."""

EVERY_15_S, EVERY_5_S = "* * * * * */15", "* * * * * */5"
STALLED_S = 10.0
"""A worker that has not been heard of for so long is dead: another takes its jobs over. The heart beats every two seconds."""

DRIVE, CLOCK, DELIVER, TAKE_OVER = "drive", "clock", "deliver", "take over"
PLACE = "place"
"""What an older version, which may run beside this one, lines up first."""

PRIORITY = {TAKE_OVER: 30, CLOCK: 20, DELIVER: 10}
"""What must not wait until all that has come in is worked off: a dead worker's job, time, and what people are to be told."""

_LOCK = {CLOCK: " clock", DELIVER: " deliver"}
"""Nobody's account can be called so."""

DECIDED = 5
"""The same for a run that something was decided about: people have answered what was asked, say. One that is held up goes behind again."""

AT_ONCE = 500
"""So many runs are looked up, and lined up, in one statement."""

_AGAIN = RetryStrategy(max_attempts=5, exponential_wait=2)
"""For what `drive` itself does not count: the database was away, say. After that the sweep tells of it again."""


class Jobs:
    """Tells workers what to do; in a worker, also does it. `app` is open as long as the context of `open_jobs`."""

    def __init__(self, address: URL, service: Nextplay, wall: Clock) -> None:
        options = f"-c search_path={SCHEMA} {IN_ORDER}"
        connector = PsycopgConnector(
            conninfo=told(address),
            pool_factory=EvenPool,
            kwargs={"options": options, "connect_timeout": CONNECT_S, "application_name": "nextplay-jobs", **NOT_DEAD},
            configure=each_by_itself,
        )
        self.app = App(connector=connector)
        self.app.job_manager = SettlingJobs(connector, wall)
        self._wall = wall
        self._service = service
        self._woken: set[str] = set()
        self._news = asyncio.Event()
        self._declare()

    def wake(self, run_id: str) -> None:
        """Have a run driven soon. Never fails: what cannot be told now is told by the sweep."""
        self._woken.add(run_id)
        self._news.set()

    async def tell(self) -> None:
        """Tell of what was woken, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            woken, self._woken = self._woken, set()
            try:
                await self._line_up([run for some in _parts([*woken]) for run in await self._service.runs(some)])
            except Exception as error:  # noqa: BLE001  the database is away, or busy, say: the sweep tells of them
                log.warning("workers could not be told", runs=len(woken), error=type(error).__name__)

    async def work(self, **options: Unpack[WorkerOptions]) -> None:
        """Do jobs until cancelled, or until the connections fail."""
        await PunctualWorker(self.app, self._wall, **options).run()  # type: ignore[no-untyped-call]  # it says nothing of its types

    async def workers(self) -> int:
        """How many are alive."""
        rows = await self.app.connector.execute_query_all_async(_ALIVE, seconds=STALLED_S)
        return int(rows[0]["alive"])

    async def waiting(self) -> int:
        """How many runs are to be driven, or are at the moment."""
        rows = await self.app.connector.execute_query_all_async(_WAITING, tasks=[PLACE, DRIVE])
        return int(rows[0]["waiting"])

    def _declare(self) -> None:
        periodic, task = self.app.periodic, self.app.task
        for name in (DRIVE, PLACE):
            task(name=name, retry=InTurn(_AGAIN), pass_context=True)(self._drive)
        task(name=DELIVER, queueing_lock=DELIVER, lock=_LOCK[DELIVER], priority=PRIORITY[DELIVER])(self._deliver)
        periodic(cron=EVERY_15_S)(task(name=CLOCK, queueing_lock=CLOCK, lock=_LOCK[CLOCK], priority=PRIORITY[CLOCK])(self._clock))
        periodic(cron=EVERY_5_S)(task(name=TAKE_OVER, queueing_lock=TAKE_OVER, priority=PRIORITY[TAKE_OVER])(self._take_over))

    async def _drive(self, context: JobContext, run_id: str) -> None:
        turn = Turn(self.app.connector, context.job)
        await self._service.drive(run_id, in_turn=turn.has_come)
        turn.check()
        if await self._service.undelivered():
            await self._defer(DELIVER)

    async def _deliver(self) -> None:
        await self._service.deliver()

    async def _clock(self, timestamp: int) -> None:  # noqa: ARG002  Procrastinate says for which moment it was
        """Let time pass, then tell of whatever is due and not told of yet."""
        await self._service.tick()
        known = await self._lined_up()
        await self._line_up([run for run in await self._service.due() if run.id not in known])
        await self._defer(DELIVER)

    async def _take_over(self, timestamp: int) -> None:  # noqa: ARG002
        """Have the jobs of dead workers done by others."""
        for job in await self.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
            log.warning("a worker died", job=job.task_name, run_id=job.task_kwargs.get("run_id"))
            await self.app.job_manager.retry_job(job)

    async def _lined_up(self) -> set[str]:
        """The runs that wait to be driven, or are at the moment."""
        rows = await self.app.connector.execute_query_all_async(_LINED_UP, tasks=[PLACE, DRIVE])
        return {row["run_id"] for row in rows}

    async def _line_up(self, runs: Sequence[Run]) -> None:
        """Line runs up in the order in which things happened: some hundreds in one statement, unless one of them waits already."""
        for some in _parts(sorted(runs, key=lambda run: run.turn)):
            try:
                await self.app.job_manager.batch_defer_jobs_async([self._job(DRIVE, run.id, **_place_of(run)) for run in some])
            except AlreadyEnqueued:
                for run in some:
                    await self._defer(DRIVE, run.id, **_place_of(run))

    async def _defer(self, name: str, run_id: str | None = None, **place: Any) -> None:
        """Line a job up, unless the same waits already."""
        with suppress(AlreadyEnqueued):
            await self.app.job_manager.defer_job_async(self._job(name, run_id, **place))

    def _job(self, name: str, run_id: str | None = None, *, lock: str | None = None, priority: int = 0) -> Job:
        same = f"{name}:{run_id}" if run_id else name
        made = self.app.configure_task(name, lock=lock or _LOCK[name], queueing_lock=same, priority=PRIORITY.get(name, priority))
        return made.make_new_job(**({"run_id": run_id} if run_id else {}))


def _parts(things: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(things), AT_ONCE):
        yield things[first : first + AT_ONCE]


def _place_of(run: Run) -> Mapping[str, Any]:
    """Where a run is lined up."""
    return {"lock": lane_of(run.event), "priority": DECIDED if run.goes_on else 0}


_ALIVE = "SELECT count(*) AS alive FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %(seconds)s)"
_WAITING = "SELECT count(*) AS waiting FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name = ANY(%(tasks)s)"
_LINED_UP = "SELECT args->>'run_id' AS run_id FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name = ANY(%(tasks)s)"


@asynccontextmanager
async def open_jobs(address: URL, service: Nextplay, wall: Clock) -> AsyncIterator[Jobs]:
    """The jobs, with their tables made if need be. The service wakes workers by them from now on. `wall`: the time outside."""
    await _prepare(address)
    jobs = Jobs(address, service, wall)
    async with jobs.app.open_async():
        service.wake = jobs.wake
        telling = asyncio.create_task(jobs.tell())
        try:
            yield jobs
        finally:
            telling.cancel()
            await asyncio.wait({telling})


async def _prepare(address: URL) -> None:
    connecting = AsyncConnection.connect(told(address), autocommit=True, connect_timeout=CONNECT_S)
    async with await connecting as connection, alone(connection, PREPARING):
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        await connection.execute(f"SET search_path = {SCHEMA}")
        if not await _is_there(connection, "procrastinate_jobs"):
            async with connection.transaction():
                await connection.execute(App(connector=PsycopgConnector()).schema_manager.get_schema())
        if not await _is_there(connection, INDEX):  # to make it waits for whoever writes, and keeps others from it meanwhile
            await connection.execute(MAKE_INDEX)


async def _is_there(connection: AsyncConnection, name: str) -> bool:
    found = await (await connection.execute("SELECT to_regclass(%s)", (name,))).fetchone()
    return found is not None and found[0] is not None
