"""Workers that share a PostgreSQL: each run is driven once, one account's in turn, and whatever a worker leaves another takes over."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from psycopg import OperationalError
from sqlalchemy import Engine, create_engine, text

from agent.arrivals import arrival_of
from agent.domain.records import Run
from integrations.bootstrap import Workspace
from integrations.db.errors import AwayError, BusyError
from integrations.engines import settling, working
from integrations.engines.jobs import CLOCK, DECIDED, DELIVER, DRIVE, PLACE, TAKE_OVER
from tests.chaos.world import smoke, world
from tests.databases import ON_POSTGRES
from tests.integration.workplace import (
    WITHIN_S,
    accepted,
    decided,
    drive,
    fetched,
    first_job,
    hearts_stopped,
    told,
    until,
    waits,
    work_off,
    workplace,
)
from tests.unit.db.build import message

pytestmark = ON_POSTGRES


async def test_two_workers_decide_about_everything_once(url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as open_:
        (first, one), (_, other) = [await open_.enter_async_context(workplace(url, tmp_path)) for _ in range(2)]
        count = await accepted(first)
        await told(one, count)
        await work_off(one, other)

        about = await decided(first)
        assert len(about) == len(set(about)) == count
        effects = [effect["marker"] for effect in await first.sandbox.effects.log()]
        assert len(effects) == len(set(effects)) > 0
        assert await first.service.due() == []


async def test_what_is_told_again_waits_once(url: str, tmp_path: Path) -> None:
    """Also where some of what is told together waits already, and some does not."""
    async with workplace(url, tmp_path) as (workspace, jobs):
        workspace.service.wake = lambda _run_id: None
        count = await accepted(workspace)
        due = await workspace.service.due()
        for some in (due[: count // 2], due, due):
            await jobs._line_up(some)
        assert await jobs.waiting() == count


async def test_what_was_decided_about_goes_before_what_came_in(url: str, tmp_path: Path) -> None:
    """People have answered, say: what they approved would wait for as long as all that came in takes."""
    async with workplace(url, tmp_path) as (workspace, jobs):
        await told(jobs, await accepted(workspace))
        *_, latest = await workspace.service.due()
        await workspace.database.write_core(
            lambda c: c.execute(text("UPDATE runs SET state = 'acting', decision_id = 'dec_x' WHERE id = :id"), {"id": latest.id})
        )
        await jobs.app.connector.execute_query_async("DELETE FROM procrastinate_jobs WHERE args->>'run_id' = %(run_id)s", run_id=latest.id)
        jobs.wake(latest.id)
        worker = await jobs.app.job_manager.register_worker()
        job = await first_job(jobs, worker)
        assert (job.task_name, job.task_kwargs, job.priority) == (DRIVE, {"run_id": latest.id}, DECIDED)


async def test_the_sweep_tells_of_nothing_that_waits_to_be_driven(url: str, tmp_path: Path) -> None:
    """Of a long backlog it would line up all of it every fifteen seconds."""
    async with workplace(url, tmp_path) as (workspace, jobs):
        count = await accepted(workspace)
        await told(jobs, count)
        await fetched(jobs)  # also of what is being done, and might wait a second time
        await jobs._clock(0)
        assert await jobs.waiting() == count


async def test_what_an_older_version_lined_up_is_driven(url: str, tmp_path: Path) -> None:
    """Another host may not have been upgraded yet."""
    async with workplace(url, tmp_path) as (workspace, jobs):
        workspace.service.wake = lambda _run_id: None
        await accepted(workspace)
        oldest, *_ = await workspace.service.due()
        await jobs.app.configure_task(PLACE, queueing_lock=f"{PLACE}:{oldest.id}").defer_async(run_id=oldest.id)
        assert await jobs.waiting() == 1
        begun = await fetched(jobs)
        assert (begun.task_name, begun.lock) == (PLACE, None)
        await drive(jobs, begun)
        assert await decided(workspace) == [oldest.event.subject_id]


async def test_that_jobs_cannot_be_reached_is_no_failure_of_a_run(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        await told(jobs, await accepted(workspace))
        begun = await jobs.app.job_manager.fetch_job(queues=None, worker_id=await jobs.app.job_manager.register_worker())
        assert begun is not None

        async def away(*_said: Any, **_more: Any) -> list[dict[str, Any]]:
            raise ConnectorException from OperationalError("the connection was closed")

        with monkeypatch.context() as patched:
            patched.setattr(jobs.app.connector, "execute_query_all_async", away)
            with pytest.raises(AwayError):
                await drive(jobs, begun)
        run = await workspace.service.run(str(begun.task_kwargs["run_id"]))
        assert (run.state, run.attempts, run.error) == ("new", 0, None)


async def test_messages_are_lined_up_only_where_there_are_any(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        await workspace.sandbox.apply(world(accounts=1))
        [event] = smoke([0])
        await workspace.service.accept([arrival_of(replace(event, type="ticket.looked_at"))])
        await told(jobs, 1)
        begun = await jobs.app.job_manager.fetch_job(queues=None, worker_id=await jobs.app.job_manager.register_worker())
        assert begun is not None
        await drive(jobs, begun)
        assert (await workspace.service.run(str(begun.task_kwargs["run_id"]))).state == "closed"
        assert await waits(jobs, DELIVER) == 0
        await workspace.store.add_messages([message(1)])
        await drive(jobs, begun)
        assert await waits(jobs, DELIVER) == 1


async def test_who_tells_workers_outlives_whatever_goes_wrong(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        runs, failed = workspace.service.runs, asyncio.Event()

        async def busy(run_ids: Any) -> list[Run]:
            if not failed.is_set():
                failed.set()
                raise BusyError("the database is busy")
            return await runs(run_ids)

        monkeypatch.setattr(workspace.service, "runs", busy)
        jobs.wake("run_of_nothing")
        await failed.wait()
        await told(jobs, await accepted(workspace))


async def test_what_nobody_was_told_of_is_found_by_the_sweep(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        workspace.service.wake = lambda _run_id: None
        count = await accepted(workspace)
        assert await jobs.waiting() == 0
        await jobs.app.configure_task(CLOCK).defer_async(timestamp=0)
        await jobs.work(wait=False, concurrency=4, install_signal_handlers=False)
        await work_off(jobs)
        assert len(await decided(workspace)) == count


async def test_the_jobs_of_a_dead_worker_are_done_by_another(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        count = await accepted(workspace)
        await told(jobs, count)
        dead = await jobs.app.job_manager.register_worker()
        begun = await jobs.app.job_manager.fetch_job(queues=None, worker_id=dead)
        assert begun is not None
        assert begun.task_name == DRIVE
        assert begun.id is not None
        await jobs._take_over(0)
        assert await jobs.app.job_manager.get_job_status_async(begun.id) is Status.DOING, "its heart beat a moment ago"

        await hearts_stopped(workspace)
        await jobs._take_over(0)
        assert await jobs.app.job_manager.get_job_status_async(begun.id) is Status.TODO
        await work_off(jobs)
        assert len(await decided(workspace)) == count


@pytest.mark.parametrize("away", [timedelta(hours=8), timedelta(hours=-8)])
async def test_a_dead_workers_jobs_are_due_at_once_whatever_the_clock_of_whoever_takes_them_over(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, away: timedelta
) -> None:
    monkeypatch.setattr("procrastinate.utils.utcnow", lambda: datetime.now(UTC) + away)
    async with workplace(url, tmp_path) as (workspace, jobs):
        await told(jobs, await accepted(workspace))
        begun = await jobs.app.job_manager.fetch_job(queues=None, worker_id=await jobs.app.job_manager.register_worker())
        assert begun is not None
        await hearts_stopped(workspace)
        await jobs._take_over(0)
        due = "SELECT scheduled_at < now() + interval '1 minute' AS due FROM procrastinate_jobs WHERE id = %(id)s AND status = 'todo'"
        assert await jobs.app.connector.execute_query_all_async(due, id=begun.id) == [{"due": True}]


async def test_what_the_sweep_lined_up_again_does_not_wait_for_a_dead_worker(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        count = await accepted(workspace)
        await told(jobs, count)
        begun = await jobs.app.job_manager.fetch_job(queues=None, worker_id=await jobs.app.job_manager.register_worker())
        assert begun is not None
        await jobs._line_up(await workspace.service.runs([str(begun.task_kwargs["run_id"])]))
        await hearts_stopped(workspace)
        await jobs._take_over(0)
        assert await jobs.waiting() == count
        await work_off(jobs)
        assert len(await decided(workspace)) == count


async def test_a_worker_outlives_its_connections(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "AGAIN_AFTER_S", 0.01)
    monkeypatch.setattr(working, "HEARTBEAT_S", 0.05)
    async with workplace(url, tmp_path) as (workspace, jobs):
        worker = asyncio.create_task(working.work(jobs, concurrency=4, look_around=asyncio.Event().wait))
        try:
            await until(jobs.workers)
            [begun] = await jobs.app.connector.execute_query_all_async("SELECT max(id) AS id FROM procrastinate_workers")
            with closing(url) as engine:
                async with held(engine, "nextplay_jobs.procrastinate_workers"):
                    await until(lambda: cut(engine, "update_heartbeat"))
            again = "SELECT id FROM procrastinate_workers WHERE id > %(id)s"
            await until(lambda: jobs.app.connector.execute_query_all_async(again, **begun))
            count = await accepted(workspace)
            await until(lambda: all_decided(workspace, count))
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(worker, WITHIN_S)


async def test_that_a_job_has_ended_is_said_until_it_is_heard(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "AGAIN_AFTER_S", 0.01)
    async with workplace(url, tmp_path) as (workspace, jobs):
        await told(jobs, await accepted(workspace))
        begun = await jobs.app.job_manager.fetch_job(queues=None, worker_id=await jobs.app.job_manager.register_worker())
        assert begun is not None
        failing = iter([OperationalError("the connection was closed")] * 3)
        really = JobManager.finish_job

        async def finish(*said: Any) -> None:
            if error := next(failing, None):
                raise ConnectorException from error
            await really(*said)

        monkeypatch.setattr(JobManager, "finish_job", finish)
        await jobs.app.job_manager.finish_job(begun, Status.SUCCEEDED, True)
        assert next(failing, None) is None
        left = await jobs.app.connector.execute_query_all_async("SELECT id FROM procrastinate_jobs WHERE status = 'doing'")
        assert left == []


async def test_a_job_that_failed_while_the_same_was_lined_up_again_stays_in_nobodys_hands(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        count = await accepted(workspace)
        await told(jobs, count)
        begun = await jobs.app.job_manager.fetch_job(queues=None, worker_id=await jobs.app.job_manager.register_worker())
        assert begun is not None
        await jobs._line_up(await workspace.service.runs([str(begun.task_kwargs["run_id"])]))
        await jobs.app.job_manager.retry_job(begun)  # as the worker does whose database was away
        assert await jobs.app.connector.execute_query_all_async("SELECT id FROM procrastinate_jobs WHERE status = 'doing'") == []
        assert await jobs.waiting() == count


async def test_that_a_job_is_to_be_done_again_is_said_until_it_is_heard_though_the_same_was_lined_up_again(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "AGAIN_AFTER_S", 0.01)
    async with workplace(url, tmp_path) as (workspace, jobs):
        count = await accepted(workspace)
        await told(jobs, count)
        begun = await fetched(jobs)
        await jobs._line_up(await workspace.service.runs([str(begun.task_kwargs["run_id"])]))
        failing, really = iter([OperationalError("the connection was closed")]), JobManager.retry_job

        async def retry(*said: Any) -> None:
            if error := next(failing, None):
                raise ConnectorException from error
            await really(*said)

        monkeypatch.setattr(JobManager, "retry_job", retry)
        await jobs.app.job_manager.retry_job(begun)
        assert await jobs.app.connector.execute_query_all_async("SELECT id FROM procrastinate_jobs WHERE status = 'doing'") == []
        assert await jobs.waiting() == count


async def test_what_is_urgent_does_not_wait_behind_all_that_came_in(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        await told(jobs, await accepted(workspace))
        for name in (DELIVER, TAKE_OVER):
            await jobs.app.configure_task(name).defer_async(**({} if name == DELIVER else {"timestamp": 0}))
        worker = await jobs.app.job_manager.register_worker()
        taken = [await jobs.app.job_manager.fetch_job(queues=None, worker_id=worker) for _ in range(3)]
        assert [job.task_name for job in taken if job] == [TAKE_OVER, DELIVER, DRIVE]


@contextmanager
def closing(url: str) -> Iterator[Engine]:
    """Connections past everything that is tested."""
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@asynccontextmanager
async def held(engine: Engine, table: str) -> AsyncIterator[None]:
    """Nobody else gets at a table. It is waited for in a thread: whoever has it needs this loop to let go of it."""
    with engine.connect() as connection, connection.begin():
        await asyncio.to_thread(connection.execute, text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield


async def cut(engine: Engine, doing: str) -> bool:
    """Cut the connections of jobs that wait for a table in the middle of a statement; whether there was any."""
    those = "application_name = 'nextplay-jobs' AND wait_event_type = 'Lock' AND query LIKE :doing"
    statement = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {those}"
    with engine.connect() as connection:
        return bool(connection.execute(text(statement), {"doing": f"%{doing}%"}).all())


async def all_decided(workspace: Workspace, count: int) -> bool:
    return len(await decided(workspace)) == count


async def test_workers_are_counted_as_long_as_their_heart_beats(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (_, jobs):
        assert await jobs.workers() == 0
        worker = await jobs.app.job_manager.register_worker()
        assert await jobs.workers() == 1
        await jobs.app.job_manager.unregister_worker(worker)
        assert await jobs.workers() == 0
