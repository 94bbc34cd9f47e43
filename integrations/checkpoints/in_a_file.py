"""Checkpoints beside a database of SQLite, in a file that only its owner can read: it holds what a customer is to be told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from integrations.checkpoints.paused import OnlyPaused


class PausedRuns(OnlyPaused, AsyncSqliteSaver):
    """Those in a file."""


@asynccontextmanager
async def paused_runs(path: Path) -> AsyncIterator[PausedRuns]:
    """Open them. The file is not synced, being a cache."""
    await asyncio.to_thread(path.touch, mode=0o600)
    async with aiosqlite.connect(path) as connection:
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=NORMAL")
        await connection.execute("PRAGMA busy_timeout=5000")
        saver = PausedRuns(connection)
        await saver.setup()
        yield saver
