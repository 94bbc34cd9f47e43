"""The jobs of a deployment on PostgreSQL: what is to be done is told to whichever worker is free, and one account's runs go one after the other.

A job holds nothing but the id of a run: the runs table is the truth. A job that is lost only delays, for the sweep tells of whatever is due. And
one that comes twice changes nothing, for `drive` goes on from where a run stands.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Unpack

import structlog
from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.app import WorkerOptions
from procrastinate.exceptions import AlreadyEnqueued
from psycopg import AsyncConnection
from sqlalchemy import URL

from agent.domain.records import Run
from agent.service import Nextplay
from integrations.db.errors import AwayError
from integrations.db.pooling import EvenPool
from integrations.db.postgres import CONNECT_S, NOT_DEAD, told
from integrations.db.preparing import alone
from integrations.engines.punctual import Clock, PunctualWorker
from integrations.engines.settling import SettlingJobs

log = structlog.get_logger()

SCHEMA = "nextplay_jobs"
PREPARING = 0x6A_6F_62_73
"""The advisory lock of whoever makes the tables: "jobs" in ASCII."""

EVERY_15_S, EVERY_5_S = "* * * * * */15", "* * * * * */5"
STALLED_S = 10.0
"""A worker that has not been heard of for so long is dead: another takes its jobs over. The heart beats every two seconds."""

PLACE, DRIVE, CLOCK, DELIVER, TAKE_OVER = "place", "drive", "clock", "deliver", "take over"
PRIORITY = {TAKE_OVER: 30, CLOCK: 20, DELIVER: 10}
"""What must not wait until all that has come in is worked off: a dead worker's job, time, and what people are to be told."""

DECIDED = 5
"""The same for a run that something was decided about: people have answered what was asked, say. One that is held up goes behind again."""

_AGAIN = RetryStrategy(max_attempts=5, exponential_wait=2)
"""For what `drive` itself does not count: the database was away, say. After that the sweep tells of it again."""


class Jobs:
    """Tells workers what to do; in a worker, also does it. `app` is open as long as the context of `open_jobs`."""

    def __init__(self, address: URL, service: Nextplay, wall: Clock) -> None:
        options = f"-c search_path={SCHEMA}"
        connector = PsycopgConnector(
            conninfo=told(address),
            pool_factory=EvenPool,
            kwargs={"options": options, "connect_timeout": CONNECT_S, "application_name": "nextplay-jobs", **NOT_DEAD},
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
                await self._place(woken, ahead=await self._service.going_on(woken))
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
        """How many runs are to be placed or driven, or are at the moment."""
        rows = await self.app.connector.execute_query_all_async(_WAITING, tasks=[PLACE, DRIVE])
        return int(rows[0]["waiting"])

    def _declare(self) -> None:
        periodic, task = self.app.periodic, self.app.task
        task(name=PLACE, retry=_AGAIN)(self._place_one)
        task(name=DRIVE, retry=_AGAIN)(self._drive)
        task(name=DELIVER, queueing_lock=DELIVER, lock=DELIVER, priority=PRIORITY[DELIVER])(self._deliver)
        periodic(cron=EVERY_15_S)(task(name=CLOCK, queueing_lock=CLOCK, lock=CLOCK, priority=PRIORITY[CLOCK])(self._clock))
        periodic(cron=EVERY_5_S)(task(name=TAKE_OVER, queueing_lock=TAKE_OVER, priority=PRIORITY[TAKE_OVER])(self._take_over))

    async def _place_one(self, run_id: str) -> None:
        """Ask whom a run is about, and line it up behind the others of that account."""
        run = await self._service.run(run_id)
        await self._defer(DRIVE, run_id, lock=await self._lane_of(run), priority=DECIDED if run.goes_on else 0)

    async def _lane_of(self, run: Run) -> str:
        try:
            return (await self._service.place(run)).lane
        except AwayError:
            raise
        except Exception:  # noqa: BLE001  `drive` meets the same again, and deals with it
            return f"unplaced:{run.event.subject_kind}:{run.event.subject_id}"

    async def _drive(self, run_id: str) -> None:
        await self._service.drive(run_id)
        await self._defer(DELIVER)

    async def _deliver(self) -> None:
        await self._service.deliver()

    async def _clock(self, timestamp: int) -> None:  # noqa: ARG002  Procrastinate says for which moment it was
        """Let time pass, then tell of whatever is due and not told of yet. Of a backlog that is, most has been told of: to ask again whom each is
        about would take as long as to work it off.
        """
        await self._service.tick()
        known = await self._lined_up()
        due = [run for run in await self._service.due() if run.id not in known]
        await self._place([run.id for run in due], ahead={run.id for run in due if run.goes_on})
        await self._defer(DELIVER)

    async def _take_over(self, timestamp: int) -> None:  # noqa: ARG002
        """Have the jobs of dead workers done by others."""
        for job in await self.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
            log.warning("a worker died", job=job.task_name, run_id=job.task_kwargs.get("run_id"))
            await self.app.job_manager.retry_job(job)

    async def _lined_up(self) -> set[str]:
        """The runs that wait to be placed or driven, or are at the moment."""
        rows = await self.app.connector.execute_query_all_async(_LINED_UP, tasks=[PLACE, DRIVE])
        return {row["run_id"] for row in rows}

    async def _place(self, run_ids: Iterable[str], *, ahead: Collection[str] = ()) -> None:
        for run_id in run_ids:
            await self._defer(PLACE, run_id, priority=DECIDED if run_id in ahead else 0)

    async def _defer(self, name: str, run_id: str | None = None, *, lock: str | None = None, priority: int = 0) -> None:
        """Line a job up, unless the same waits already."""
        same = f"{name}:{run_id}" if run_id else name
        given = {"run_id": run_id} if run_id else {}
        try:
            await self.app.configure_task(
                name, lock=lock or (name if name in (DELIVER, CLOCK) else None), queueing_lock=same, priority=PRIORITY.get(name, priority)
            ).defer_async(**given)
        except AlreadyEnqueued:
            return


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
        found = await (await connection.execute("SELECT to_regclass('procrastinate_jobs')")).fetchone()
        if found is None or found[0] is None:
            async with connection.transaction():
                await connection.execute(App(connector=PsycopgConnector()).schema_manager.get_schema())
