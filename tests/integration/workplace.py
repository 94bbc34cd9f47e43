"""A worker's place of work, and what is seen and done there by tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from procrastinate import JobContext
from procrastinate.jobs import Job
from sqlalchemy import text

from agent.arrivals import arrival_of
from integrations.bootstrap import Workspace, open_workspace
from integrations.engines.jobs import Jobs, open_jobs
from integrations.settings import Settings
from tests.chaos.stories import START
from tests.chaos.world import smoke, world

ACCOUNTS, TICKETS = 3, 4
WITHIN_S = 60


@asynccontextmanager
async def workplace(url: str, folder: Path) -> AsyncIterator[tuple[Workspace, Jobs]]:
    """A worker's workspace with its jobs, in the little world."""
    settings = Settings(database_url=url, audit_key_file=folder / "key", _env_file=None)
    async with open_workspace(settings, at=START) as workspace:
        assert workspace.database.address is not None
        async with open_jobs(workspace.database.address, workspace.service, workspace.wall) as jobs:
            yield workspace, jobs


async def work_off(*workers: Jobs) -> None:
    """Have them work until nothing is left."""
    async with asyncio.timeout(WITHIN_S):
        while await workers[0].waiting():
            await asyncio.gather(*(one.work(wait=False, concurrency=4, install_signal_handlers=False) for one in workers))


async def told(jobs: Jobs, count: int) -> None:
    """Wait until so many runs are lined up."""
    async with asyncio.timeout(WITHIN_S):
        while await jobs.waiting() < count:  # noqa: ASYNC110  they are counted in the database
            await asyncio.sleep(0.01)


async def first_job(jobs: Jobs, worker: int) -> Job:
    """What a worker would do next, once something is lined up before what came in."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            [found] = await jobs.app.connector.execute_query_all_async("SELECT max(priority) AS most FROM procrastinate_jobs WHERE status = 'todo'")
            if found["most"]:
                job = await jobs.app.job_manager.fetch_job(queues=None, worker_id=worker)
                assert job is not None
                return job
            await asyncio.sleep(0.01)


async def accepted(workspace: Workspace) -> int:
    """Events of every account are taken in."""
    await workspace.sandbox.apply(world(accounts=ACCOUNTS, tickets=TICKETS))
    events = smoke(range(ACCOUNTS), range(TICKETS))
    await workspace.service.accept([arrival_of(event) for event in events])
    return len(events)


async def lined_up(jobs: Jobs) -> set[tuple[str, str]]:
    """Which runs are, by what lock."""
    rows = await jobs.app.connector.execute_query_all_async("SELECT args->>'run_id' AS run, lock FROM procrastinate_jobs WHERE task_name = 'drive'")
    return {(row["run"], row["lock"]) for row in rows}


async def waits(jobs: Jobs, name: str) -> int:
    """How many jobs of a task wait."""
    [found] = await jobs.app.connector.execute_query_all_async("SELECT count(*) AS n FROM procrastinate_jobs WHERE task_name = %(name)s", name=name)
    return int(found["n"])


async def fetched(jobs: Jobs) -> Job:
    """The next job, in the hands of a worker of its own."""
    job = await jobs.app.job_manager.fetch_job(queues=None, worker_id=await jobs.app.job_manager.register_worker())
    assert job is not None
    return job


async def drive(jobs: Jobs, job: Job) -> None:
    """Do a job as a worker does, but for its end."""
    context = JobContext(app=jobs.app, job=job, start_timestamp=0, abort_reason=lambda: None)
    await jobs.app.tasks[job.task_name](context, **job.task_kwargs)


async def decided(workspace: Workspace) -> list[str]:
    """What was decided about, in the order in which it was."""
    return [row.subject_id for row in reversed(await workspace.service.decisions(limit=100))]


async def hearts_stopped(workspace: Workspace) -> None:
    """No worker has given a sign of life for a minute."""
    await workspace.database.write_core(
        lambda c: c.execute(text("UPDATE nextplay_jobs.procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))
    )


async def until(holds: Callable[[], Awaitable[Any]]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(WITHIN_S):
        while not await holds():  # noqa: ASYNC110  it is looked up in the database
            await asyncio.sleep(0.02)
