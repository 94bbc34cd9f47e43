"""What can be said of a PostgreSQL before it is relied on."""

import time
from typing import Literal

from sqlalchemy import Connection, text

from integrations.db import postgres
from integrations.db.away import away_told
from integrations.db.database import Database
from integrations.db.errors import UnsuitableError

LEAST = 15
"""The oldest major version that is tested."""

_ASK = text(
    "SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000, current_setting('fsync'), "
    "current_setting('synchronous_commit'), current_setting('server_encoding'), has_schema_privilege(current_schema(), 'CREATE')"
)

_JOBS = text("SELECT to_regclass('nextplay_jobs.procrastinate_jobs') IS NOT NULL")
_ALIVE = text("SELECT count(*) FROM nextplay_jobs.procrastinate_workers WHERE last_heartbeat > now() - interval '10 seconds'")
_WAITING = text("SELECT count(*) FROM nextplay_jobs.procrastinate_jobs WHERE status = 'todo' AND task_name IN ('place', 'drive')")

Level = Literal["ok", "warn", "fail"]


def examine(url: str) -> tuple[Level, str]:
    """How it stands, and what to do where it cannot be relied on. Raises AwayError, UnsuitableError."""
    engine, _ = postgres.reading_engines(postgres.address_of(url), 5, 1)
    try:
        with away_told(), engine.connect() as connection:
            version, major, fsync, synchronous, encoding, may_create = connection.execute(_ASK).one()
            began = time.perf_counter()
            connection.execute(text("SELECT 1"))
            took_ms = 1000 * (time.perf_counter() - began)
    finally:
        engine.dispose()
    about = f"{postgres.shown(url)}, PostgreSQL {version}, answers in {took_ms:.1f} ms"
    if encoding != "UTF8":
        raise UnsuitableError(f"Its encoding is {encoding}.", "Make the database with: CREATE DATABASE nextplay ENCODING 'UTF8' TEMPLATE template0")
    if not may_create:
        return "fail", f"{about}; our role may not make tables: GRANT CREATE ON SCHEMA public TO the role of the address"
    if major < LEAST:
        return "warn", f"{about}; versions before {LEAST} are not tested"
    if fsync != "on" or synchronous == "off":
        return "warn", f"{about}; it acknowledges what is not on disk (fsync {fsync}, synchronous_commit {synchronous}): a power cut may lose events"
    return "ok", about


async def check_workers(database: Database) -> list[tuple[str, Level, str]]:
    """Whether anybody drives what comes in. Nothing is said of a file: `nextplay serve` works on that by itself."""
    if database.address is None:
        return []
    alive, waiting = await database.read_core(_workers)
    if alive == 0:
        return [("workers", "warn", f"none is alive, so nothing is decided, and {waiting:,} runs wait: nextplay worker")]
    return [("workers", "ok", f"{alive} alive, {waiting:,} runs wait for one")]


def _workers(connection: Connection) -> tuple[int, int]:
    if not connection.execute(_JOBS).scalar():
        return 0, 0
    return connection.execute(_ALIVE).scalar_one(), connection.execute(_WAITING).scalar_one()
