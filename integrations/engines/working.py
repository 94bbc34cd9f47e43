"""A worker: takes jobs from PostgreSQL and does them, beside as many others as there are, on this host or elsewhere."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from integrations.engines.jobs import STALLED_S, Jobs

log = structlog.get_logger()

HEARTBEAT_S = 2.0
POLLS_EVERY_S = 5.0
"""Only if a notification is lost."""

LOOKS_EVERY_S = 15.0
ENDS_WITHIN_S = 20.0
"""What is not done by then is handed back: another worker goes on with it."""


async def work(jobs: Jobs, *, concurrency: int, look_around: Callable[[], Awaitable[object]]) -> None:
    """Work until SIGTERM or SIGINT, then finish what was begun or hand it back. `look_around`: for what may have changed around the service."""
    looking = asyncio.create_task(_look(look_around))
    try:
        await jobs.app.run_worker_async(
            concurrency=concurrency, fetch_job_polling_interval=POLLS_EVERY_S, shutdown_graceful_timeout=ENDS_WITHIN_S,
            update_heartbeat_interval=HEARTBEAT_S, stalled_worker_timeout=STALLED_S, delete_jobs="always",
        )  # fmt: skip
    finally:
        looking.cancel()
        await asyncio.wait({looking})


async def _look(look_around: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await look_around()
        except Exception:
            log.exception("looking around failed")
        await asyncio.sleep(LOOKS_EVERY_S)
