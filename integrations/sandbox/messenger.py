"""The sandbox as a messenger: what colleagues were told is kept in a table."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from integrations.db.sandbox_rows import MESSAGES
from integrations.db.statements import insert_new
from integrations.sandbox.source import Clock, Store


class SandboxMessenger:
    """Implements the `Messenger` port. The same message id is kept once, as it was first delivered."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def deliver(self, message_id: str, *, kind: str, to: Sequence[str], title: str, body: str, data: dict[str, Any]) -> None:
        """Keep a message."""
        row = {
            "id": message_id,
            "at": self._clock(),
            "kind": kind,
            "to": list(to),
            "title": title,
            "body": body,
            "data": data,
        }

        def work(connection: Connection) -> None:
            insert_new(connection, MESSAGES, row)

        await self._store.write_core(work)

    async def delivered(self) -> list[dict[str, Any]]:
        """Every message, oldest first."""

        def work(connection: Connection) -> list[dict[str, Any]]:
            rows = connection.execute(select(MESSAGES).order_by(MESSAGES.c.at, MESSAGES.c.id)).mappings()
            return [dict(row) for row in rows]

        return await self._store.read_core(work)
