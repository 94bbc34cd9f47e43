"""Pools of connections to PostgreSQL that are back soon after the server is, however long it was away.

Those of psycopg_pool wait twice as long before each try: after an outage of half a minute they may rest for another half.
"""

from typing import Any, TypeVar

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from psycopg_pool.base import AttemptWithBackoff

Line = TypeVar("Line", bound=AsyncConnection[Any])


class EvenPool(AsyncConnectionPool[Line]):
    """Tries to connect once a second."""

    async def _add_connection(self, attempt: AttemptWithBackoff | None, growing: bool = False) -> None:
        await super()._add_connection(attempt or EvenAttempt(timeout=self.reconnect_timeout), growing)


class EvenAttempt(AttemptWithBackoff):
    """Waits as long before every try."""

    DELAY_BACKOFF = 1.0
