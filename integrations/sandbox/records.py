"""The sandbox's store of records: one table for all kinds, each record as JSON. Functions here work inside a caller's
transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import Connection

from integrations.db.documents import spelled_member
from integrations.db.driver import NONE, is_sqlite, rows
from integrations.db.sandbox_rows import RECORDS
from integrations.db.statements import Upsert, insert_for
from tools.due import notice_due, silent_since, sla_due
from tools.ports import Due, Snapshot

ABOUT = {
    "accounts": "parent", "links": "id", "consents": "contact", "people": "email",
    **dict.fromkeys(("contacts", "contracts", "deals", "tickets", "touches"), "account"),
}  # fmt: skip
"""The field by which records of a kind are looked for, of whom there may be very many. It has an index."""

_DUE: Mapping[str, Callable[[Mapping[str, Any]], datetime | None]] = {"contracts": notice_due, "deals": silent_since, "tickets": sla_due}
"""The moment at which time alone makes a living record of a kind matter. It has an index, too."""

BEGINNING = datetime(1000, 1, 1, tzinfo=UTC)
"""Before everything that anybody waits for."""

DUE_PART = 500
"""So many of what is due are read at a time."""

_NAMES = ("kind", "id", "data", "version", "updated_at", "deleted")
_READ = f"SELECT {', '.join(_NAMES)} FROM sandbox_records WHERE kind = ?"
_ONE = f"{_READ} AND id = ?"
_LIVING = f"{_READ} AND NOT deleted ORDER BY id"
_COUNTED = "SELECT count(*) FROM sandbox_records WHERE kind = ? AND NOT deleted AND coalesce(CAST({} AS TEXT), '0') IN ('0', 'false')"
_AMONG = _READ + " AND NOT deleted AND {} IN ({}) ORDER BY id"
DUE_QUERY = f"""
    SELECT due, {", ".join(_NAMES)} FROM sandbox_records
    WHERE kind = ? AND due IS NOT NULL AND due >= ? AND due <= ? AND (due, id) > (?, ?) ORDER BY due, id LIMIT {DUE_PART}
"""
_NEWEST = _READ + " AND NOT deleted AND {} IN ({}) ORDER BY updated_at DESC, id LIMIT ?"
_NAMED = "SELECT kind, id, {0}, {1} FROM sandbox_records WHERE kind IN ({2}) AND NOT deleted AND {0} IS NOT NULL"


class Record(NamedTuple):
    """One record of a kind (a key of the fixture format, such as `accounts`), with its version and since when it is
    so. Its data is shared with others who read the same: nobody changes it.
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
        return self._replace(data={**self.data, **fields}, version=self.version + 1, updated_at=at)


def one(connection: Connection, kind: str, record_id: str) -> Record | None:
    """A record, also when it is deleted."""
    found = rows(connection, _ONE, kind, record_id)
    return _record(found[0]) if found else None


def living(connection: Connection, kind: str, record_id: str) -> Record | None:
    """A record, unless it is deleted."""
    record = one(connection, kind, record_id)
    return None if record is None or record.deleted else record


def all_of(connection: Connection, kind: str) -> list[Record]:
    """Every record of a kind that is not deleted, by id."""
    return [_record(row) for row in rows(connection, _LIVING, kind)]


def count(connection: Connection, kind: str, *, without: str) -> int:
    """How many records of a kind are not deleted, and have not set a flag (one of our fields)."""
    return int(rows(connection, _COUNTED.format(spelled_member(connection, "data", without)), kind)[0][0])


def where(connection: Connection, kind: str, field: str, *values: str) -> list[Record]:
    """The records of a kind whose field (one of ours, never text from outside) has one of the values."""
    where = "about" if ABOUT.get(kind) == field else spelled_member(connection, "data", field)
    return [_record(row) for row in rows(connection, _AMONG.format(where, _marks(values)), kind, *values)]


def newest(connection: Connection, kind: str, field: str, *values: str, at_most: int) -> list[Record]:
    """Of the same those that changed last, the last one first."""
    return [
        _record(row) for row in rows(connection, _NEWEST.format(spelled_member(connection, "data", field), _marks(values)), kind, *values, at_most)
    ]


def names_of(connection: Connection, *kinds: str) -> Sequence[Sequence[Any]]:
    """Kind, id, name and account of the living records that have a name. Only these fields are read out of the records."""
    named, of = (spelled_member(connection, "data", field) for field in ("name", "account"))
    return rows(connection, _NAMED.format(named, of, _marks(kinds)), *kinds)


def due(connection: Connection, kind: str, until: datetime, *, since: datetime | None, after: Due | None) -> list[Due]:
    """The living records of a kind that matter from a moment until another, in that order: at most DUE_PART, after the one that came last."""
    begin = _stored(connection, after.at if after else since or BEGINNING)
    found = rows(connection, DUE_QUERY, kind, begin, _stored(connection, until), begin, after.record.id if after else "")
    return [Due(_moment(at), _record(row).snapshot) for at, *row in found]


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values)) or NONE


def _record(row: Sequence[Any]) -> Record:
    kind, record_id, text, version, updated_at, deleted = row
    return Record(kind, record_id, parsed(text), version, _moment(updated_at), bool(deleted))


def _moment(stored: str | datetime) -> datetime:
    """As the column type reads it."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if isinstance(stored, str) else stored.astimezone(UTC)


def _stored(connection: Connection, moment: datetime) -> str | datetime:
    """As the column type writes it: in SQLite, the order of the text is that of time."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if is_sqlite(connection) else moment


@lru_cache(maxsize=4096)
def parsed(text: str) -> Any:
    """What a stored text says. The text is read anew for every decision; what is the same text is not taken apart again."""
    return from_json(text)


def put(connection: Connection, *records: Record) -> None:
    """Add or replace records."""
    if records:
        connection.execute(
            _put(insert_for(connection, RECORDS)),
            [{**{name: getattr(r, name) for name in _NAMES}, "about": _about(r), "due": _due(r)} for r in records],
        )


@cache  # building a statement costs more than running it
def _put(new: Upsert) -> Upsert:
    return new.on_conflict_do_update(index_elements=["kind", "id"], set_={name: new.excluded[name] for name in (*_NAMES[2:], "about", "due")})


def _about(record: Record) -> str | None:
    found = record.data.get(ABOUT.get(record.kind, ""))
    return found if isinstance(found, str) else None


def _due(record: Record) -> datetime | None:
    return _DUE[record.kind](record.data) if record.kind in _DUE and not record.deleted else None
