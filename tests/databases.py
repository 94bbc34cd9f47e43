"""Either database in the tests: which of them a test is about, and hands that change what is stored past everything that guards it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""For what is true of SQLite alone."""

ON_POSTGRES = pytest.mark.parametrize("url", ["postgres"], indirect=True)
"""For what is true of PostgreSQL alone."""


@pytest.fixture(params=["sqlite", "postgres"], name="url")
def either_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of either kind, in place of the file that tests have otherwise. Whoever imports this has all tests made on both."""
    return str(request.getfixturevalue("file_url")) if request.param == "sqlite" else str(request.getfixturevalue("server").fresh())


class Intruder:
    """Somebody who may do what the database's owner may, and says it in SQLite's words."""

    def __init__(self, connection: sqlite3.Connection | Connection) -> None:
        self._connection = connection

    def execute(self, statement: str) -> int:
        """How many rows it changed."""
        if isinstance(self._connection, sqlite3.Connection):
            return self._connection.execute(statement).rowcount
        return self._connection.execute(text(statement.replace("x'00'", "CAST('\\x00' AS bytea)").replace(":", "\\:"))).rowcount

    def executescript(self, statements: str) -> None:
        """Several, one after the other."""
        for statement in filter(None, statements.split(";")):
            self.execute(statement)


@contextmanager
def intruder(url: str, path: Path | None) -> Iterator[Intruder]:
    """One who takes the triggers away first."""
    if path is not None:
        connection = sqlite3.connect(path)
        try:
            with connection:
                for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                    connection.execute(f"DROP TRIGGER {name}")
                yield Intruder(connection)
        finally:
            connection.close()
        return
    engine = create_engine(url)
    try:
        with engine.begin() as server:
            server.execute(text("SET session_replication_role = replica"))
            yield Intruder(server)
    finally:
        engine.dispose()


def changed(url: str, path: Path | None, tamper: str) -> None:
    """Change the tables past the triggers that guard them."""
    with intruder(url, path) as hands:
        assert hands.execute(tamper)


def planned(connection: Connection, query: Any) -> str:
    """How SQLite would look for it."""
    return " ".join(str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
