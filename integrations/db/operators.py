"""What operators do: block and unblock, hold bulk changes and let them go."""

from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from agent.domain.evidence import Block
from agent.domain.records import Hold
from agent.ports import AuditEntry
from integrations.db.errors import NotFoundError
from integrations.db.part import OURSELVES, StorePart, values_of
from integrations.db.statements import insert_new
from integrations.db.stopping import active_blocks, because, covered_by, stop
from integrations.db.tables import BLOCKS, HOLDS


class Operators(StorePart):
    """Blocks and holds."""

    async def blocks(self, at: datetime) -> list[Block]:
        """Blocks in force at the moment, oldest first."""
        return await self._read(lambda c: active_blocks(c, at))

    async def block(self, block: Block, at: datetime) -> int:
        """Record the block and stop every pending ask and unsent effect it covers; how many decisions were stopped.

        The same block again stops what it finds by now.
        """
        return await self._write(lambda c: self._block(c, block, at))

    async def unblock(self, target: str, ref: str, *, by: str, why: str, at: datetime) -> bool:
        """End the blocks on the target that are in force; whether there were any. What they stopped stays stopped."""
        return await self._write(
            lambda c: self._unblock(c, target, ref, AuditEntry("unblock", by, "", {"why": why}), at)
        )

    async def hold(self, hold: Hold) -> Hold:
        """Open, extend or release a hold; returns it as it now is.

        Unreleased: opened, unless the actor's changes are held already; then that hold counts `events` more (under
        the same id: exactly `events`). With `released_at`: the hold of that id is released, once. Raises
        NotFoundError.
        """
        return await self._write(lambda c: self._hold(c, hold))

    async def holds(self) -> list[Hold]:
        """All holds, newest first; a released one has `released_at`."""
        query = select(HOLDS).order_by(HOLDS.c.since.desc(), HOLDS.c.id.desc())
        return await self._read(lambda c: [Hold(**row) for row in c.execute(query).mappings()])

    def _block(self, connection: Connection, block: Block, at: datetime) -> int:
        insert_new(connection, BLOCKS, {**_values(block), "since": at})
        if block.until is not None and block.until <= at:
            return 0
        stopped = stop(connection, covered_by(block), state="blocked", why=because(block), at=at)
        data = {"block": block.id, "why": block.why, "until": block.until, "stopped": stopped}
        self.chain.append(connection, [AuditEntry("block", block.by, f"{block.target}:{block.ref}", data)], at)
        return stopped

    def _unblock(self, connection: Connection, target: str, ref: str, said: AuditEntry, at: datetime) -> bool:
        active = (BLOCKS.c.ended_at.is_(None), or_(BLOCKS.c.until.is_(None), BLOCKS.c.until > at))
        change = update(BLOCKS).where(BLOCKS.c.target == target, BLOCKS.c.ref == ref, *active)
        values = {"ended_at": at, "ended_by": said.who, "ended_why": said.data["why"]}
        ended = connection.execute(change.values(values)).rowcount
        if ended:
            self.chain.append(connection, [AuditEntry(said.kind, said.who, f"{target}:{ref}", said.data)], at)
        return bool(ended)

    def _hold(self, connection: Connection, hold: Hold) -> Hold:
        if hold.released_at is not None:
            return self._release(connection, hold, hold.released_at)
        current = select(HOLDS).where(HOLDS.c.source == hold.source, HOLDS.c.actor == hold.actor)
        row = connection.execute(current.where(HOLDS.c.released_at.is_(None))).mappings().first()
        if row is None:
            connection.execute(insert(HOLDS), values_of(hold, HOLDS))
            data = {"source": hold.source, "actor": hold.actor, "why": hold.why}
            self.chain.append(connection, [AuditEntry("hold", OURSELVES, hold.id, data)], hold.since)
            return hold
        events = hold.events if row["id"] == hold.id else row["events"] + hold.events
        values = {"events": events, "decision_id": hold.decision_id or row["decision_id"]}
        connection.execute(update(HOLDS).where(HOLDS.c.id == row["id"]).values(values))
        return _find(connection, row["id"])

    def _release(self, connection: Connection, hold: Hold, at: datetime) -> Hold:
        change = update(HOLDS).where(HOLDS.c.id == hold.id, HOLDS.c.released_at.is_(None))
        if connection.execute(change.values(released_at=at, released_by=hold.released_by)).rowcount:
            entry = AuditEntry("release", hold.released_by or OURSELVES, hold.id, {"why": hold.why})
            self.chain.append(connection, [entry], at)
        return _find(connection, hold.id)


def _values(block: Block) -> dict[str, object]:
    return {name: getattr(block, name) for name in ("id", "target", "ref", "why", "by", "until")}


def _find(connection: Connection, hold_id: str) -> Hold:
    row = connection.execute(select(HOLDS).where(HOLDS.c.id == hold_id)).mappings().first()
    if row is None:
        raise NotFoundError(f"there is no hold {hold_id}.")
    return Hold(**row)
