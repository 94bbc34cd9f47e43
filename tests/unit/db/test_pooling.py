"""A pool whose server is away tries again evenly."""

import asyncio
import socket
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool.pool_async import AddConnection

from integrations.db.pooling import EvenPool

TRIES = 7


class Hurried(EvenPool[AsyncConnection[Any]]):
    """Notes how long it would wait, and does not."""

    def __init__(self, conninfo: str) -> None:
        super().__init__(conninfo, min_size=1, open=False, reconnect_timeout=300)
        self.waits = list[float]()
        self.enough = asyncio.Event()

    async def schedule_task(self, task: Any, delay: float) -> None:
        if not isinstance(task, AddConnection):
            return  # it would tidy up in ten minutes
        self.waits.append(delay)
        if len(self.waits) < TRIES:
            self.run_task(task)
        else:
            self.enough.set()


async def test_it_tries_as_soon_after_a_long_outage_as_after_a_short_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    pool = Hurried(f"postgresql://127.0.0.1:{port}/x?connect_timeout=2")
    async with asyncio.timeout(30):
        await pool.open()
        await pool.enough.wait()
    await pool.close()
    assert len(pool.waits) == TRIES
    assert max(pool.waits) < 1.5
