"""Workers that share a PostgreSQL: each run is driven once, one account's in turn, and whatever a worker leaves another takes over."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from psycopg import OperationalError
from sqlalchemy import Engine, create_engine, text

from agent.arrivals import arrival_of
from agent.domain.records import Run
from agent.identity import lane_of
from integrations.bootstrap import Workspace, open_workspace
from integrations.db.errors import AwayError, BusyError
from integrations.engines import settling, working
from integrations.engines.jobs import CLOCK, DECIDED, DELIVER, DRIVE, PLACE, TAKE_OVER, Jobs, open_jobs
from integrations.engines.turns import NotYetError, Turn
from integrations.settings import Settings
from tests.chaos.stories import START
from tests.chaos.world import smoke, world
from tests.databases import ON_POSTGRES
from tests.unit.db.build import message

pytestmark = ON_POSTGRES
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
    await jobs._drive(context, str(job.task_kwargs["run_id"]))


async def decided(workspace: Workspace) -> list[str]:
    """What was decided about, in the order in which it was."""
    return [row.subject_id for row in reversed(await workspace.service.decisions(limit=100))]


async def hearts_stopped(workspace: Workspace) -> None:
    """No worker has given a sign of life for a minute."""
    await workspace.database.write_core(
        lambda c: c.execute(text("UPDATE nextplay_jobs.procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))
    )


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


async def test_an_event_that_names_its_account_is_lined_up_behind_that_accounts_others(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        events = smoke(range(2), range(3))
        await workspace.service.accept([arrival_of(replace(event, account=f"acc_{event.subject_id[6]}")) for event in events])
        await told(jobs, len(events))
        assert [lock for _, lock in sorted(await lined_up(jobs))].count("acc_0") == 3
        worker = await jobs.app.job_manager.register_worker()
        taken = [await jobs.app.job_manager.fetch_job(queues=None, worker_id=worker) for _ in range(3)]
        assert [job and job.lock for job in taken] == ["acc_0", "acc_1", None] or [job and job.lock for job in taken] == ["acc_1", "acc_0", None]


async def test_what_is_told_together_is_lined_up_in_the_order_in_which_it_happened(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        workspace.service.wake = lambda _run_id: None
        events = smoke([0], range(8))
        await workspace.service.accept([arrival_of(replace(one, occurred_at=START - timedelta(minutes=n))) for n, one in enumerate(events)])
        await jobs._line_up(await workspace.service.due())
        rows = await jobs.app.connector.execute_query_all_async("SELECT lock FROM procrastinate_jobs ORDER BY id")
        assert [row["lock"] for row in rows] == [lane_of(one) for one in reversed(events)]


async def test_one_that_turns_out_to_be_an_accounts_has_its_lane_while_it_is_driven(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        await workspace.sandbox.apply(world(accounts=1, tickets=2))
        first, second = smoke([0], [0, 1])
        await workspace.service.accept([arrival_of(first)])
        await told(jobs, 1)
        begun = await fetched(jobs)
        assert begun.lock == lane_of(first) != "acc_0"
        await drive(jobs, begun)
        assert await decided(workspace) == [first.subject_id]
        assert await lined_up(jobs) == {(begun.task_kwargs["run_id"], "acc_0")}

        await workspace.service.accept([arrival_of(replace(second, account="acc_0"))])
        await told(jobs, 2)
        await jobs.app.connector.execute_query_async("DELETE FROM procrastinate_jobs WHERE task_name = 'deliver'")
        worker = await jobs.app.job_manager.register_worker()
        assert await jobs.app.job_manager.fetch_job(queues=None, worker_id=worker) is None, "the lane is taken"


async def test_one_that_turns_out_to_be_an_accounts_goes_back_to_its_place_among_that_accounts(url: str, tmp_path: Path) -> None:
    """Before those that were lined up after it, though they are known to be the account's from the start."""
    async with workplace(url, tmp_path) as (workspace, jobs):
        await workspace.sandbox.apply(world(accounts=1, tickets=3))
        told_apart, *named = smoke([0], range(3))
        for event in (told_apart, *(replace(one, account="acc_0") for one in named)):
            await workspace.service.accept([arrival_of(event)])
            await told(jobs, len(await workspace.service.due()))
        begun, under_way = await fetched(jobs), await fetched(jobs)
        assert (begun.lock, under_way.lock) == (lane_of(told_apart), "acc_0")
        with pytest.raises(NotYetError) as later:
            await drive(jobs, begun)
        assert await decided(workspace) == []
        retry = jobs.app.tasks[DRIVE].get_retry_exception(exception=later.value, job=begun)
        assert retry is not None
        decision = retry.retry_decision
        await jobs.app.job_manager.retry_job(begun, decision.retry_at, decision.priority, decision.queue, decision.lock)

        await drive(jobs, under_way)
        await jobs.app.job_manager.finish_job(under_way, Status.SUCCEEDED, True)
        await jobs.app.connector.execute_query_async("DELETE FROM procrastinate_jobs WHERE task_name = 'deliver'")
        after = await fetched(jobs)
        assert (after.id, after.lock) == (begun.id, "acc_0")
        await drive(jobs, after)
        assert await decided(workspace) == [named[0].subject_id, told_apart.subject_id]


async def test_one_that_failed_is_tried_again_later_on_its_lane(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        await told(jobs, await accepted(workspace))
        retry = jobs.app.tasks[DRIVE].get_retry_exception(exception=AwayError(), job=await fetched(jobs))
        assert retry is not None
        assert (retry.retry_decision.lock, retry.retry_decision.retry_at is None) == (None, False)


async def test_a_lane_is_not_taken_for_a_job_that_another_worker_has_taken_over(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        await told(jobs, await accepted(workspace))
        begun = await fetched(jobs)
        await hearts_stopped(workspace)
        await jobs._take_over(0)
        again = await jobs.app.job_manager.fetch_job(queues=None, worker_id=await jobs.app.job_manager.register_worker())
        while again is not None and again.id != begun.id:
            again = await jobs.app.job_manager.fetch_job(queues=None, worker_id=await jobs.app.job_manager.register_worker())
        assert again is not None
        assert not await Turn(jobs.app.connector, begun).has_come("acc_0")
        assert await Turn(jobs.app.connector, again).has_come("acc_0")


async def test_whoever_goes_first_on_the_lane_does_not_wait_for_younger_ones(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (workspace, jobs):
        await workspace.sandbox.apply(world(accounts=1, tickets=2))
        told_apart, named = smoke([0], range(2))
        for event in (told_apart, replace(named, account="acc_0")):
            await workspace.service.accept([arrival_of(event)])
            await told(jobs, len(await workspace.service.due()))
        await drive(jobs, await fetched(jobs))
        assert await decided(workspace) == [told_apart.subject_id]


async def test_workers_look_for_the_next_of_an_account_as_soon_as_one_has_ended(url: str, tmp_path: Path) -> None:
    """Nothing is lined up then, and to look every few seconds would take the account's others minutes. Here it does not look again by itself."""
    async with workplace(url, tmp_path) as (workspace, jobs):
        events = [replace(one, type="ticket.looked_at", account="acc_0") for one in smoke([0], range(10))]
        await workspace.service.accept([arrival_of(event) for event in events])
        await told(jobs, len(events))
        worker = asyncio.create_task(jobs.work(concurrency=4, listen_notify=False, fetch_job_polling_interval=3600, install_signal_handlers=False))

        async def all_done() -> bool:
            return await workspace.service.due() == []

        try:
            await until(all_done)
        finally:
            worker.cancel()
            await asyncio.wait({worker})


async def test_what_an_older_version_lined_up_is_driven(url: str, tmp_path: Path) -> None:
    """Another host may not have been upgraded yet."""
    async with workplace(url, tmp_path) as (workspace, jobs):
        workspace.service.wake = lambda _run_id: None
        count = await accepted(workspace)
        for run in await workspace.service.due():
            await jobs.app.configure_task(PLACE, queueing_lock=f"{PLACE}:{run.id}").defer_async(run_id=run.id)
        assert await jobs.waiting() == count
        await work_off(jobs)
        assert len(await decided(workspace)) == count


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


async def until(holds: Callable[[], Awaitable[Any]]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(WITHIN_S):
        while not await holds():  # noqa: ASYNC110  it is looked up in the database
            await asyncio.sleep(0.02)


async def test_workers_are_counted_as_long_as_their_heart_beats(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (_, jobs):
        assert await jobs.workers() == 0
        worker = await jobs.app.job_manager.register_worker()
        assert await jobs.workers() == 1
        await jobs.app.job_manager.unregister_worker(worker)
        assert await jobs.workers() == 0
