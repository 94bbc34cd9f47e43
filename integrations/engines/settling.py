"""What became of a job is told to the database until that has heard it.

A worker that lives and could not say that a job has ended would keep it for ever: nobody takes over what a living worker does, and the other jobs of
the account wait behind it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from procrastinate.connector import BaseConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from psycopg import OperationalError

from integrations.engines.fetching import InOrder
from integrations.engines.punctual import Clock, by

log = structlog.get_logger()

TOLD_WITHIN_S = 60.0
"""Longer than a worker's heart may stand still: after that it is given up as a whole, and its jobs are taken over."""

AGAIN_AFTER_S = 0.5


class SettlingJobs(InOrder):
    """Says again what could not be said because the database was away. `wall`: by which jobs are tried again."""

    def __init__(self, connector: BaseConnector, wall: Clock) -> None:
        super().__init__(connector)
        self._wall = wall

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """The job has ended. That it is not there any more, at a second try, means that the first was heard."""
        await self._until_heard(lambda: super(SettlingJobs, self).finish_job(job, status, delete_job))

    async def retry_job(
        self, job: Job, retry_at: datetime | None = None, priority: int | None = None, queue: str | None = None, lock: str | None = None
    ) -> None:
        """The job is to be done again. Where the sweep has lined the same up meanwhile, that waits for nothing but the lock of this one."""
        at = by(self._wall, retry_at)
        try:
            await self._until_heard(lambda: super(SettlingJobs, self).retry_job(job, at, priority, queue, lock))
        except UniqueViolation:
            await self.finish_job(job, Status.FAILED, delete_job=True)

    async def _until_heard(self, say: Callable[[], Awaitable[None]]) -> None:
        until, tries = time.monotonic() + TOLD_WITHIN_S, 0
        while True:
            try:
                await say()
            except UniqueViolation:
                raise
            except ConnectorException as error:
                away = isinstance(error.__cause__, OperationalError)
                if not away and tries:
                    return
                if not away or time.monotonic() > until:
                    raise
            else:
                return
            tries += 1
            await asyncio.sleep(AGAIN_AFTER_S)
