"""What became of the decisions of a span of time, and what people said of them, for who looks back on many and opens few."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, select

from agent.domain.decision import BAD_LABELS
from agent.domain.records import APPROVED, Reviewed
from agent.listing import Answered, Fared
from integrations.db.head_rows import HEADS
from integrations.db.part import StorePart
from integrations.db.spans import DELIVERED, FATES, OF_THESE, Span
from integrations.db.tables import APPROVALS, OUTCOMES, REVIEWS

_FARED = select(HEADS.c.decision_id, HEADS.c.play, HEADS.c.route, DELIVERED, OUTCOMES.c.result, OUTCOMES.c.guardrails).select_from(FATES)
_ANSWERS = (
    select(*(APPROVALS.c[name] for name in ("needed_role", "answered_by", "state", "created_at", "at")))
    .join_from(HEADS, APPROVALS, APPROVALS.c.decision_id == OF_THESE)
    .where(APPROVALS.c.answered_by.is_not(None), APPROVALS.c.state.in_((*APPROVED, "rejected")))
)
_REJECTED = (
    select(*(APPROVALS.c[name] for name in ("decision_id", "answered_by", "reason", "note")), APPROVALS.c.at, HEADS.c.created_at)
    .join_from(HEADS, APPROVALS, APPROVALS.c.decision_id == OF_THESE)
    .where(APPROVALS.c.state == "rejected", APPROVALS.c.reason.in_(BAD_LABELS))
    .order_by(HEADS.c.place, APPROVALS.c.round, APPROVALS.c.id)
)
_REVIEWED = (
    select(*(REVIEWS.c[name] for name in Reviewed.__dataclass_fields__))
    .join_from(HEADS, REVIEWS, REVIEWS.c.decision_id == OF_THESE)
    .order_by(REVIEWS.c.at, REVIEWS.c.by)
)


class Faring(StorePart):
    """Reads what became of decisions."""

    async def fared(self, *, since: datetime, until: datetime, surface: str | None = None) -> list[Fared]:
        """What became of each decision made in that time, oldest first, with what reviewers say of it. Events that started no work are none."""
        return await self._read(lambda c: _fared(c, Span(since, until, surface)))

    async def answers(self, *, since: datetime, until: datetime, surface: str | None = None) -> list[Answered]:
        """What people answered to the asks of these decisions."""
        query = _ANSWERS.where(Span(since, until, surface).within())
        return await self._read(lambda c: [Answered(*row) for row in c.execute(query)])


def _fared(connection: Connection, span: Span) -> list[Fared]:
    said = _said(connection, span)
    rows = connection.execute(_FARED.where(span.within()).order_by(HEADS.c.place))
    return [
        Fared(id_, play, route, delivered, result, tuple(friction or ()), tuple(said.get(id_, ())))
        for id_, play, route, delivered, result, friction in rows
    ]


def _said(connection: Connection, span: Span) -> dict[str, list[Reviewed]]:
    """By decision: labels that approvers gave as the reason of a no, as good as a reviewer's, and those of reviewers."""
    found = defaultdict[str, list[Reviewed]](list)
    for row in connection.execute(_REJECTED.where(span.within())):
        found[row.decision_id].append(Reviewed(row.decision_id, row.answered_by or "", row.reason, row.note or "", row.at or row.created_at))
    for review in connection.execute(_REVIEWED.where(span.within())).mappings():
        found[review["decision_id"]].append(Reviewed(**review))
    return found
