"""Decisions that were stopped after they were recorded, and whether they may be reconsidered."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from agent.ports import AuditEntry
from integrations.db.ledger import cancel_planned
from integrations.db.part import StorePart
from integrations.db.runs import OPEN_ASKS
from integrations.db.stopping import note_stop
from integrations.db.tables import APPROVALS, DECISIONS, STOPS


class Stop(NamedTuple):
    """A coded reason that ends what was decided, and until when it may be reconsidered."""

    decision_id: str
    code: str
    text: str
    reconsider_until: datetime | None


class Stops(StorePart):
    """Stops decisions, and lists those that deserve a second look."""

    async def stop(
        self,
        decision_id: str,
        *,
        code: str,
        text: str,
        reconsider_until: datetime | None,
        audit: AuditEntry,
        at: datetime | None = None,
    ) -> None:
        """Add the coded reason to the decision, void its open asks and fail its planned actions.

        It may be reconsidered once, until `reconsider_until`. The same code again changes nothing. Raises NotFound.
        `at`: when, for the audit log.
        """
        stop = Stop(decision_id, code, text, reconsider_until)
        await self._write(lambda c: self._stop(c, stop, audit, at))

    async def to_reconsider(self, at: datetime) -> list[str]:
        """Decisions that were stopped, may be reconsidered until `at` or later, and have not been."""
        open_ = (STOPS.c.reconsider_until >= at, STOPS.c.reconsidered.is_(False))
        first = func.min(STOPS.c.reconsider_until)
        query = select(STOPS.c.decision_id).where(*open_).group_by(STOPS.c.decision_id).order_by(first, STOPS.c.decision_id)
        return await self._read(lambda c: list(c.execute(query).scalars()))

    async def reconsidered(self, decision_id: str) -> None:
        """Note that the one reconsideration has been had."""
        change = update(STOPS).where(STOPS.c.decision_id == decision_id).values(reconsidered=True)
        await self._write(lambda c: c.execute(change).rowcount)

    def _stop(self, connection: Connection, stop: Stop, audit: AuditEntry, at: datetime | None) -> None:
        created_at = connection.execute(select(DECISIONS.c.created_at).where(DECISIONS.c.id == stop.decision_id)).scalar()
        if not note_stop(connection, *stop) or created_at is None:
            return
        why = f"{stop.code}: {stop.text}"
        asks = (APPROVALS.c.decision_id == stop.decision_id, APPROVALS.c.state.in_(OPEN_ASKS))
        connection.execute(update(APPROVALS).where(*asks).values(state="void", ended=why, at=at))
        cancel_planned(connection, stop.decision_id, why, at or created_at)
        self.chain.append(connection, [audit], at)
