"""Reads fixtures and applies them: all or nothing, with every mistake named by key, id, field and line."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml
from pydantic import ValidationError
from sqlalchemy import Connection

from agent.playbook.sources import MOST_DEPTH, too_deep, whole_characters
from integrations.sandbox import records, search
from integrations.sandbox.crm import KINDS
from integrations.sandbox.entries import Entry, references
from integrations.sandbox.models import ENTRIES, LinkEntry
from integrations.sandbox.records import Record

SHOWN = 20
"""More mistakes than this are counted, not listed."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # which of the two there is, only the machine knows
    """The safe loader, for which `NO` is Norway: YAML's other words for true and false are left to the fields that want a flag."""


_BOOL = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != _BOOL] for first, found in _Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF"))

_OWN_COLUMNS = {"version", "updated_at", "deleted"}


class FixtureError(ValueError):
    """A fixture that cannot be applied; nothing of it was. The text lists every mistake and how to mend it."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        super().__init__("The fixture was not applied:\n" + "\n".join(f"  {p}" for p in [*problems[:SHOWN], *more]))


@dataclass(frozen=True, slots=True)
class Item:
    """One record as a fixture writes it, and where it stands."""

    key: str
    fields: Mapping[str, Any]
    place: str

    def called(self, record_id: str = "") -> str:
        """How messages name it."""
        name = record_id or self.fields.get(ENTRIES[self.key].id_field)
        return f"{self.key} {name or '(no id)'} ({self.place})"


def read_fixture(text: str, name: str = "") -> list[Item]:
    """The records of a YAML or JSON fixture. `name` is the file's, for messages. Raises FixtureError."""
    text = whole_characters(text)
    if line := too_deep(text):
        raise FixtureError([f"{name or 'the text'}, line {line}: it nests deeper than {MOST_DEPTH} levels; a fixture is a mapping of keys to lists"])
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else {}
    except yaml.YAMLError as error:
        raise FixtureError([f"{name or 'the text'} is not valid YAML: {' '.join(str(error).split())}"]) from None
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        raise FixtureError([f"{name or 'the text'} must be a mapping of keys ({', '.join(ENTRIES)}) to lists of records"])
    problems = _shape(data, node)
    if problems:
        raise FixtureError(problems)
    return [item for key_node, rows in (node.value if node else ()) for item in _items(data[key_node.value], key_node.value, rows, name)]


def _shape(data: Mapping[Any, Any], node: Any) -> list[str]:
    """What is wrong with a fixture before any record is looked at."""
    problems = []
    lines: dict[str, int] = {}
    for key_node, rows in node.value if node else ():
        key, line = key_node.value, key_node.start_mark.line + 1
        if key in lines:
            problems.append(f"line {line}: '{key}' is given twice (also on line {lines[key]}): put all its records in one list")
        elif key not in ENTRIES:
            problems.append(f"line {line}: there is no key '{key}'; a fixture may have: {', '.join(ENTRIES)}")
        elif data[key] is not None and not all(isinstance(row, dict) for row in _listed(data[key])):
            problems.append(f"line {line}: '{key}' must hold a list of records")
        else:
            problems += _repeated(key, rows)
        lines[key] = line
    return problems


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _repeated(key: str, rows: Any) -> list[str]:
    """Fields that a record names twice: YAML would silently keep the last one."""
    problems = []
    for row in getattr(rows, "value", ()) or ():
        names = [field.value for field, _ in row.value] if isinstance(row.value, list) else []
        problems += [
            f"{key} (line {row.start_mark.line + 1}): field '{name}' is given twice" for name in dict.fromkeys(n for n in names if names.count(n) > 1)
        ]
    return problems


def _items(rows: Sequence[Mapping[str, Any]] | None, key: str, node: Any, name: str) -> list[Item]:
    file = f"{name}, " if name else ""
    return [Item(key, row, f"{file}line {mark.start_mark.line + 1}") for row, mark in zip(rows or (), node.value or (), strict=True)]


def apply(connection: Connection, items: Iterable[Item], at: datetime) -> dict[str, int]:
    """Write the records and return how many of each key. Raises FixtureError and writes nothing when anything is
    wrong.
    """
    batch = _Batch(connection, at)
    for item in items:
        batch.add(item)
    batch.check()
    return batch.write()


class _Batch:
    """The records of one fixture on their way in, in front of what the sandbox already holds."""

    def __init__(self, connection: Connection, at: datetime) -> None:
        self._connection = connection
        self._at = at
        self._coming: dict[tuple[str, str], tuple[Item, Entry, Record]] = {}
        self._stored: dict[tuple[str, str], Record | None] = {}
        self._problems: list[str] = []

    def add(self, item: Item) -> None:
        """Merge an item over what is stored, and check its fields."""
        model = ENTRIES[item.key]
        # a link's `id` names what it points at, not itself
        named = None if model is LinkEntry else item.fields.get(model.id_field)
        own = self._record(item.key, str(named)) if named else None
        if named and own is None and item.fields.get("deleted") is True:
            self._problems.append(f"{item.called()}: there is no such record to delete")
            return
        try:
            entry = model.model_validate({**(own.data if own else {}), **item.fields}, context={"at": self._at})
        except ValidationError as error:
            self._problems += [f"{item.called()}: {_said(detail)}" for detail in error.errors()]
            return
        record_id = entry.own_id()
        self._coming[item.key, record_id] = (item, entry, self._merged(item.key, record_id, entry))

    def _record(self, key: str, record_id: str) -> Record | None:
        """A record as it will be: from this fixture, or else as stored."""
        if (key, record_id) in self._coming:
            return self._coming[key, record_id][2]
        if (key, record_id) not in self._stored:
            self._stored[key, record_id] = records.one(self._connection, key, record_id)
        return self._stored[key, record_id]

    def _merged(self, key: str, record_id: str, entry: Entry) -> Record:
        before = self._record(key, record_id)
        return Record(
            key,
            record_id,
            entry.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude=_OWN_COLUMNS),
            version=getattr(entry, "version", None) or (before.version + 1 if before else 1),
            updated_at=getattr(entry, "updated_at", None) or self._at,
            deleted=entry.deleted,
        )

    def check(self) -> None:
        """Check that everything points at something. Raises FixtureError with all that is wrong."""
        for (_, record_id), (item, entry, record) in self._coming.items():
            if not record.deleted:
                pointed = _link(entry) if isinstance(entry, LinkEntry) else references(entry)
                self._problems += [
                    f"{item.called(record_id)}: field '{field}': there is no {key} '{wanted}'"
                    for field, key, wanted in pointed
                    if not self._alive(key, wanted)
                ]
        if self._problems:
            raise FixtureError(self._problems)

    def _alive(self, key: str, record_id: str) -> bool:
        record = self._record(key, record_id)
        return record is not None and not record.deleted

    def write(self) -> dict[str, int]:
        """Store everything."""
        stored = [self._with_account(record) for _, _, record in self._coming.values()]
        records.put(self._connection, *stored)
        for record in stored:
            search.index(self._connection, record)
        return dict(Counter(record.kind for record in stored))

    def _with_account(self, record: Record) -> Record:
        """A touch or a ticket belongs to its contact's account, unless it says otherwise."""
        person = record.data.get({"touches": "contact", "tickets": "requester"}.get(record.kind, ""))
        if not person or "account" in record.data:
            return record
        contact = self._record("contacts", person)
        return record if contact is None else _with(record, account=contact.data["account"])


def _with(record: Record, **fields: Any) -> Record:
    return Record(record.kind, record.id, {**record.data, **fields}, record.version, record.updated_at, record.deleted)


def _link(entry: LinkEntry) -> list[tuple[str, str, str]]:
    return [("id", KINDS[entry.kind], entry.id)]


def _said(detail: Any) -> str:
    """What pydantic found wrong, in our words where its own are about Python."""
    field = ".".join(str(part) for part in detail["loc"]) or "the record"
    what = {"extra_forbidden": "there is no such field", "missing": "is required"}.get(detail["type"], detail["msg"])
    return f"field '{field}': {what.removeprefix('Value error, ')}"
