"""The inbox: every event once, and the quarantine for what must not be processed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select

from agent.domain.records import Run
from agent.errors import Refused
from agent.ports import Accepted, Arrival
from integrations.db.part import StorePart, values_of
from integrations.db.statements import insert_new
from integrations.db.tables import INBOX, QUARANTINE, RUNS

_ADD_RUN = insert(RUNS)
_RAW = select(INBOX.c.raw).where(INBOX.c.run_id == bindparam("of"))
_SHA256 = select(INBOX.c.sha256)
_SAME_ID = (INBOX.c.source == QUARANTINE.c.source) & (INBOX.c.event_id == QUARANTINE.c.event_id)
_QUARANTINED = select(QUARANTINE, INBOX.c.sha256.label("known_sha256")).outerjoin(INBOX, _SAME_ID).order_by(QUARANTINE.c.id.desc())


class Inbox(StorePart):
    """Takes events in."""

    async def accept(self, arrivals: Sequence[tuple[Arrival, Run]], at: datetime) -> list[Accepted]:
        """Insert each event with its run once. Same id and hash: duplicate. Other hash: conflict, quarantined."""
        return await self._write(lambda c: accept(c, arrivals, at))

    async def heard(self, source: str, event_ids: Collection[str]) -> Collection[str]:
        """Those of a source's events that were accepted before."""
        if not event_ids:
            return frozenset()
        query = select(INBOX.c.event_id).where(INBOX.c.source == source, INBOX.c.event_id.in_(event_ids))
        return frozenset(await self._read(lambda c: c.execute(query).scalars().all()))

    async def raw_event(self, run_id: str) -> bytes | None:
        """The bytes in which a run's event came in."""
        return await self._look(lambda c: c.execute(_RAW, {"of": run_id}).scalar())

    async def quarantine(self, source: str, event_id: str, raw: bytes, why: str, at: datetime) -> None:
        """Keep what could not be read. The same bytes again are the same entry."""
        row = {
            "source": source,
            "event_id": event_id,
            "sha256": sha256(raw).hexdigest(),
            "why": why,
            "at": at,
            "raw": raw,
        }
        await self._write(lambda c: insert_new(c, QUARANTINE, row))

    async def how_many_quarantined(self) -> int:
        """How much is in quarantine."""
        return int(await self._read(lambda c: c.execute(select(func.count()).select_from(QUARANTINE)).scalar_one()))

    async def quarantined(self, *, at_most: int | None = None) -> list[dict[str, Any]]:
        """What is in quarantine, newest first: `id source event_id sha256 why at raw`, the last as text.

        `known_sha256` is the hash of the content that came first under the same id, if there is one.
        """
        rows = await self._read(lambda c: c.execute(_QUARANTINED.limit(at_most)).mappings().all())
        return [{**row, "raw": row["raw"].decode("utf-8", errors="replace")} for row in rows]


def accept(connection: Connection, arrivals: Sequence[tuple[Arrival, Run]], at: datetime) -> list[Accepted]:
    """Insert each event with its run once; what became of each."""
    return [_accept(connection, arrival, run, at) for arrival, run in arrivals]


def _accept(connection: Connection, arrival: Arrival, run: Run, at: datetime) -> Accepted:
    event = arrival.event
    row = {
        **{name: getattr(event, name) for name in ("source", "occurred_at", "subject_kind", "subject_id", "actor")},
        "event_id": event.id,
        "run_id": run.id,
        "sha256": arrival.sha256,
        "received_at": at,
        "event": event,
        "raw": arrival.raw,
    }
    if insert_new(connection, INBOX, row):
        connection.execute(_ADD_RUN, values_of(run, RUNS))
        return "new"
    same = _SHA256.where(INBOX.c.source == event.source, INBOX.c.event_id == event.id)
    known = connection.execute(same).scalar()
    if known is None:
        raise Refused(f"Run {run.id} belongs to another event.", "Give each event a run id of its own.")
    if known == arrival.sha256:
        return "duplicate"
    why = "conflict: an event with the same id and other content came before"
    copied = {name: row[name] for name in ("source", "event_id", "sha256", "raw")}
    insert_new(connection, QUARANTINE, {**copied, "why": why, "at": at})
    return "conflict"
