"""Alarms, and who has taken them on."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from agent.domain.records import Alarm, Message
from agent.errors import NotFound
from agent.ports import AuditEntry
from integrations.db.part import StorePart, tupled
from integrations.db.statements import insert_new
from integrations.db.tables import ALARM_ANSWERS, MESSAGES

_MESSAGE = [column for column in MESSAGES.columns if column.name != "delivered_at"]
_ANSWER = (ALARM_ANSWERS.c.by.label("answered_by"), ALARM_ANSWERS.c.at.label("answered_at"), ALARM_ANSWERS.c.note)
_ALARM = select(*_MESSAGE, *_ANSWER).outerjoin(ALARM_ANSWERS, ALARM_ANSWERS.c.message_id == MESSAGES.c.id).where(MESSAGES.c.kind == "alarm")


class Alarms(StorePart):
    """Reads and answers alarms."""

    async def alarms(self, *, at_most: int) -> list[Alarm]:
        """Alarms, those first that nobody has taken on, the newest first."""
        query = _ALARM.order_by(ALARM_ANSWERS.c.at.is_not(None), MESSAGES.c.at.desc(), MESSAGES.c.id).limit(at_most)
        return await self._read(lambda c: [_alarm(row) for row in c.execute(query).mappings()])

    async def answer_alarm(self, message_id: str, *, by: str, note: str, at: datetime) -> Alarm:
        """Take an alarm on. Raises NotFound; of two who do so the first stands."""
        row = {"message_id": message_id, "by": by, "note": note, "at": at}
        return await self._write(lambda c: self._take_on(c, row))

    def _take_on(self, connection: Connection, row: dict[str, Any]) -> Alarm:
        this = _ALARM.where(MESSAGES.c.id == row["message_id"])
        if connection.execute(this).first() is None:
            raise NotFound(f"There is no alarm {row['message_id']}.", "Those that there are stand under Operations.")
        if insert_new(connection, ALARM_ANSWERS, row):
            self.chain.append(connection, [AuditEntry("alarm.answered", row["by"], row["message_id"], {"note": row["note"]})], row["at"])
        return _alarm(connection.execute(this).mappings().one())


def _alarm(row: RowMapping) -> Alarm:
    values = tupled(row, "to")
    answer = {name: values.pop(name) for name in ("answered_by", "answered_at", "note")}
    return Alarm(Message(**values), answer["answered_by"], answer["answered_at"], answer["note"] or "")
