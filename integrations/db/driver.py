"""What is said to the driver directly, because SQLAlchemy takes three times as long or has no word for it: one spelling, for either database."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from integrations.db import postgres, sqlite

NONE = "NULL"
"""What stands in an `IN` that lists nothing: it is equal to nothing, and either database takes it."""


def is_sqlite(connection: Connection) -> bool:
    """Whether it is SQLite; otherwise it is PostgreSQL."""
    return connection.dialect.name == "sqlite"


def rows(connection: Connection, statement: str, *values: Any) -> list[Any]:
    """What a reading statement gives, column by column as the database stores it: moments are text in SQLite. Values stand for `?`.

    It is part of the connection's transaction, and of one moment with what else is read there.
    """
    return sqlite.rows(connection, statement, *values) if is_sqlite(connection) else postgres.rows(connection, statement, *values)


def write(connection: Connection, statement: str, values: Sequence[Sequence[Any]]) -> None:
    """Run a writing statement once for each row of values. Only within a transaction that writes."""
    if is_sqlite(connection):
        sqlite.write(connection, statement, values)
    else:
        postgres.write(connection, statement, values)


def savepoint(connection: Connection) -> AbstractContextManager[None]:
    """Undo what happens inside when it raises."""
    return sqlite.savepoint(connection) if is_sqlite(connection) else postgres.savepoint(connection)


def in_transaction(connection: Connection, *, broken: bool = False) -> bool:
    """Whether the transaction is still there: a full disk ends SQLite's by itself, a lost connection PostgreSQL's. It takes statements, unless it
    may be `broken` by one that failed.
    """
    return sqlite.in_transaction(connection) if is_sqlite(connection) else postgres.in_transaction(connection, broken=broken)


def is_locked(error: DBAPIError) -> bool:
    """Whether a statement was refused because another connection is in the way."""
    return sqlite.is_locked(error) or postgres.is_locked(error)
