"""All that was decided in a span of time, for whoever looks at many decisions at once: simulation, evals, reviews."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Select, Text, func, literal, select, tuple_

from agent.domain.decision import Decision
from agent.domain.precedent import Precedent
from agent.ports import Kept, Sealed
from integrations.db import instructive
from integrations.db.columns import UtcTime
from integrations.db.documents import elements
from integrations.db.joining import Beside, whole
from integrations.db.part import StorePart
from integrations.db.sealing import FRONT_BYTES, SealedRow, version_in
from integrations.db.tables import DECISIONS

BATCH = 200
"""Decisions that are read at once: enough that statements cost nothing, few enough for memory."""

COLUMNS = ("id", "created_at", "surface", "account", "route", "play", "kind", "body", "evidence")
_PLACE = (DECISIONS.c.created_at, DECISIONS.c.id)


class Keeping(StorePart):
    """Reads decisions in the order in which they were made.

    Each batch is one moment of the database; what is recorded meanwhile may be among the later ones.
    """

    async def sealed(
        self, *, since: datetime, until: datetime, accounts: Sequence[str] | None = None, surface: str | None = None
    ) -> AsyncIterator[Sealed]:
        """Every decision made from `since` on and before `until`, oldest first, unopened; of some accounts or of a surface alone."""
        async for batch in self._batches(_all(until, accounts=accounts, surface=surface), since):
            for one in batch:
                yield one

    async def kept(self, *, since: datetime, until: datetime, surface: str | None = None) -> AsyncIterator[Kept]:
        """The same, opened: each with what became of it and what it was made from. Raises Damaged and UnknownShape."""
        async for batch in self._batches(_all(until, surface=surface), since):
            for kept in await asyncio.to_thread(_opened, batch):
                yield kept

    async def precedents(self, *, since: datetime, until: datetime) -> AsyncIterator[Precedent]:
        """Of the same decisions those that chose something and of which something is known that may teach."""
        async for batch in self._batches(_all(until).where(DECISIONS.c.id.in_(instructive.OF), DECISIONS.c.play.is_not(None)), since):
            for precedent in await asyncio.to_thread(_precedents, batch):
                yield precedent

    async def whole(self, ids: Sequence[str]) -> dict[str, Decision]:
        """Decisions with what became of them, by id."""
        found: dict[str, Decision] = {}
        for some in (ids[first : first + BATCH] for first in range(0, len(ids), BATCH)):
            found |= await self._read(lambda c, some=some: whole(c, some))  # type: ignore[misc]  # bound now
        return found

    async def versions(self, *, since: datetime, until: datetime) -> Counter[str]:
        """How many of these decisions each playbook made."""
        fronts = select(DECISIONS.c.id, func.substr(DECISIONS.c.body, 1, FRONT_BYTES)).where(DECISIONS.c.created_at.between(since, until))
        rows = await self._read(lambda c: c.execute(fronts.where(DECISIONS.c.created_at < until)).all())
        return Counter(version_in(row[1]) for row in rows)

    async def how_many(self, *, since: datetime, until: datetime, surface: str) -> int:
        """How many of these decisions are a surface's."""
        made = (DECISIONS.c.created_at >= since) & (DECISIONS.c.created_at < until) & (DECISIONS.c.surface == surface)
        return await self._read(lambda c: c.execute(select(func.count()).where(made)).scalar_one())

    async def _batches(self, query: Select[tuple[object, ...]], since: datetime) -> AsyncIterator[list[SealedRow]]:
        after: tuple[datetime, str] | None = (since, "")
        while after is not None:
            place = after
            batch = await self._read(lambda c, place=place: batch_of(c, query, place))  # type: ignore[misc]  # bound now
            yield batch
            after = (batch[-1].created_at, batch[-1].id) if len(batch) == BATCH else None


def _all(until: datetime, *, surface: str | None = None, accounts: Sequence[str] | None = None) -> Select[tuple[object, ...]]:
    query = select(*(DECISIONS.c[name] for name in COLUMNS)).where(DECISIONS.c.created_at < until).order_by(*_PLACE)
    if surface is not None:
        query = query.where(DECISIONS.c.surface == surface)
    if accounts is not None:
        query = query.where(DECISIONS.c.account.in_(select(elements(literal(to_json(list(accounts)).decode(), Text)).c.value)))
    return query


def batch_of(connection: Connection, query: Select[tuple[object, ...]], after: tuple[datetime, str]) -> list[SealedRow]:
    """The next decisions after a place (moment and id), with what stands beside them: six statements."""
    passed = tuple_(literal(after[0], UtcTime), literal(after[1]))
    rows: Sequence[Any] = connection.execute(query.where(tuple_(*_PLACE) > passed).limit(BATCH)).all()
    beside = Beside.read(connection, [row.id for row in rows])
    return [
        SealedRow(r.id, r.created_at, r.surface, r.account, r.route, r.play, r.kind, r.body, r.evidence, beside.only(r.id)) for r in rows
    ]  # fmt: skip


def _precedents(batch: Sequence[SealedRow]) -> list[Precedent]:
    return [precedent for one in batch if (precedent := one.precedent())]


def _opened(batch: Sequence[SealedRow]) -> list[Kept]:
    return [Kept(one.decision(), one.evidence() if one.has_evidence else None) for one in batch]
