"""What operators watch, read from the tables at the moment it is asked for: few statements, each answered from an index or from what is open."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Connection, Select, case, func, select

from agent.domain.records import RunState
from integrations.db.part import StorePart
from integrations.db.runs import IS_DUE, OPEN_ASKS
from integrations.db.tables import ACTIONS, APPROVALS, MESSAGES, QUARANTINE, RUNS, UNKNOWN

LIVING = tuple(state for state in get_args(RunState) if state != "closed")
"""States of runs that are few: what has closed is nearly all there ever was."""

_RUNS = select(RUNS.c.state, func.count()).where(RUNS.c.state.in_(LIVING)).group_by(RUNS.c.state)
_ANSWERED = select(func.max(APPROVALS.c.at)).where(APPROVALS.c.decision_id == RUNS.c.decision_id).scalar_subquery()
_SINCE = case((RUNS.c.state == "new", func.coalesce(RUNS.c.wake_at, RUNS.c.created_at)), (RUNS.c.state == "asking", _ANSWERED), else_=RUNS.c.wake_at)
_DUE = select(func.min(_SINCE)).where(IS_DUE)
"""An event from when it came, an answered ask from the answer, all else from the moment that it waited for."""

_INBOX = select(func.min(RUNS.c.created_at)).where(RUNS.c.state == "new")
_ASKS = select(APPROVALS.c.state, APPROVALS.c.created_at, APPROVALS.c.expires_at).where(APPROVALS.c.state.in_(OPEN_ASKS))
_UNKNOWN = select(func.count(), func.min(ACTIONS.c.at)).where(UNKNOWN)
_OUTBOX = select(func.count(), func.min(MESSAGES.c.at)).where(MESSAGES.c.delivered_at.is_(None))
_QUARANTINE = select(func.count()).select_from(QUARANTINE)


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a deployment stands. Ages are in seconds, 0 where there is nothing.

    `lag_s`: how long the run has waited that has been due for longest. `late`: open asks of which more than half of the time has gone.
    """

    runs: dict[str, int] = field(default_factory=dict)
    inbox_oldest_s: float = 0
    lag_s: float = 0
    asks: dict[str, int] = field(default_factory=dict)
    asks_late: int = 0
    asks_oldest_s: float = 0
    unknown: int = 0
    unknown_oldest_s: float = 0
    undelivered: int = 0
    undelivered_oldest_s: float = 0
    quarantined: int = 0


class Pulses(StorePart):
    """Feels the pulse."""

    async def pulse(self, at: datetime) -> Pulse:
        """How everything stands at this moment."""
        return await self._read(lambda c: feel(c, at))


def feel(connection: Connection, at: datetime) -> Pulse:
    """The same on an open connection."""
    asks = connection.execute(_ASKS).all()
    unknown, unknown_since = _counted(connection, _UNKNOWN)
    undelivered, undelivered_since = _counted(connection, _OUTBOX)
    return Pulse(
        runs={**dict.fromkeys((s for s in LIVING), 0), **{str(row[0]): int(row[1]) for row in connection.execute(_RUNS)}},
        inbox_oldest_s=_age(connection.execute(_INBOX).scalar(), at),
        lag_s=_age(connection.execute(_DUE, {"moment": at}).scalar(), at),
        asks={state: sum(ask.state == state for ask in asks) for state in OPEN_ASKS},
        asks_late=sum((at - ask.created_at) * 2 > ask.expires_at - ask.created_at for ask in asks),
        asks_oldest_s=_age(min((ask.created_at for ask in asks), default=None), at),
        unknown=unknown, unknown_oldest_s=_age(unknown_since, at),
        undelivered=undelivered, undelivered_oldest_s=_age(undelivered_since, at),
        quarantined=int(connection.execute(_QUARANTINE).scalar_one()),
    )  # fmt: skip


def _counted(connection: Connection, query: Select[Any, Any]) -> tuple[int, datetime | None]:
    count, first = connection.execute(query).one()
    return int(count), first


def _age(since: datetime | None, at: datetime) -> float:
    return max((at - since).total_seconds(), 0.0) if since else 0.0
