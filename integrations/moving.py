"""A whole database copied into an empty one of either kind, and compared with it afterwards: from a file to a server when one process is not enough.

The copy is one transaction, so that nothing is half there; what was copied is read back row by row and must be the same. Full-text indexes are made
anew from what they are of. Checkpoints of paused runs are a cache, and stay behind.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from agent.errors import Refused
from integrations.db import migrations
from integrations.db.all_rows import Row
from integrations.db.away import away_told
from integrations.db.backing import backing_of, shown
from integrations.db.decision_words import add_words
from integrations.db.driver import is_sqlite, rows
from integrations.db.errors import UnsuitableError
from integrations.db.head_rows import HEADS
from integrations.search.full_text import INDEX, full_text

AT_ONCE = 500
BUSY_S = 30.0
_AFTER = ("actions",)
"""Copied after all others: the database lets an action start only beside the ask that approved it."""

Told = Callable[[str, int], None]


def move(source: str, target: str, told: Told = lambda _table, _rows: None) -> dict[str, int]:
    """Copy everything; the rows of each table. Nobody can write into the source meanwhile. `told` hears of each table.

    Raises Refused where something is in the target, and UnsuitableError where a row does not fit there.
    """
    if source == target:
        raise Refused("That is the database itself.", "Name another with --to.")
    for url in (source, target):
        migrations.upgrade(url)
    here, there = backing_of(source, BUSY_S), backing_of(target, BUSY_S)
    try:
        with here.alone(), there.alone(), away_told(), here.writing.connect() as reads, there.writing.begin() as writes:
            _must_be_empty(writes, target)
            copied = {table.name: _copy(table, reads, writes, told) for table in _in_order()}
            _index(reads, writes)
            _go_on_counting(writes)
            _compare(reads, writes)
    finally:
        there.dispose()
        here.dispose()
    return copied


def _in_order() -> list[Table]:
    tables = list(Row.metadata.sorted_tables)
    return sorted(tables, key=lambda table: table.name in _AFTER)


def _must_be_empty(connection: Connection, url: str) -> None:
    for table in _in_order():
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            raise Refused(f"Something is in {shown(url)} already: its table {table.name} has rows.", "Name an empty database.")


def _copy(table: Table, reads: Connection, writes: Connection, told: Told) -> int:
    count = 0
    for part in _parts(table, reads):
        try:
            writes.execute(insert(table), part)
        except DBAPIError as error:
            raise UnsuitableError(f"A row of {table.name} does not fit: {error.orig}", "Nothing was copied. Mend it, and try again.") from error
        count += len(part)
    told(table.name, count)
    return count


def _parts(table: Table, connection: Connection) -> Iterator[list[dict[str, Any]]]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    for part in connection.execute(query).mappings().partitions(AT_ONCE):
        yield [dict(row) for row in part]


def _index(reads: Connection, writes: Connection) -> None:
    for head in reads.execute(select(HEADS)).mappings():
        add_words(writes, head["place"], dict(head))
    words = rows(reads, f"SELECT rowid, title, topics, text FROM {INDEX}")
    for begin in range(0, len(words), AT_ONCE):
        full_text(writes).add(writes, [tuple(row) for row in words[begin : begin + AT_ONCE]])


def _go_on_counting(connection: Connection) -> None:
    """Have PostgreSQL number new rows after those that came with their numbers; SQLite does so by itself."""
    if is_sqlite(connection):
        return
    for table in _in_order():
        column = table.autoincrement_column
        if column is not None and (last := connection.execute(select(func.max(column))).scalar()):
            named = {"of": f'"{table.name}"', "column": column.name, "last": last}
            connection.execute(text("SELECT setval(seq, :last) FROM pg_get_serial_sequence(:of, :column) AS seq WHERE seq IS NOT NULL"), named)


def _compare(reads: Connection, writes: Connection) -> None:
    for table in _in_order():
        if _digest(table, reads) != _digest(table, writes):
            raise UnsuitableError(f"What was copied of {table.name} is not what was there.", "Nothing was copied. Please report this.")


def _digest(table: Table, connection: Connection) -> int:
    """Of all rows, in whatever order: the databases may sort texts differently."""
    found = 0
    for part in _parts(table, connection):
        for row in part:
            said = to_json([value.hex() if isinstance(value, bytes) else value for value in row.values()])
            found = (found + int.from_bytes(hashlib.sha256(said).digest(), "big")) % (1 << 256)
    return found
