"""Which shape a database has, seen without the tools that would change it: they take long to load, and are rarely needed."""

import sqlite3
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from integrations.db import postgres
from integrations.db.backing import is_on_a_server
from integrations.db.errors import UnsuitableError
from integrations.db.mounts import refuse_network
from integrations.db.sqlite import file_of

_VERSIONS = Path(__file__).parent / "migrations" / "versions"


def newest() -> str:
    """The revision that this code expects: the last of the migrations, whose files bear their numbers."""
    return max(path.name for path in _VERSIONS.glob("r*.py"))[1:5]


def is_current(url: str) -> bool:
    """Whether the database is there in that revision, and in write-ahead mode. False also where nobody can tell. Raises UnsuitableError."""
    return _standing(url) == newest()


def _standing(url: str) -> str | None:
    """The revision of a database that is as it should be besides; None where it is not, or nobody can tell."""
    return _of_a_server(url) if is_on_a_server(url) else _of_a_file(url)


def _of_a_server(url: str) -> str | None:
    engine, _ = postgres.reading_engines(postgres.address_of(url), 1, 1)
    try:
        with engine.connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError:
        return None
    finally:
        engine.dispose()


def _of_a_file(url: str) -> str | None:
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
        return None
    return str(revision) if mode == "wal" else None


def bring_up_to_date(url: str) -> None:
    """Bring the database to the newest revision, making it if need be. Raises BusyError, and UnsuitableError where a newer release has made it."""
    revision = _standing(url)
    if revision == newest():
        return
    if revision is not None and revision > newest():
        raise UnsuitableError(
            f"The database is at revision {revision}, which a newer Nextplay made; this one knows it up to {newest()}.",
            "Install that release here, too. Processes that were running before the upgrade may go on until then.",
        )
    from integrations.db import migrations

    migrations.upgrade(url)
