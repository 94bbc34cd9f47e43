"""The statements that SQLAlchemy spells differently for each database."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

Upsert = SqliteInsert | PostgresInsert


def insert_for(connection: Connection, table: Table) -> Upsert:
    """An insert that knows ON CONFLICT, for the database at hand."""
    return _insert(connection.dialect.name, table)


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique key says that it is there already; whether it was new."""
    return connection.execute(_insert_or_leave(connection.dialect.name, table), dict(values)).rowcount == 1


def insert_all_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those rows that are not there yet."""
    if rows:
        connection.execute(_insert_or_leave(connection.dialect.name, table), [dict(row) for row in rows])


@cache  # building a statement costs more than running it
def _insert(dialect: str, table: Table) -> Upsert:
    return SqliteInsert(table) if dialect == "sqlite" else PostgresInsert(table)


@cache
def _insert_or_leave(dialect: str, table: Table) -> Upsert:
    return _insert(dialect, table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


def tell_others(connection: Connection, channel: str) -> None:
    """Have the processes called that hear this channel (`integrations.db.hearing`), when the transaction is committed. On SQLite there are none."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"NOTIFY {channel}")
