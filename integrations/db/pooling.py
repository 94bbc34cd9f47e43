"""Pools of connections to PostgreSQL that are back soon after the server is, however long it was away and however many connections it took along.

Those of psycopg_pool wait twice as long before each try, to connect and to find a connection that still works: after an outage of half a minute
they may rest for another half, and the fifth connection that the server took along costs eight seconds.
"""

import asyncio
from typing import Any, TypeVar

from psycopg import AsyncConnection, Error
from psycopg_pool import AsyncConnectionPool
from psycopg_pool.base import AttemptWithBackoff

from integrations.db.postgres import silent

Line = TypeVar("Line", bound=AsyncConnection[Any])


class EvenPool(AsyncConnectionPool[Line]):
    """Tries to connect once a second. Where one connection is found dead, all that rest are tried, so that the next one is alive."""

    def __init__(self, *given: Any, check: Any = None, **options: Any) -> None:  # noqa: ARG002  it has its own
        super().__init__(*given, check=self._tried, **options)
        self._trying: asyncio.Task[None] | None = None

    async def _tried(self, connection: Line) -> None:
        """Raises psycopg's Error where it is dead. A line on which nothing has come is not asked: that costs as much as most of what is asked."""
        try:
            if not silent(connection):
                await self.check_connection(connection)
        except Error:
            if self._trying is None or self._trying.done():
                self._trying = asyncio.create_task(self.check())
            await asyncio.shield(self._trying)  # whoever gives up meanwhile does not break it off
            raise

    async def _add_connection(self, attempt: AttemptWithBackoff | None, growing: bool = False) -> None:
        await super()._add_connection(attempt or EvenAttempt(timeout=self.reconnect_timeout), growing)


class EvenAttempt(AttemptWithBackoff):
    """Waits as long before every try."""

    DELAY_BACKOFF = 1.0
