"""That this database is a restored copy: what it does not know of may have been done since the backup was taken."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from agent.ports import AuditEntry
from integrations.db.part import StorePart
from integrations.db.sandbox_rows import META
from integrations.db.statements import insert_for

CAREFUL_FOR = timedelta(days=30)
"""Senders repeat what was acknowledged for days; asks and deferrals of before may go on for weeks."""

_KEY = "look_first_until"
_UNTIL = select(META.c.value).where(META.c.key == bindparam("key"))


class Restoring(StorePart):
    """Remembers that everything is to be looked up before it is done."""

    async def restored(self, *, by: str, at: datetime) -> datetime:
        """From now on every effect is looked up at its target first, by its marker; until when."""
        until = at + CAREFUL_FOR

        def work(connection: Connection) -> None:
            kept = insert_for(connection, META).on_conflict_do_update(index_elements=[META.c.key], set_={"value": until.isoformat()})
            connection.execute(kept, {"key": _KEY, "value": until.isoformat()})
            self.chain.append(connection, [AuditEntry("restored", by, "database", {"look_first_until": until.isoformat()})], at)

        await self._write(work)
        return until

    async def looks_first(self, at: datetime) -> bool:
        """Whether an effect that was never begun here may have been done all the same."""
        until = await self._look(lambda c: c.execute(_UNTIL, {"key": _KEY}).scalar())
        return until is not None and at < datetime.fromisoformat(until)
