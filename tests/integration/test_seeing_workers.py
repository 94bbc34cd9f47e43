"""Whether anybody decides is known soon after it is so again: senders are sent away for no longer than that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from integrations import serving
from integrations.bootstrap import Workspace
from integrations.engines.jobs import Jobs
from tests.databases import ON_POSTGRES
from tests.integration.workplace import workplace

pytestmark = ON_POSTGRES
WITHIN_S = 30


@asynccontextmanager
async def watched(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Workspace, asyncio.Queue[int], asyncio.Event]]:
    """A server that looks after workers, with how many it saw each time, and what has the next look fail. While they live it would not look again."""
    seen, lost, count = asyncio.Queue[int](), asyncio.Event(), Jobs.workers

    async def counted(self: Jobs) -> int:
        if lost.is_set():
            lost.clear()
            raise OSError("the database is away")
        found = await count(self)
        seen.put_nowait(found)
        return found

    monkeypatch.setattr(serving, "LOOKS_EVERY_S", 600)
    monkeypatch.setattr(Jobs, "workers", counted)
    async with workplace(url, folder) as (workspace, _):
        watching = asyncio.create_task(serving._by_workers(workspace))
        try:
            async with asyncio.timeout(WITHIN_S):
                yield workspace, seen, lost
        finally:
            watching.cancel()
            await asyncio.wait({watching})


async def begin(workspace: Workspace) -> None:
    """A worker gives a sign of life, which does for as long as the test."""
    living = text("INSERT INTO nextplay_jobs.procrastinate_workers (last_heartbeat) VALUES (now() + interval '1 hour')")
    await workspace.database.write_core(lambda c: c.execute(living))


async def test_a_worker_that_begins_is_seen_soon(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(url, tmp_path, monkeypatch) as (workspace, seen, _):
        assert await seen.get() == 0
        assert not workspace.engine.alive
        await begin(workspace)
        while not await seen.get():
            pass
    assert workspace.engine.alive


async def test_so_are_those_that_live_when_the_database_is_back(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(url, tmp_path, monkeypatch) as (workspace, seen, lost):
        assert await seen.get() == 0
        await begin(workspace)
        lost.set()
        while not await seen.get():
            pass
    assert not lost.is_set()
    assert workspace.engine.alive


async def test_that_something_else_cannot_be_read_does_not_hide_them(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(url, tmp_path, monkeypatch) as (workspace, seen, _):
        assert await seen.get() == 0

        async def broken() -> None:
            raise OSError("the playbook cannot be read")

        object.__setattr__(workspace, "look_around", broken)
        await begin(workspace)
        while not await seen.get():
            pass
        await asyncio.sleep(0)
        assert workspace.engine.alive
