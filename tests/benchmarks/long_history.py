"""A history as long as wanted: one that was really lived, copied straight into the tables again and again.

Each copy is of its own ids, moments and companies, in columns and in records alike, so that pages cannot tell it from what was decided. Only two
things a copy has not: what the sandbox's own systems know of its companies, and an audit log that verifies (its entries are there, unsealed).
"""

import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from integrations.bootstrap import open_workspace
from integrations.cli.demo_history import START, Telling
from integrations.db.decision_words import WORDS
from integrations.db.heading import EACH
from integrations.sandbox.month.month import Month
from integrations.settings import Settings

DAYS, SETTLED = 5, timedelta(days=23)
"""So long is lived, and so much later all that was asked has ended, and what came of it is known."""

EVERY = timedelta(days=30) / 100_000
"""So far apart are two decisions of the long history: 100,000 of them are a month."""

COMPANIES = 30
"""Of each company there are so many."""

LABELLED = 10
"""One in so many is labelled."""

_WHOSE = {
    **dict.fromkeys(("decisions", "inbox"), "run_id"), "runs": "id", "watches": "decision",
    **dict.fromkeys(("edits", "stops", "approvals", "actions", "messages", "outcomes", "reviews", "decision_heads"), "decision_id"),
}  # fmt: skip
"""By table the column that says whose a row is; audit and rules have their own way."""
_ORDER = ("inbox", "runs", "decisions", "decision_heads", "decision_rules", "edits", "stops", "approvals", "actions", "messages", "outcomes")
TABLES = (*_ORDER, "watches", "reviews", "audit")
_COUNTED = {"edits": "id", "audit": "seq"}
"""Keys that the database counts up."""

_VARIES = re.compile(
    r"(?<=(?:dec|run|apr)_)[0-9a-f]{12}|(?<=np-)[0-9a-f]{24}|acc_m?\d{3}(?!\d)|20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?"
)

Row = Mapping[str, Any]
Rows = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Lived:
    """Two parts of what was decided in those days: what waited for an answer at their end, as it was then, and everything, as it is now.

    So copies of the second kind know what came of them, however new they are.
    """

    waiting: Rows
    whole: Rows


async def live(settings: Settings, file: Path) -> Lived:
    """Live through some days of the demo's month, and then on until all is settled."""
    async with open_workspace(settings, at=START) as workspace:
        await workspace.sandbox.seed()
        telling = Telling(workspace, Month(START, days=DAYS))
        _ = [told async for told in telling.passes()]
        waiting = _read(file, "SELECT decision_id FROM approvals WHERE state IN ('open', 'snoozed')")
        last = workspace.clock()
        while workspace.clock() < last + SETTLED:
            workspace.clock.stand_at(workspace.clock() + timedelta(days=1))
            await workspace.service.tick()
            await workspace.engine.settle()
        people = await workspace.sandbox.directory.people(workspace.clock())
        reviewer = next(person.email for person in people if person.active)
        for row in (await workspace.service.decisions(limit=10_000))[::LABELLED]:
            if row.play is not None:
                await workspace.service.label(row.id, "good", who=reviewer)
        await workspace.clock.move_to(workspace.clock(), workspace.database)
    ended = "run_id NOT IN (SELECT id FROM runs WHERE state IN ('asking', 'acting'))"
    return Lived(waiting, _read(file, f"SELECT id FROM decisions WHERE created_at <= '{last:%Y-%m-%d %H:%M:%S}' AND {ended}"))


def lengthen(file: Path, lived: Lived, now: datetime, *, decisions: int, pending: int) -> None:
    """Copy both until there are so many decisions before `now`, so many of them with an ask that waits. Nobody else has the file open."""
    asks, every = len(lived.waiting["approvals"]), len(lived.whole["decisions"])
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -4000000", "foreign_keys = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        indexes = connection.execute(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN {TABLES}"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        connection.execute("BEGIN")
        many = -(-max(decisions - pending - every, 0) // every)
        _copy(connection, lived.whole, [now - _latest(lived.whole) - number * every * EVERY for number in range(many, 0, -1)], first=pending)
        many = -(-pending // asks)
        _copy(connection, lived.waiting, [now - _latest(lived.waiting) - number * asks * EVERY for number in range(many, 0, -1)], first=0)
        connection.execute("UPDATE audit_head SET seq = (SELECT max(seq) FROM audit)")
        connection.execute("COMMIT")
        for _, made in indexes:
            connection.execute(made)
        connection.execute(f"INSERT INTO {WORDS} ({WORDS}) VALUES ('rebuild')")
        connection.execute("PRAGMA journal_mode = WAL")


def _latest(rows: Rows) -> datetime:
    return datetime.fromisoformat(max(row["created_at"] for row in rows["decisions"])).replace(tzinfo=UTC)


def _read(file: Path, which: str) -> Rows:
    """The rows of the decisions that a query names, and all that belongs to them."""
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row

        def rows(query: str, *values: Any) -> list[Row]:
            return [dict(row) for row in connection.execute(query, values)]

        decisions = f"SELECT id FROM decisions WHERE id IN ({which})"
        runs = f"SELECT run_id FROM decisions WHERE id IN ({which})"
        found = {
            name: rows(f"SELECT * FROM {name} WHERE {of} IN ({runs if of == 'run_id' or name == 'runs' else decisions})")
            for name, of in _WHOSE.items()
        }
        found["decision_rules"] = rows(
            f"SELECT * FROM decision_rules WHERE place IN (SELECT place FROM decision_heads WHERE decision_id IN ({which}))"
        )
        named = {*(row["id"] for name in ("decisions", "runs", "approvals") for row in found[name]), *(row["key"] for row in found["actions"])}
        found["audit"] = [row for row in rows("SELECT * FROM audit") if row["ref"] in named]
    return found


def _copy(connection: sqlite3.Connection, rows: Rows, shifts: Sequence[timedelta], *, first: int) -> None:
    """A copy for each shift, in this order. `first`: from where on copies are numbered, so that no two have the same ids."""
    for table in TABLES:
        if not rows[table]:
            continue
        names = [name for name in rows[table][0] if name != _COUNTED.get(table)]
        apart = [_apart(table, [row[name] for name in names], names) for row in rows[table]]
        start = connection.execute("SELECT max(seq) FROM audit").fetchone()[0] if table == "audit" else None
        columns = ", ".join(f'"{name}"' for name in [*names, *(["seq"] if start is not None else [])])
        marks = ", ".join("?" * (len(names) + (start is not None)))
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", _every(apart, shifts, first, start))


def _every(apart: Sequence[list[Any]], shifts: Sequence[timedelta], first: int, seq: int | None) -> Iterator[list[Any]]:
    for number, shift in enumerate(shifts, first):
        new = _New(number, shift + timedelta(microseconds=number))  # no two copies have a microsecond in common: each has places of its own
        for parts in apart:
            row = [part(new) if callable(part) else part for part in parts]
            if seq is not None:
                seq += 1
                row.append(seq)
            yield row


def _apart(table: str, values: Iterable[Any], names: Sequence[str]) -> list[Any]:
    """A row whose varying values wait for what they become in a copy."""
    return [_part(table, name, value) for name, value in zip(names, values, strict=True)]


def _part(table: str, name: str, value: Any) -> Any:
    if name == "place":
        return lambda new: value + new.shift // timedelta(microseconds=1) * EACH
    if (table, name) == ("inbox", "event_id"):
        return lambda new: f"{value}~{new.number}"
    if name == "salt" or not isinstance(value, str | bytes):
        return value
    squeezed = isinstance(value, bytes) and value[:2] == b"x\x01"
    text = value if isinstance(value, str) else (zlib.decompress(value) if squeezed else value).decode()
    parts = _cut(text)
    if len(parts) == 1:
        return value
    if isinstance(value, str):
        return partial(_joined, parts)
    return (lambda new: zlib.compress(_joined(parts, new).encode(), 1)) if squeezed else (lambda new: _joined(parts, new).encode())


def _cut(text: str) -> list[str]:
    """What stays, what varies, what stays, and so on."""
    parts, place = [], 0
    for found in _VARIES.finditer(text):
        parts += [text[place : found.start()], found.group()]
        place = found.end()
    return [*parts, text[place:]]


def _joined(parts: list[str], new: "_New") -> str:
    whole = parts.copy()
    whole[1::2] = [new[part] for part in parts[1::2]]
    return "".join(whole)


class _New(dict[str, str]):
    """What each varying part of the lived history is called in one copy."""

    def __init__(self, number: int, shift: timedelta) -> None:
        self.number, self.shift = number, shift

    def __missing__(self, part: str) -> str:
        self[part] = made = self._moment(part) if part[4:5] == "-" else self._account(part) if part[:4] == "acc_" else self._id(part)
        return made

    def _id(self, part: str) -> str:
        return f"{(int(part, 16) + (self.number + 1) * 0x9E3779B97F4A7C15F39CC060) % 16 ** len(part):0{len(part)}x}"

    def _account(self, part: str) -> str:
        return f"{part}x{self.number % COMPANIES:02}"

    def _moment(self, part: str) -> str:
        moment = datetime.fromisoformat(part.removesuffix("Z").removesuffix("+00:00")) + self.shift
        whole = moment.isoformat(part[10], "microseconds" if "." in part else "seconds")
        return whole + part[19:].lstrip(".0123456789")
