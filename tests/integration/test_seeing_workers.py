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
from tests.integration.test_jobs import workplace

pytestmark = ON_POSTGRES
WITHIN_S = 30


@asynccontextmanager
async def watched(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Workspace, asyncio.Queue[int]]]:
    """A server that looks after workers, with how many it saw each time. While they live it would not look again."""
    seen, count = asyncio.Queue[int](), Jobs.workers

    async def counted(self: Jobs) -> int:
        found = await count(self)
        seen.put_nowait(found)
        return found

    monkeypatch.setattr(serving, "LOOKS_EVERY_S", 600)
    monkeypatch.setattr(Jobs, "workers", counted)
    async with workplace(url, folder) as (workspace, _):
        watching = asyncio.create_task(serving._by_workers(workspace))
        try:
            async with asyncio.timeout(WITHIN_S):
                yield workspace, seen
        finally:
            watching.cancel()
            await asyncio.wait({watching})


async def begin(workspace: Workspace) -> None:
    """A worker gives its first sign of life."""
    await workspace.database.write_core(lambda c: c.execute(text("INSERT INTO nextplay_jobs.procrastinate_workers DEFAULT VALUES")))


async def test_a_worker_that_begins_is_seen_soon(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(url, tmp_path, monkeypatch) as (workspace, seen):
        assert await seen.get() == 0
        assert not workspace.engine.alive
        await begin(workspace)
        while not await seen.get():
            pass
    assert workspace.engine.alive


async def test_so_are_those_that_live_when_the_database_is_back(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(url, tmp_path, monkeypatch) as (workspace, seen):
        assert await seen.get() == 0
        before, failed = workspace.look_around, asyncio.Event()

        async def lost() -> None:
            if not failed.is_set():
                failed.set()
                raise OSError("the database is away")
            await before()

        object.__setattr__(workspace, "look_around", lost)
        await begin(workspace)
        await failed.wait()
        while not seen.empty():
            seen.get_nowait()
        assert await seen.get() == 1
    assert workspace.engine.alive
