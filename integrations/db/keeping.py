"""All that was decided in a span of time, for whoever looks at many decisions at once: simulation, evals, reviews."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection, literal, select, tuple_

from agent.graph.storing import evidence_from_json
from agent.ports import Kept
from integrations.db.columns import UtcTime
from integrations.db.joining import Beside, joined
from integrations.db.packing import Damaged, unpack, unpack_evidence
from integrations.db.part import StorePart
from integrations.db.tables import DECISIONS

BATCH = 200
"""Decisions that are read at once: enough that statements cost nothing, few enough for memory."""


class _Packed(NamedTuple):
    """A decision as its row holds it."""

    id: str
    created_at: datetime
    body: bytes
    evidence: bytes


class Keeping(StorePart):
    """Reads decisions in the order in which they were made."""

    async def kept(self, *, since: datetime, until: datetime, surface: str | None = None) -> AsyncIterator[Kept]:
        """Every decision made from `since` on and before `until`, oldest first, with what it was made from.

        Each batch is one moment of the database; what is recorded meanwhile may be among the later ones. Raises Damaged and UnknownShape.
        """
        after: tuple[datetime, str] = (since, "")
        while True:
            rows, beside = await self._read(lambda c, after=after: batch(c, after, until, surface))  # type: ignore[misc]  # bound now
            for kept in await asyncio.to_thread(_unpacked, rows, beside):
                yield kept
            if len(rows) < BATCH:
                return
            after = (rows[-1].created_at, rows[-1].id)


def batch(connection: Connection, after: tuple[datetime, str], until: datetime, surface: str | None) -> tuple[list[_Packed], Beside]:
    """The next decisions after a place (moment and id), and what stands beside them."""
    place = tuple_(DECISIONS.c.created_at, DECISIONS.c.id)
    passed = tuple_(literal(after[0], UtcTime), literal(after[1]))
    which = [place > passed, DECISIONS.c.created_at < until, *([DECISIONS.c.surface == surface] if surface else [])]
    columns = (DECISIONS.c[name] for name in _Packed._fields)
    query = select(*columns).where(*which).order_by(DECISIONS.c.created_at, DECISIONS.c.id).limit(BATCH)
    rows = [_Packed(*row) for row in connection.execute(query)]
    return rows, Beside(connection, [row.id for row in rows])


def _unpacked(rows: Sequence[_Packed], beside: Beside) -> list[Kept]:
    return [_kept(row, beside) for row in rows]


def _kept(row: _Packed, beside: Beside) -> Kept:
    stored = unpack_evidence(row.evidence, row.body)
    try:
        evidence = evidence_from_json(stored) if stored else None
    except ValidationError as error:
        raise Damaged(f"what {row.id} was decided from has another shape: {error.errors(include_input=False)[0]['msg']}") from None
    return Kept(joined(unpack(row.body), beside), evidence)
