"""The HTTP doors of an open workspace: what `nextplay serve`, the demo and the tests start."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime

from fastapi import APIRouter

from integrations.bootstrap import Workspace
from integrations.console.door import open_console
from integrations.console.working import Works
from integrations.db.heading import read_old_heads
from integrations.doors import Doors
from integrations.search.along import keep_embedded
from integrations.settings import Settings
from integrations.slack.route import router

STOPS_WITHIN_S = 10
"""How long the drives of the engine may take to end. What they leave is due again at the next start."""


def doors_of(workspace: Workspace, settings: Settings | None = None, *, with_engine: bool = True) -> Doors:
    """The doors of a workspace. Signatures and tokens go by the wall clock, whatever day it is in the sandbox."""

    async def database_answers() -> bool:
        await workspace.store.holds()
        return True

    async def engine_runs() -> bool:
        return workspace.engine.alive or not with_engine

    works = Works()
    return Doors(
        settings=settings or workspace.settings, service=workspace.service, tokens=workspace.store, clock=lambda: datetime.now(UTC),
        new_id=lambda: secrets.token_hex(8), checks={"database": database_answers, "engine": engine_runs},
        running=_with(works, _engine(workspace) if with_engine else nullcontext),
        routers=_slack(workspace),
        opening=lambda app: open_console(app, workspace, settings or workspace.settings, lambda: datetime.now(UTC), works),
    )  # fmt: skip


def _slack(workspace: Workspace) -> list[APIRouter]:
    """Slack's address, in HTTP mode."""
    secret = workspace.settings.slack_signing_secret
    if workspace.slack is None or workspace.settings.slack_mode != "http" or secret is None:
        return []
    return [router(workspace.slack.app, secret.get_secret_value())]


def _engine(workspace: Workspace) -> Callable[[], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        tasks = {asyncio.create_task(workspace.engine.run()), *_following(workspace)}
        try:
            async with workspace.slack.running() if workspace.slack else nullcontext():
                yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=STOPS_WITHIN_S)

    return running


def _following(workspace: Workspace) -> Iterator["asyncio.Task[None]"]:
    """What keeps the index of articles whole, has old decisions indexed, and keeps the copies of vendors' records young."""
    yield asyncio.create_task(keep_embedded(workspace.index))
    yield asyncio.create_task(read_old_heads(workspace.store))
    if workspace.systems.connectors:
        from integrations.synced import keep_synced

        yield asyncio.create_task(keep_synced(workspace))


def _with(works: Works, serving: Callable[[], AbstractAsyncContextManager[None]]) -> Callable[[], AbstractAsyncContextManager[None]]:
    """What pages have begun ends before what it works with does."""

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with serving():
            try:
                yield
            finally:
                await works.stop()

    return running
