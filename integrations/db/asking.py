"""How the asks of a decision began, as far as it is kept: versions of the proposal, and the messages by which they were put."""

import zlib

from sqlalchemy import Connection, bindparam, select

from agent.domain.asked_then import Beginnings, Put, Version
from agent.domain.decision import ProposalRecord
from agent.domain.evidence import Evidence
from integrations.db.joining import as_written
from integrations.db.packing import Damaged, is_nothing
from integrations.db.part import OURSELVES, StorePart
from integrations.db.sealing import bare_evidence
from integrations.db.tables import DECISIONS, EDITS, MESSAGES

_PACKED = select(DECISIONS.c.evidence).where(DECISIONS.c.id == bindparam("of"))
_EDITS = select(EDITS.c.proposal, EDITS.c.who, EDITS.c.at).where(EDITS.c.decision_id == bindparam("of")).order_by(EDITS.c.id)
_PUT = (
    select(MESSAGES.c.to, MESSAGES.c.data)
    .where(MESSAGES.c.decision_id == bindparam("of"), MESSAGES.c.kind.in_(("ask", "difference")))
    .order_by(MESSAGES.c.at, MESSAGES.c.id)
)


class Asking(StorePart):
    """Reads how asks began, and what tells who may answer them."""

    async def bare_evidence(self, decision_id: str) -> Evidence | None:
        """What the decision was made from without its facts and the colleagues: who stood in which relation to it. None where nothing was decided."""
        return await self._glance(lambda c: _bare(c, decision_id))

    async def asked_then(self, decision_id: str) -> Beginnings | None:
        """What is kept of it; None for a decision that there is not."""
        return await self._glance(lambda c: _kept(c, decision_id))


def _bare(connection: Connection, decision_id: str) -> Evidence | None:
    packed = connection.execute(_PACKED, {"of": decision_id}).scalar()
    if packed is None or is_nothing(packed):
        return None
    try:
        return bare_evidence(packed)
    except (zlib.error, ValueError) as error:
        raise Damaged(f"{decision_id}: {error}") from error


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
