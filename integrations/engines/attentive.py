"""A worker that looks for the next job whenever there may be one that it can do.

Procrastinate's (3.10) looks when a job is lined up, and every few seconds. That one has ended is told to nobody, though the next of its account may
be done from then on; and what is lined up while it looks is forgotten once it has looked.
"""

from procrastinate.job_context import JobContext
from procrastinate.jobs import Notification
from procrastinate.worker import Worker


class AttentiveWorker(Worker):
    """Looks again as long as something has happened since it began to look."""

    _news = False

    async def _fetch_and_process_jobs(self) -> None:
        looking = True
        while looking:
            self._news = False
            await super()._fetch_and_process_jobs()  # type: ignore[no-untyped-call]  # it says nothing of its types
            looking = self._news and not self._stop_event.is_set()

    async def _process_job(self, context: JobContext) -> None:
        try:
            await super()._process_job(context)
        finally:
            self._tell()

    async def _handle_notification(self, *, channel: str, notification: Notification) -> None:
        if notification["type"] == "job_inserted":
            self._tell()
        await super()._handle_notification(channel=channel, notification=notification)

    def _tell(self) -> None:
        self._news = True
        self._new_job_event.set()
