"""What is to be done every so often is lined up, and tried again, by the deployment's clock.

Procrastinate itself goes by the clock of the host. A worker whose clock is ahead would put the jobs of a dead worker hours off, and their accounts'
others behind them; one whose clock is set back would line nothing up until it is as late again.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Unpack

import structlog
from procrastinate import App
from procrastinate.app import WorkerOptions
from procrastinate.exceptions import ConnectorException
from procrastinate.periodic import PeriodicDeferrer, PeriodicRegistry
from procrastinate.utils import utcnow

from integrations.engines.attentive import AttentiveWorker

log = structlog.get_logger()

Clock = Callable[[], datetime]

DUE_FOR = timedelta(minutes=1)
"""So long ago is due at once, also where the server's clock is not quite ours."""


class Punctual(PeriodicDeferrer):
    """Lines up the tasks of a registry when it is time. Several workers may: each moment is lined up once."""

    def __init__(self, registry: PeriodicRegistry, wall: Clock) -> None:
        super().__init__(registry)
        self._wall = wall

    async def worker(self) -> None:
        """Do so until cancelled. What cannot be lined up because the database is away is left to the next time."""
        while True:
            now = self._wall().timestamp()
            self._forget(now)
            try:
                await self.defer_jobs(self.get_previous_tasks(at=now))
            except ConnectorException as error:
                log.warning("what is to be done every so often could not be lined up", error=type(error).__name__)
            await asyncio.sleep(self.get_next_tick(at=now))

    def _forget(self, now: float) -> None:
        """Moments that lie ahead, since the clock was followed back, and those too long ago to be made up for."""
        self.last_defers = {task: moment for task, moment in self.last_defers.items() if now - self.max_delay <= moment <= now}


class PunctualWorker(AttentiveWorker):
    """A worker that lines up by the deployment's clock. Its heart is looked after only as long as it lines something up (Procrastinate 3.10)."""

    def __init__(self, app: App, wall: Clock, **options: Unpack[WorkerOptions]) -> None:
        super().__init__(app, **options)
        self._wall = wall

    async def _periodic_deferrer(self) -> None:
        await Punctual(self.app.periodic_registry, self._wall).worker()


def by(wall: Clock, retry_at: datetime | None) -> datetime:
    """The same moment by the deployment's clock as Procrastinate reckoned by this host's. Where it reckoned none it is due by every clock."""
    return wall() + max(retry_at - utcnow(), timedelta()) if retry_at else wall() - DUE_FOR
