"""Whose turn it is: runs of one account go one after the other, in their order, also where nobody knew at first that they are that account's."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status

from agent.arrivals import arrival_of
from agent.identity import lane_of
from integrations.db.errors import AwayError
from integrations.engines.jobs import DECIDED, DRIVE, Jobs
from integrations.engines.turns import NotYetError, Turn
from tests.chaos.stories import START
from tests.chaos.world import smoke, world
from tests.databases import ON_POSTGRES
from tests.integration.workplace import accepted, decided, drive, fetched, hearts_stopped, lined_up, told, until, workplace

pytestmark = ON_POSTGRES


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


async def lined_up_for(jobs: Jobs, lane: str, *, priority: int = 0) -> Job:
    """A job that nobody has begun with."""
    return await jobs.app.job_manager.defer_job_async(jobs._job(DRIVE, f"run_of_{lane}_{priority}", lock=lane, priority=priority))


@pytest.mark.parametrize(("mine", "others", "goes"), [(0, 0, True), (0, DECIDED, False), (DECIDED, 0, True)])
async def test_what_is_urgent_goes_first_on_a_lane_and_else_who_was_there_first(url: str, tmp_path: Path, mine: int, others: int, goes: bool) -> None:
    async with workplace(url, tmp_path) as (_, jobs):
        await lined_up_for(jobs, "guessed", priority=mine)
        begun = await fetched(jobs)
        await lined_up_for(jobs, "acc_0", priority=others)
        assert await Turn(jobs.app.connector, begun).has_come("acc_0") is goes


async def test_what_is_urgent_goes_before_what_was_there_first(url: str, tmp_path: Path) -> None:
    async with workplace(url, tmp_path) as (_, jobs):
        await lined_up_for(jobs, "acc_0")
        await lined_up_for(jobs, "guessed", priority=DECIDED)
        begun = await fetched(jobs)
        assert begun.lock == "guessed"
        assert await Turn(jobs.app.connector, begun).has_come("acc_0")


async def test_a_lane_that_another_takes_at_the_same_moment_is_not_ours(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with workplace(url, tmp_path) as (_, jobs):
        await lined_up_for(jobs, "guessed")
        turn = Turn(jobs.app.connector, await fetched(jobs))

        async def taken(*_said: Any, **_more: Any) -> Any:
            raise UniqueViolation(constraint_name="procrastinate_jobs_lock_idx_v1", queueing_lock=None)

        monkeypatch.setattr(jobs.app.connector, "execute_query_all_async", taken)
        assert not await turn.has_come("acc_0")
        with pytest.raises(NotYetError) as later:
            turn.check()
        assert later.value.lane == "acc_0"
