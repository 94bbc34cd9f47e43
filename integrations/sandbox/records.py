"""The sandbox's store of records: one table for all kinds, each record as JSON. Functions here work inside a caller's
transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, bindparam, func, literal_column, select, type_coerce
from sqlalchemy.dialects.sqlite import insert

from integrations.db.columns import Json
from integrations.db.tables import Row
from tools.ports import Snapshot

TABLE = Row.metadata.tables["sandbox_records"]

_COLUMNS = (TABLE.c.kind, TABLE.c.id, TABLE.c.data, TABLE.c.version, TABLE.c.updated_at, TABLE.c.deleted)
# statements are built once: putting one together costs more than running it
_ONE = select(*_COLUMNS).where(TABLE.c.kind == bindparam("kind"), TABLE.c.id == bindparam("id"))
_LIVING = select(*_COLUMNS).where(TABLE.c.kind == bindparam("kind"), TABLE.c.deleted.is_(False)).order_by(TABLE.c.id)
_NAMES = tuple(column.name for column in _COLUMNS)
_NEW = insert(TABLE)
_PUT = _NEW.on_conflict_do_update(index_elements=["kind", "id"], set_={name: _NEW.excluded[name] for name in _NAMES if name not in ("kind", "id")})


def _field(name: str) -> ColumnElement[Any]:
    """A field of a record: one of ours, never text from outside."""
    return func.json_extract(type_coerce(TABLE.c.data, Text), literal_column(f"'$.{name}'"))


_NAMED = select(TABLE.c.kind, TABLE.c.id, _field("name"), _field("account")).where(
    TABLE.c.kind.in_(bindparam("kinds", expanding=True)), TABLE.c.deleted.is_(False), _field("name").is_not(None)
)


@cache
def _among(field: str) -> Select[Any]:
    """The living records whose field has one of the values."""
    wanted = func.json_each(bindparam("values", type_=Json)).table_valued("value")  # one statement, for however many values
    return _LIVING.where(_field(field).in_(select(wanted.c.value)))


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a kind (a key of the fixture format, such as `accounts`), with its version and since when it is
    so.
    """

    kind: str
    id: str
    data: dict[str, Any]
    version: int
    updated_at: datetime
    deleted: bool = False

    @property
    def snapshot(self) -> Snapshot:
        """The record as a source system would hand it out."""
        return Snapshot(self.id, self.data, self.updated_at, self.version)

    def changed(self, fields: Mapping[str, Any], at: datetime) -> "Record":
        """The record with some fields changed at a moment, one version on."""
        return replace(self, data={**self.data, **fields}, version=self.version + 1, updated_at=at)


def one(connection: Connection, kind: str, record_id: str) -> Record | None:
    """A record, also when it is deleted."""
    row = connection.execute(_ONE, {"kind": kind, "id": record_id}).one_or_none()
    return None if row is None else Record(*row)


def living(connection: Connection, kind: str, record_id: str) -> Record | None:
    """A record, unless it is deleted."""
    record = one(connection, kind, record_id)
    return None if record is None or record.deleted else record


def all_of(connection: Connection, kind: str) -> list[Record]:
    """Every record of a kind that is not deleted, by id."""
    return [Record(*row) for row in connection.execute(_LIVING, {"kind": kind})]


def where(connection: Connection, kind: str, field: str, *values: str) -> list[Record]:
    """The records of a kind whose field has one of the values."""
    found = connection.execute(_among(field), {"kind": kind, "values": list(values)})
    return [Record(*row) for row in found]


def names_of(connection: Connection, *kinds: str) -> Sequence[Sequence[Any]]:
    """Kind, id, name and account of the living records that have a name. Only these fields are read out of the records."""
    return connection.execute(_NAMED, {"kinds": kinds}).all()


def put(connection: Connection, *records: Record) -> None:
    """Add or replace records."""
    if records:
        connection.execute(_PUT, [{name: getattr(r, name) for name in _NAMES} for r in records])
