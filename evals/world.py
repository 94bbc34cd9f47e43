"""What the sandbox's own records say at a moment. The standards read these, and not what the machine made of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from integrations.db.database import Database
from integrations.sandbox import records
from integrations.sandbox.models import ENTRIES

Row = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """Living records by kind (a key of the fixture format) and id."""

    kinds: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)

    def one(self, kind: str, record_id: str | None) -> Row:
        """A record; an empty one where there is none."""
        return self.kinds.get(kind, {}).get(record_id or "", {})

    def all(self, kind: str) -> Mapping[str, Row]:
        """The records of a kind, by id."""
        return self.kinds.get(kind, {})

    def top_of(self, account: str | None) -> str | None:
        """The top of an account's family."""
        seen: set[str] = set()
        while account and account not in seen and (parent := self.one("accounts", account).get("parent")):
            seen.add(account)
            account = parent
        return account

    def family(self, account: str | None) -> dict[str, Row]:
        """The account and everybody under the same top parent."""
        top = self.top_of(account)
        return {} if account is None else {name: row for name, row in self.all("accounts").items() if self.top_of(name) == top}

    def consent(self, contact: str, purpose: str, channel: str) -> str | None:
        """The latest word of a contact, of those that have a time, or else of those that have none."""
        said = [c for c in self.all("consents").values() if (c["contact"], c["purpose"], c["channel"]) == (contact, purpose, channel)]
        return max(said, key=lambda c: str(c.get("at") or ""))["status"] if said else None

    @cached_property
    def texts(self) -> str:
        """Every value of every record, as one text."""
        return "\n".join(text for rows in self.kinds.values() for row in rows.values() for text in _texts(row))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
    elif value is not None:
        yield str(value)


async def look(database: Database) -> World:
    """The world as it is now."""

    def work(connection: Connection) -> World:
        return World({kind: {r.id: r.data for r in records.all_of(connection, kind)} for kind in ENTRIES})

    return await database.glance(work)
