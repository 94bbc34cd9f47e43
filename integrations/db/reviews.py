"""What reviewers said of decisions afterwards: each person once of each decision, the last word stands."""

from sqlalchemy import Connection, bindparam, insert, select, update

from agent.domain.records import Reviewed
from agent.errors import NotFound
from agent.ports import AuditEntry
from integrations.db.part import StorePart, values_of
from integrations.db.tables import DECISIONS, REVIEWS

_KEPT = [REVIEWS.c[name] for name in Reviewed.__dataclass_fields__]
_OF_DECISION = select(*_KEPT).where(REVIEWS.c.decision_id == bindparam("of")).order_by(REVIEWS.c.at, REVIEWS.c.by)


class Reviews(StorePart):
    """Keeps labels."""

    async def review(self, said: Reviewed) -> bool:
        """Write a person's word in the place of their earlier one. False, and nothing changes, where they said just that. Raises NotFound."""
        return await self._write(lambda c: self._review(c, said))

    async def reviews(self) -> list[Reviewed]:
        """Every label, oldest first."""
        query = select(*_KEPT).order_by(REVIEWS.c.at, REVIEWS.c.decision_id, REVIEWS.c.by)
        return await self._read(lambda c: [Reviewed(**row) for row in c.execute(query).mappings()])

    async def reviews_of(self, decision_id: str) -> list[Reviewed]:
        """The labels of one decision, oldest first."""
        return await self._glance(lambda c: [Reviewed(**row) for row in c.execute(_OF_DECISION, {"of": decision_id}).mappings()])

    def _review(self, connection: Connection, said: Reviewed) -> bool:
        if connection.execute(select(DECISIONS.c.id).where(DECISIONS.c.id == said.decision_id)).first() is None:
            raise NotFound(f"There is no decision {said.decision_id}.", "List them with: nextplay decisions list")
        mine = (REVIEWS.c.decision_id == said.decision_id) & (REVIEWS.c.by == said.by)
        before = connection.execute(select(REVIEWS.c.label, REVIEWS.c.note).where(mine)).first()
        if before is not None and tuple(before) == (said.label, said.note):
            return False
        values = values_of(said, REVIEWS)
        connection.execute(insert(REVIEWS).values(values) if before is None else update(REVIEWS).where(mine).values(values))
        data = {"label": said.label, "note": said.note, "before": before.label if before is not None else None}
        self.chain.append(connection, [AuditEntry("review.labelled", said.by, said.decision_id, data)], said.at)
        return True
