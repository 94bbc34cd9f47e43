"""The next job for a worker, found as fast behind thousands, and whatever PostgreSQL believes about them.

Procrastinate (3.10) holds every waiting job against every other of its lock, in an order that PostgreSQL chooses by statistics of a table that was
empty a minute ago: with 7,000 waiting a look took 0.3 to 1.2 s. Here they are looked through in the order in which they are to be done. Almost
always the first that nobody holds up is the one.
"""

from collections.abc import Iterable

from procrastinate.exceptions import NoResult, UniqueViolation
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from psycopg import AsyncConnection

INDEX = "nextplay_jobs_of_lock"
MAKE_INDEX = f"""
    CREATE INDEX {INDEX} ON procrastinate_jobs (lock, (status = 'doing') DESC, priority DESC, id)
    WHERE status IN ('todo', 'doing')
"""
"""What is first of each lock."""

IN_ORDER = "-c enable_bitmapscan=off -c jit=off"
"""For the connections: go along the index of what waits, instead of reading all of it and sorting it; and do not compile what takes a millisecond."""

_FETCH = """
    UPDATE procrastinate_jobs SET status = 'doing', worker_id = %(worker_id)s WHERE id = (
        SELECT id FROM procrastinate_jobs AS job
        WHERE status = 'todo'
            AND (scheduled_at IS NULL OR scheduled_at <= now())
            AND (%(queues)s::varchar[] IS NULL OR queue_name = ANY (%(queues)s))
            AND (lock IS NULL OR (
                lock NOT IN (SELECT lock FROM procrastinate_jobs WHERE status = 'doing' AND lock IS NOT NULL)
                AND id = (
                    SELECT id FROM procrastinate_jobs AS other
                    WHERE other.lock = job.lock AND other.status IN ('todo', 'doing')
                    ORDER BY (other.status = 'doing') DESC, other.priority DESC, other.id LIMIT 1
                )
            ))
        ORDER BY priority DESC, id LIMIT 1
        FOR UPDATE SKIP LOCKED
    ) RETURNING *
"""


async def each_by_itself(connection: AsyncConnection) -> None:
    """All that is said of jobs is one statement at a time: it needs no transaction around it, and to begin and end one takes as long as most."""
    await connection.set_autocommit(True)


class InOrder(JobManager):
    """Gives the job that Procrastinate would: the first in order whose lock nobody has and that is the first of its lock."""

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """The job, in the worker's hands from now on; None where there is none. Where another takes the lock at the same moment, it is the next."""
        wanted = None if queues is None else list(queues)
        while True:
            try:
                return Job.from_row(await self.connector.execute_query_one_async(_FETCH, queues=wanted, worker_id=worker_id))
            except NoResult:
                return None
            except UniqueViolation:  # whoever took the lock goes on, and so do we: with the next, which is another's
                continue
