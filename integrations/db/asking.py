"""How the asks of a decision began, as far as it is kept: versions of the proposal, and the messages by which they were put."""

from sqlalchemy import Connection, bindparam, select

from agent.domain.asked_then import Beginnings, Put, Version
from agent.domain.decision import ProposalRecord
from integrations.db.joining import as_written
from integrations.db.part import OURSELVES, StorePart
from integrations.db.tables import EDITS, MESSAGES

_EDITS = select(EDITS.c.proposal, EDITS.c.who, EDITS.c.at).where(EDITS.c.decision_id == bindparam("of")).order_by(EDITS.c.id)
_PUT = (
    select(MESSAGES.c.to, MESSAGES.c.data)
    .where(MESSAGES.c.decision_id == bindparam("of"), MESSAGES.c.kind.in_(("ask", "difference")))
    .order_by(MESSAGES.c.at, MESSAGES.c.id)
)


class Asking(StorePart):
    """Reads how asks began."""

    async def asked_then(self, decision_id: str) -> Beginnings | None:
        """What is kept of it; None for a decision that there is not."""
        return await self._glance(lambda c: _kept(c, decision_id))


def _kept(connection: Connection, decision_id: str) -> Beginnings | None:
    written, of = as_written(connection, decision_id), {"of": decision_id}
    if written is None:
        return None
    versions = [
        Version(ProposalRecord.model_validate(row.proposal), None if row.who == OURSELVES else row.who, row.at)
        for row in connection.execute(_EDITS, of)
    ]
    put: dict[str, Put] = {}
    for row in connection.execute(_PUT, of):
        allowed = row.data.get("allowed")  # earlier releases did not keep it
        put.setdefault(row.data.get("approval", ""), Put(tuple(row.to), None if allowed is None else tuple(allowed), row.data.get("routing")))
    return Beginnings(written, versions, put)
