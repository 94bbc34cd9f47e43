"""What operators do: block and unblock, hold bulk changes and let them go."""

from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from agent.domain.evidence import Block
from agent.domain.records import Hold, Run
from agent.errors import NotFound
from agent.ports import AuditEntry
from integrations.db.part import OURSELVES, StorePart, values_of
from integrations.db.runs import find_runs
from integrations.db.statements import insert_for
from integrations.db.stopping import active_blocks, stop_covered
from integrations.db.tables import BLOCKS, HOLDS, RUNS


class Operators(StorePart):
    """Blocks and holds."""

    async def blocks(self, at: datetime) -> list[Block]:
        """Blocks in force at the moment, oldest first."""
        return await self._read(lambda c: active_blocks(c, at))

    async def block(self, block: Block, at: datetime) -> int:
        """Record the block and stop every pending ask and unsent effect it covers; how many decisions were stopped.

        The id of an earlier block puts it in force anew, with what is said now.
        """
        return await self._write(lambda c: self._block(c, block, at))

    async def unblock(self, target: str, ref: str, *, by: str, why: str, at: datetime) -> bool:
        """End the blocks on the target that are in force; whether there were any. What they stopped stays stopped."""
        return await self._write(lambda c: self._unblock(c, target, ref, AuditEntry("unblock", by, "", {"why": why}), at))

    async def hold(self, hold: Hold) -> Hold:
        """Hold an actor's changes back. Opens the hold, or counts `events` more in the one that is open already.

        Returns the hold as it now is; it keeps the `decision_id` of the first, so who finds another one there joined
        it. The same decision again changes nothing. The id of a hold that was released opens it anew.
        """
        return await self._write(lambda c: self._hold(c, hold))

    async def release_hold(self, hold_id: str, *, by: str, at: datetime) -> list[Run]:
        """Release a hold and close its held runs; returns them, oldest first. Raises NotFound when it is not open."""
        return await self._write(lambda c: self._release(c, hold_id, by, at))

    async def holds(self) -> list[Hold]:
        """All holds, newest first; a released one has `released_at`."""
        query = select(HOLDS).order_by(HOLDS.c.since.desc(), HOLDS.c.id.desc())
        return await self._read(lambda c: [Hold(**row) for row in c.execute(query).mappings()])

    def _block(self, connection: Connection, block: Block, at: datetime) -> int:
        _put_block(connection, block, at)
        if block.until is not None and block.until <= at:
            return 0
        stopped = stop_covered(connection, block, at)
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
        theirs = (HOLDS.c.source == hold.source, HOLDS.c.actor == hold.actor, HOLDS.c.released_at.is_(None))
        row = connection.execute(select(HOLDS).where(*theirs)).mappings().first()
        if row is None:
            _open(connection, hold)
            data = {"source": hold.source, "actor": hold.actor, "why": hold.why}
            self.chain.append(connection, [AuditEntry("hold", OURSELVES, hold.id, data)], hold.since)
            return hold
        if row["decision_id"] is not None and row["decision_id"] == hold.decision_id:
            return Hold(**row)
        more = {"events": row["events"] + hold.events, "decision_id": row["decision_id"] or hold.decision_id}
        connection.execute(update(HOLDS).where(HOLDS.c.id == row["id"]).values(more))
        return Hold(**{**row, **more})

    def _release(self, connection: Connection, hold_id: str, by: str, at: datetime) -> list[Run]:
        this = (HOLDS.c.id == hold_id, HOLDS.c.released_at.is_(None))
        decision_id = connection.execute(select(HOLDS.c.decision_id).where(*this)).scalar()
        if not connection.execute(update(HOLDS).where(*this).values(released_at=at, released_by=by)).rowcount:
            raise NotFound(f"There is no open hold {hold_id}.")
        held = (RUNS.c.state == "held") & or_(RUNS.c.error == hold_id, RUNS.c.decision_id == decision_id)
        runs = find_runs(connection, held)
        connection.execute(update(RUNS).where(held).values(state="closed"))
        self.chain.append(connection, [AuditEntry("release", by, hold_id, {"runs": len(runs)})], at)
        return runs


def _open(connection: Connection, hold: Hold) -> None:
    values = values_of(hold, HOLDS)
    again = insert_for(connection, HOLDS).on_conflict_do_update(index_elements=[HOLDS.c.id], set_=values)
    connection.execute(again, values)


def _put_block(connection: Connection, block: Block, at: datetime) -> None:
    values = {name: getattr(block, name) for name in ("id", "target", "ref", "why", "by", "until")}
    fresh = {**values, "since": at, "ended_at": None, "ended_by": None, "ended_why": None}
    again = insert_for(connection, BLOCKS).on_conflict_do_update(index_elements=[BLOCKS.c.id], set_=fresh)
    connection.execute(again, fresh)
