"""What a fleet came to: the rows of its database, read without any of our code for it, and the logs of the world outside."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from tests.chaos.fleet.lines import Row, lines_in

TABLES = ("inbox", "quarantine", "runs", "decisions", "approvals", "actions", "messages", "audit", "audit_head")

_OPEN = {
    "runs": "SELECT count(*) FROM runs WHERE state NOT IN ('closed', 'parked', 'held', 'dead')",
    "asks": "SELECT count(*) FROM approvals WHERE state IN ('open', 'snoozed')",
    "messages": "SELECT count(*) FROM messages WHERE delivered_at IS NULL",
}


@dataclass(frozen=True)
class Evidence:
    """Rows by table; what senders were told, what people were told, and what was done to the helpdesk, by the helpdesk itself."""

    rows: dict[str, list[Row]]
    acknowledged: list[Row]
    answered: list[Row]
    effects: list[Row]
    key: bytes = field(repr=False)
    ended_asks: dict[str, Row] = field(default_factory=dict)
    """Asks that were seen to have ended while everything ran, as they were then."""

    @classmethod
    def of(cls, url: str, *, senders: Path, people: Path, helpdesk: Path, key_file: Path, ended_asks: dict[str, Row] | None = None) -> "Evidence":
        """Read it."""
        rows = {name: said(url, f"SELECT * FROM {name}") for name in TABLES}
        key = bytes.fromhex(key_file.read_text().strip())
        return cls(rows, lines_in(senders), lines_in(people), lines_in(helpdesk), key, ended_asks or {})


def said(url: str, query: str) -> list[Row]:
    """What a database answers, whatever kind it is. A file is opened so that it cannot be changed."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(f"file:{parsed.database}?mode=ro", uri=True, timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]
    engine = create_engine(parsed)
    try:
        with engine.connect() as server:
            return [{name: _as_in_a_file(value) for name, value in row.items()} for row in server.execute(text(query)).mappings()]
    finally:
        engine.dispose()


def _as_in_a_file(value: Any) -> Any:
    """A moment as SQLite holds it: as text, in UTC and without saying so."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds") if isinstance(value, datetime) else value


def still_open(url: str) -> dict[str, int]:
    """How much has not come to an end, by what it is."""
    found: dict[str, Any] = {what: next(iter(said(url, query)[0].values())) for what, query in _OPEN.items()}
    return {what: int(count) for what, count in found.items() if count}
