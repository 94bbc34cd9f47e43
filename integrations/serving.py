"""The HTTP doors of an open workspace: what `nextplay serve`, the demo and the tests start."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

import structlog
from fastapi import APIRouter

from integrations import scraping
from integrations.bootstrap import Workspace
from integrations.console.door import open_console
from integrations.console.working import Works
from integrations.db.heading import read_old_heads
from integrations.db.pulse import Pulse
from integrations.doors import Doors
from integrations.retaining.keeping import keep_purged
from integrations.search.along import keep_embedded
from integrations.settings import Settings
from integrations.slack.route import router

log = structlog.get_logger()

LOOKS_EVERY_S, LOOKS_AGAIN_S = 5.0, 1.0
"""How often it is looked whether workers live, while they do; and while none does, or nobody can tell."""

STOPS_WITHIN_S = 10
"""How long the drives of the engine may take to end. What they leave is due again at the next start."""


def doors_of(workspace: Workspace, settings: Settings | None = None, *, with_engine: bool = True, alone: bool = False) -> Doors:
    """The doors of a workspace. Signatures and tokens go by the time outside, whatever day it is in the sandbox. `alone`: there are no workers."""

    async def database_answers() -> bool:
        await workspace.database.answers()
        return True

    async def engine_runs() -> bool:
        return workspace.engine.alive or not with_engine

    works = Works()
    return Doors(
        settings=settings or workspace.settings, service=workspace.service, tokens=workspace.store, clock=workspace.wall,
        new_id=lambda: secrets.token_hex(8), checks={"database": database_answers, "engine": engine_runs},
        running=_with(works, _engine(workspace, alone=alone) if with_engine else nullcontext),
        waiting=workspace.store.undecided,
        routers=[*_slack(workspace), scraping.router((settings or workspace.settings).now, _pulse(workspace), lambda: workspace.engine.alive)],
        opening=lambda app: open_console(app, workspace, settings or workspace.settings, workspace.wall, works),
    )  # fmt: skip


def _pulse(workspace: Workspace) -> Callable[[], Awaitable[Pulse]]:
    return lambda: workspace.store.pulse(workspace.clock())


def _slack(workspace: Workspace) -> list[APIRouter]:
    """Slack's address, in HTTP mode."""
    if workspace.slack is None or workspace.settings.slack_mode != "http":
        return []

    def signing_secret() -> str:
        secret = workspace.settings.now().slack_signing_secret
        return secret.get_secret_value() if secret else ""

    return [router(workspace.slack.app, signing_secret, workspace.wall)]


def _engine(workspace: Workspace, *, alone: bool) -> Callable[[], AbstractAsyncContextManager[None]]:
    engine = _by_itself if alone or workspace.database.address is None else _by_workers

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        tasks = {asyncio.create_task(engine(workspace)), *_following(workspace)}
        try:
            async with workspace.slack.running() if workspace.slack else nullcontext():
                yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=STOPS_WITHIN_S)

    return running


async def _by_itself(workspace: Workspace) -> None:
    """Drive in this process whatever is due."""
    await workspace.engine.run()


async def _by_workers(workspace: Workspace) -> None:
    """Leave the driving to `nextplay worker`, and see whether any works."""
    from integrations.engines.jobs import open_jobs

    address = workspace.database.address
    assert address is not None, "workers share a database on a server"  # noqa: S101  the caller looked
    while True:
        try:
            async with open_jobs(address, workspace.service, workspace.wall) as jobs:
                while True:
                    workspace.engine.alive = await jobs.workers() > 0
                    await _look_around(workspace)
                    await asyncio.sleep(LOOKS_EVERY_S if workspace.engine.alive else LOOKS_AGAIN_S)
        except Exception as error:  # noqa: BLE001  the server is away, say: nobody is relied on until it is back
            log.warning("workers cannot be told", error=type(error).__name__)
        workspace.engine.alive = False
        await asyncio.sleep(LOOKS_AGAIN_S)


async def _look_around(workspace: Workspace) -> None:
    """For what may have changed around the service; at the next time where that cannot be read."""
    try:
        await workspace.look_around()
    except Exception as error:  # noqa: BLE001  the database is away, say
        log.warning("looking around failed", error=type(error).__name__)


def _following(workspace: Workspace) -> Iterator["asyncio.Task[None]"]:
    """What keeps the index of articles whole, has old decisions indexed, keeps copies young and nothing too long."""
    yield asyncio.create_task(keep_embedded(workspace.index))
    yield asyncio.create_task(read_old_heads(workspace.store))
    yield asyncio.create_task(keep_purged(workspace.database, workspace.settings, workspace.clock, asyncio.sleep))
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
