"""Whose turn it is on a lane: a job that was lined up by what its event says of itself, and turns out to be another account's.

The row of the job says on which lane it is, and the database lets one of a lane be done at a time. So a job takes the lane by saying so there, where
nobody has it and nobody was lined up for it before; else it goes back to its place in line, on that lane from now on.
"""

from procrastinate import BaseRetryStrategy, RetryStrategy
from procrastinate.connector import BaseConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job
from procrastinate.retry import RetryDecision
from psycopg import OperationalError

from integrations.db.errors import AwayError

_TAKE = """
    UPDATE procrastinate_jobs AS job SET lock = %(lane)s
    WHERE id = %(id)s AND status = 'doing' AND worker_id = %(worker_id)s AND NOT EXISTS (
        SELECT FROM (
            SELECT status, priority, id FROM procrastinate_jobs WHERE lock = %(lane)s AND status IN ('todo', 'doing') AND id <> %(id)s
            ORDER BY (status = 'doing') DESC, priority DESC, id LIMIT 1
        ) AS first
        WHERE first.status = 'doing' OR first.priority > job.priority OR (first.priority = job.priority AND first.id < job.id)
    ) RETURNING id
"""


class NotYetError(Exception):
    """Others go first on this lane."""

    def __init__(self, lane: str) -> None:
        super().__init__(f"others go first on the lane {lane}")
        self.lane = lane


class Turn:
    """That of one job."""

    def __init__(self, connector: BaseConnector, job: Job) -> None:
        self._connector, self._job = connector, job
        self._behind: str | None = None

    async def has_come(self, lane: str) -> bool:
        """Whether it goes now; it has the lane then. Raises AwayError."""
        if self._job.lock == lane or await self._taken(lane):
            return True
        self._behind = lane
        return False

    def check(self) -> None:
        """Raises NotYetError where it has not come."""
        if self._behind is not None:
            raise NotYetError(self._behind)

    async def _taken(self, lane: str) -> bool:
        try:
            return bool(await self._connector.execute_query_all_async(_TAKE, lane=lane, id=self._job.id, worker_id=self._job.worker_id))
        except UniqueViolation:  # another has just taken it
            return False
        except ConnectorException as error:
            if isinstance(error.__cause__, OperationalError):  # the database is away: nothing of the run's has failed
                raise AwayError from error
            raise


class InTurn(BaseRetryStrategy):
    """Back to its place in line, on the lane that it turned out to be on; where it failed, `again` says when it is tried again."""

    def __init__(self, again: RetryStrategy) -> None:
        self._again = again

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When and on which lane; None for not at all."""
        if isinstance(exception, NotYetError):
            return RetryDecision(lock=exception.lane)
        return self._again.get_retry_decision(exception=exception, job=job)
