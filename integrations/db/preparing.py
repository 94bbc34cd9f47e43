"""One process at a time makes what several that start together would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_RETRY_S = 0.05


@asynccontextmanager
async def alone(connection: "AsyncConnection[Any]", key: int) -> AsyncIterator[None]:
    """Hold an advisory lock of PostgreSQL.

    Whoever waits asks again and again, instead of waiting in the server: `CREATE INDEX CONCURRENTLY` waits for every statement that is under way,
    also for one that waits for the lock of whoever makes that index.
    """
    while not await _taken(connection, key):  # noqa: ASYNC110  another process frees it, and tells nobody
        await asyncio.sleep(_RETRY_S)
    try:
        yield
    finally:
        await connection.execute("SELECT pg_advisory_unlock(%s)", (key,))


async def _taken(connection: "AsyncConnection[Any]", key: int) -> bool:
    found: Any = await (await connection.execute("SELECT pg_try_advisory_lock(%s) AS taken", (key,))).fetchone()
    return bool(found["taken"] if isinstance(found, dict) else found[0])
