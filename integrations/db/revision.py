"""Which shape a database has, seen without the tools that would change it: they take long to load, and are rarely needed."""

import sqlite3
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from integrations.db import postgres
from integrations.db.backing import is_on_a_server
from integrations.db.mounts import refuse_network
from integrations.db.sqlite import file_of

_VERSIONS = Path(__file__).parent / "migrations" / "versions"


def newest() -> str:
    """The revision that this code expects: the last of the migrations, whose files bear their numbers."""
    return max(path.name for path in _VERSIONS.glob("r*.py"))[1:5]


def is_current(url: str) -> bool:
    """Whether the database is there in that revision, and in write-ahead mode. False also where nobody can tell. Raises UnsuitableError."""
    return _is_current_on_a_server(url) if is_on_a_server(url) else _is_current_in_a_file(url)


def _is_current_on_a_server(url: str) -> bool:
    engine = postgres.reading_engine(postgres.address_of(url), 1, 1)
    try:
        with engine.connect() as connection:
            return bool(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == newest())
    except DBAPIError:
        return False
    finally:
        engine.dispose()


def _is_current_in_a_file(url: str) -> bool:
    path = file_of(url)
    refuse_network(path)
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            [(revision,)] = connection.execute("SELECT version_num FROM alembic_version")
            [(mode,)] = connection.execute("PRAGMA journal_mode")
        finally:
            connection.close()
    except (sqlite3.Error, ValueError):
        return False
    return bool(revision == newest() and mode == "wal")


def bring_up_to_date(url: str) -> None:
    """Bring the database to the newest revision, making it if need be. Raises BusyError, UnsuitableError."""
    if not is_current(url):
        from integrations.db import migrations

        migrations.upgrade(url)
