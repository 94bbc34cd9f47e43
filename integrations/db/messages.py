"""The outbox: messages to colleagues, kept until they are delivered."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from agent.domain.records import Message
from agent.errors import NotFound
from integrations.db.part import StorePart, tupled, values_of
from integrations.db.statements import insert_all_new
from integrations.db.tables import MESSAGES

ASKS = ("ask", "difference")
_WAITING = select(MESSAGES.c.id).where(MESSAGES.c.delivered_at.is_(None)).limit(1)
_MESSAGE = select(*(column for column in MESSAGES.columns if column.name != "delivered_at"))


class Messages(StorePart):
    """Keeps messages."""

    async def undelivered(self) -> bool:
        """Whether any message waits to be delivered."""
        return await self._look(lambda c: c.execute(_WAITING).first()) is not None

    async def messages(self, *, undelivered: bool) -> list[Message]:
        """Messages in the order they were written; only those not delivered yet, or all."""
        query = _MESSAGE.where(MESSAGES.c.delivered_at.is_(None)) if undelivered else _MESSAGE
        query = query.order_by(MESSAGES.c.at, MESSAGES.c.id)
        return await self._read(lambda c: [Message(**tupled(row, "to")) for row in c.execute(query).mappings()])

    async def add_messages(self, messages: Sequence[Message]) -> None:
        """Add messages; one with a known id is there already."""
        await self._write(lambda c: add_messages(c, messages))

    async def delivered(self, message_id: str, at: datetime) -> None:
        """Mark a message as delivered; the first time counts. Raises NotFound."""
        await self._write(lambda c: _delivered(c, message_id, at))


def add_messages(connection: Connection, messages: Sequence[Message], *, asking: bool = True) -> None:
    """Add those messages that are not there yet; without the asks, when nobody may be asked any more."""
    wanted = [message for message in messages if asking or message.kind not in ASKS]
    insert_all_new(connection, MESSAGES, [values_of(message, MESSAGES) for message in wanted])


def _delivered(connection: Connection, message_id: str, at: datetime) -> None:
    this = MESSAGES.c.id == message_id
    marked = connection.execute(update(MESSAGES).where(this, MESSAGES.c.delivered_at.is_(None)).values(delivered_at=at))
    if not marked.rowcount and connection.execute(select(MESSAGES.c.id).where(this)).first() is None:
        raise NotFound(f"There is no message {message_id}.")
