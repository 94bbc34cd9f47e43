"""Retention and erasure of an open database: in parts, beside whoever works with it; and what is left in free pages and checkpoints afterwards."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import datetime

import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from integrations.db.database import Database
from integrations.db.sqlite import FileLock, beside
from integrations.retaining.purging import AT_ONCE, CLASSES, Old, look, purge_some
from integrations.settings import Settings

log = structlog.get_logger()

EVERY_S = 6 * 3600.0
LOCK_S = 30.0
_TABLES = ("checkpoints", "checkpoint_writes", "checkpoint_blobs", "writes")
"""Where LangGraph keeps paused runs, in either database."""


async def purge(database: Database, settings: Settings, at: datetime) -> list[Old]:
    """Take out everything that is older than its period; how much of each that was."""
    done = []
    for one, old in zip(CLASSES, await database.read_core(lambda c: look(c, settings, at)), strict=True):
        count = part = await database.write_core(lambda c, one=one: purge_some(c, one, settings, at))  # type: ignore[misc]  # a default binds it
        while part == AT_ONCE:
            part = await database.write_core(lambda c, one=one: purge_some(c, one, settings, at))  # type: ignore[misc]  # a default binds it
            count += part
        done.append(Old(one.name, count, old.before, old.setting, old.costs))
    return done


async def keep_purged(database: Database, settings: Settings, clock: Callable[[], datetime], rest: Callable[[float], Awaitable[None]]) -> None:
    """Again and again, until cancelled. What fails is told, and tried again. `rest` waits for so many seconds."""
    while True:
        await rest(EVERY_S)
        try:
            taken = {one.name: one.rows for one in await purge(database, settings, clock()) if one.rows}
            if taken:
                log.info("purged", rows=taken)
        except Exception as error:  # noqa: BLE001  the server outlives it
            log.warning("old data could not be purged yet", error=type(error).__name__)


async def forget_paused(database: Database, *, closed_only: bool) -> int:
    """Drop checkpoints: all of them, or those of runs that have closed. They are a cache: a run goes on from the tables. How many runs' they were."""
    keep = (
        set(await database.read_core(lambda c: list(c.execute(text("SELECT id FROM runs WHERE state <> 'closed'")).scalars())))
        if closed_only
        else set()
    )
    return await asyncio.to_thread(_forget_on_a_server if database.address is not None else _forget_in_a_file, database, keep)


def _forget_in_a_file(database: Database, keep: set[str]) -> int:
    path = beside(database.file, ".checkpoints")
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, timeout=LOCK_S, isolation_level=None)) as connection:
        there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")} & set(_TABLES)
        gone = {row[0] for table in there for row in connection.execute(f"SELECT DISTINCT thread_id FROM {table}")} - keep
        for table in there:
            connection.executemany(f"DELETE FROM {table} WHERE thread_id = ?", [(run,) for run in gone])
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(gone)


def _forget_on_a_server(database: Database, keep: set[str]) -> int:
    from integrations.checkpoints.on_a_server import SCHEMA

    assert database.address is not None  # noqa: S101  the caller looked
    engine = create_engine(database.address)
    try:
        with engine.begin() as connection:
            there = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"), {"schema": SCHEMA}).scalars()
            tables = sorted(set(there) & set(_TABLES))
            found = {row[0] for table in tables for row in connection.execute(text(f"SELECT DISTINCT thread_id FROM {SCHEMA}.{table}"))}
            gone = sorted(found - keep)
            for table in tables:
                connection.execute(text(f"DELETE FROM {SCHEMA}.{table} WHERE thread_id = ANY(:gone)"), {"gone": gone})
        return len(gone)
    finally:
        engine.dispose()


def leave_nothing(database: Database) -> bool:
    """Have the database write itself anew, so that nothing is left where rows were. False where readers kept the log from being emptied."""
    if database.address is not None:
        engine = create_engine(database.address, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text("VACUUM FULL"))
        except DBAPIError:
            return False
        finally:
            engine.dispose()
        return True
    lock = FileLock(beside(database.file, ".lock"), LOCK_S)
    try:
        with lock.held(), closing(sqlite3.connect(database.file, timeout=LOCK_S, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy
    finally:
        lock.close()
