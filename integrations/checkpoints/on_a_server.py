"""Checkpoints in PostgreSQL, in a schema of their own: all of it may be dropped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from sqlalchemy import URL

from integrations.checkpoints.paused import OnlyPaused
from integrations.db.pooling import EvenPool
from integrations.db.postgres import CONNECT_S, NOT_DEAD, told
from integrations.db.preparing import alone

SCHEMA = "nextplay_checkpoints"
CONNECTIONS = 8
PREPARING = 0x63_68_65_63
"""The advisory lock of whoever makes the tables: "chec" in ASCII."""

Pool = EvenPool[AsyncConnection[DictRow]]


class PausedOnAServer(OnlyPaused, AsyncPostgresSaver):
    """Those on a server."""


@asynccontextmanager
async def paused_on_a_server(address: URL) -> AsyncIterator[PausedOnAServer]:
    """Open them. Each connection is tried before it is used: the server may have been started anew meanwhile."""
    options = {
        "autocommit": True, "prepare_threshold": 0, "row_factory": dict_row, "connect_timeout": CONNECT_S, "application_name": "nextplay", **NOT_DEAD,
        "options": f"-c search_path={SCHEMA} -c synchronous_commit=off",
    }  # fmt: skip
    pool: Pool = EvenPool(told(address), kwargs=options, min_size=0, max_size=CONNECTIONS, open=False)
    async with pool:
        saver = PausedOnAServer(pool)
        async with pool.connection() as connection, alone(connection, PREPARING):
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            await saver.setup()
        yield saver
