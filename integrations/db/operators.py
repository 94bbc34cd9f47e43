"""What operators do: block and unblock, hold bulk changes and let them go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select, update

from agent.domain.evidence import Block
from agent.domain.records import Hold, Run
from agent.errors import NotFound, Refused
from agent.ports import Arrival, AuditEntry
from integrations.db.inbox import accept
from integrations.db.part import OURSELVES, StorePart, values_of
from integrations.db.recalling import recall
from integrations.db.runs import ENDED, find_runs
from integrations.db.statements import insert_for
from integrations.db.stopping import active_blocks, stop_covered
from integrations.db.tables import BLOCKS, DECISIONS, HOLDS, RUNS


@dataclass(frozen=True, slots=True)
class Release:
    """A hold that is to be released as it was seen, and what is decided instead."""

    hold_id: str
    held: set[str]
    instead: Sequence[tuple[Arrival, Run]]
    by: str
    at: datetime


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

    async def hold(self, hold: Hold, *, run_id: str, recall_at: datetime | None = None) -> Hold:
        """Hold an actor's changes back. Opens the hold; or the run joins the one that is open: it is held, and counted there.

        Returns the hold as it now is; it keeps the `decision_id` of the first, so who finds another one there joined
        it. The same decision again changes nothing. The id of a hold that was released opens it anew. With `recall_at`, the time it is,
        what the actor changed around then and nobody has answered yet joins a hold that opens.
        """
        return await self._write(lambda c: self._hold(c, hold, run_id, recall_at))

    async def held_runs(self, hold_id: str) -> list[Run]:
        """The runs that an open hold holds back, oldest first. Raises NotFound when it is not open."""
        return await self._read(lambda c: find_runs(c, _held_by(c, hold_id)))

    async def release_hold(self, hold_id: str, *, held: Sequence[str], instead: Sequence[tuple[Arrival, Run]], by: str, at: datetime) -> bool:
        """Release a hold, close its held runs, and accept what is decided instead of them.

        False when other runs than `held` are held back by now; then nothing changes. Raises NotFound when it is not open.
        """
        return await self._write(lambda c: self._release(c, Release(hold_id, set(held), instead, by, at)))

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

    def _hold(self, connection: Connection, hold: Hold, run_id: str, recall_at: datetime | None) -> Hold:
        theirs = (HOLDS.c.source == hold.source, HOLDS.c.actor == hold.actor, HOLDS.c.released_at.is_(None))
        row = connection.execute(select(HOLDS).where(*theirs)).mappings().first()
        if row is None:
            _open(connection, hold)
            recalled = recall(connection, hold, recall_at) if recall_at else []
            data = {"source": hold.source, "actor": hold.actor, "why": hold.why, "recalled": recalled}
            self.chain.append(connection, [AuditEntry("hold", OURSELVES, hold.id, data)], hold.since)
            return replace(hold, events=hold.events + len(recalled))
        if row["decision_id"] is not None and row["decision_id"] == hold.decision_id:
            return Hold(**row)
        more = {"events": row["events"] + hold.events, "decision_id": row["decision_id"] or hold.decision_id}
        connection.execute(update(HOLDS).where(HOLDS.c.id == row["id"]).values(more))
        joins = update(RUNS).where(RUNS.c.id == run_id, RUNS.c.state.not_in(ENDED))
        connection.execute(joins.values(state="held", wake_at=None, error=row["id"]))
        return Hold(**{**row, **more})

    def _release(self, connection: Connection, release: Release) -> bool:
        held = _held_by(connection, release.hold_id)
        if set(connection.execute(select(RUNS.c.id).where(held)).scalars()) != release.held:
            return False
        connection.execute(update(RUNS).where(held).values(state="closed"))
        ended = update(HOLDS).where(HOLDS.c.id == release.hold_id)
        connection.execute(ended.values(released_at=release.at, released_by=release.by))
        accept(connection, release.instead, release.at)
        data = {"runs": len(release.held), "subjects": len(release.instead)}
        self.chain.append(connection, [AuditEntry("release", release.by, release.hold_id, data)], release.at)
        return True


def _held_by(connection: Connection, hold_id: str) -> ColumnElement[bool]:
    """Which runs an open hold holds back: the one that opened it, and those that joined it."""
    this = select(HOLDS.c.decision_id, DECISIONS.c.id.label("recorded")).outerjoin(DECISIONS, DECISIONS.c.id == HOLDS.c.decision_id)
    hold = connection.execute(this.where(HOLDS.c.id == hold_id, HOLDS.c.released_at.is_(None))).first()
    if hold is None:
        raise NotFound(f"There is no open hold {hold_id}.", "List them with: nextplay holds list")
    if hold.recorded is None:  # the change that opened it is not held back yet, and would be for ever
        raise Refused(f"The hold {hold_id} is only just being opened.", "Try again in a moment.")
    return (RUNS.c.state == "held") & or_(RUNS.c.error == hold_id, RUNS.c.decision_id == hold.decision_id)


def _open(connection: Connection, hold: Hold) -> None:
    values = values_of(hold, HOLDS)
    again = insert_for(connection, HOLDS).on_conflict_do_update(index_elements=[HOLDS.c.id], set_=values)
    connection.execute(again, values)


def _put_block(connection: Connection, block: Block, at: datetime) -> None:
    values = {name: getattr(block, name) for name in ("id", "target", "ref", "why", "by", "until")}
    fresh = {**values, "since": at, "ended_at": None, "ended_by": None, "ended_why": None}
    again = insert_for(connection, BLOCKS).on_conflict_do_update(index_elements=[BLOCKS.c.id], set_=fresh)
    connection.execute(again, fresh)
