"""A worker: takes jobs from PostgreSQL and does them, beside as many others as there are, on this host or elsewhere."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator

import structlog

from integrations.engines.jobs import STALLED_S, Jobs

log = structlog.get_logger()

HEARTBEAT_S = 2.0
POLLS_EVERY_S = 5.0
"""Only if a notification is lost."""

LOOKS_EVERY_S = 15.0
ENDS_WITHIN_S = 20.0
"""What is not done by then is handed back: another worker goes on with it."""

AGAIN_AFTER_S = 1.0
"""A worker whose connections failed takes up its work again after so long, under a new name; what the old one had begun is taken over."""


async def work(jobs: Jobs, *, concurrency: int, look_around: Callable[[], Awaitable[object]]) -> None:
    """Work until SIGTERM or SIGINT, then finish what was begun or hand it back. `look_around`: for what may have changed around the service.

    Procrastinate's worker ends when its heart cannot beat, so when the database is away for a moment: this one begins anew.
    """
    with _asked_to_end() as ending:
        looking, waiting = asyncio.create_task(_look(look_around)), asyncio.create_task(ending.wait())
        try:
            while not ending.is_set():
                await _work_until(waiting, jobs, concurrency)
                await asyncio.wait({waiting}, timeout=AGAIN_AFTER_S)
        finally:
            for task in (looking, waiting):
                task.cancel()
            await asyncio.wait({looking, waiting})


async def _work_until(asked: "asyncio.Task[bool]", jobs: Jobs, concurrency: int) -> None:
    working = asyncio.create_task(jobs.work(
        concurrency=concurrency, fetch_job_polling_interval=POLLS_EVERY_S, shutdown_graceful_timeout=ENDS_WITHIN_S,
        update_heartbeat_interval=HEARTBEAT_S, stalled_worker_timeout=STALLED_S, delete_jobs="always", install_signal_handlers=False,
    ))  # fmt: skip
    try:
        await asyncio.wait({working, asked}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        working.cancel()
        await asyncio.wait({working})
    if not asked.done():
        error = None if working.cancelled() else working.exception()
        log.warning("the worker lost its connections, and begins anew", error=type(error).__name__ if error else None)


@contextlib.contextmanager
def _asked_to_end() -> Iterator[asyncio.Event]:
    """Set by SIGTERM and SIGINT meanwhile."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    wishes = (signal.SIGTERM, signal.SIGINT)
    for wish in wishes:
        loop.add_signal_handler(wish, asked.set)
    try:
        yield asked
    finally:
        for wish in wishes:
            loop.remove_signal_handler(wish)


async def _look(look_around: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await look_around()
        except Exception:
            log.exception("looking around failed")
        await asyncio.sleep(LOOKS_EVERY_S)
