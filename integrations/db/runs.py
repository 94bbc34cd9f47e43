"""Runs: where each event's trip through the machine stands."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from sqlalchemy import ColumnElement, Connection, Integer, and_, bindparam, case, exists, func, literal, null, or_, select, update

from agent.domain.event import Event
from agent.domain.records import NOT_YET, WAITS_FOR, Run, RunState, Waiting
from agent.errors import NotFound
from integrations.db.columns import UtcTime
from integrations.db.documents import member
from integrations.db.part import StorePart
from integrations.db.prepared import Prepared
from integrations.db.tables import APPROVALS, INBOX, RUNS

ENDED = ("closed", "dead")
_SINCE = " since "
_GOES_ON = RUNS.c.state.not_in((*ENDED, "held", "parked"))
OPEN_ASKS = ("open", "snoozed")
_RUN = select(RUNS, INBOX.c.event).join(INBOX, INBOX.c.run_id == RUNS.c.id)
_BY_ID = Prepared(_RUN.where(RUNS.c.id == bindparam("of")))
_AWAKE = or_(RUNS.c.wake_at.is_(None), RUNS.c.wake_at <= bindparam("moment"))
_UNANSWERED = exists().where(APPROVALS.c.decision_id == RUNS.c.decision_id, APPROVALS.c.state.in_(OPEN_ASKS))
IS_DUE = or_(
    and_(RUNS.c.state.in_(("new", "acting")), _AWAKE),
    and_(RUNS.c.state == "asking", ~_UNANSWERED, _AWAKE),
    and_(RUNS.c.state == "waiting", RUNS.c.wake_at <= bindparam("moment")),
)
_MOMENT = bindparam("moment", type_=UtcTime)
_SPAN = (bindparam("since", type_=UtcTime), bindparam("until", type_=UtcTime))
_OF_SUBJECT = Prepared(_RUN.where(
    INBOX.c.source == bindparam("source"), INBOX.c.subject_kind == bindparam("kind"), INBOX.c.subject_id == bindparam("id"),
    INBOX.c.occurred_at.between(*_SPAN),
).order_by(INBOX.c.occurred_at, RUNS.c.created_at, RUNS.c.id))  # fmt: skip
_OF_ACTOR = select(INBOX.c.occurred_at).where(INBOX.c.source == bindparam("source"), INBOX.c.actor == bindparam("actor"))
_NEAREST = _OF_ACTOR.where(INBOX.c.occurred_at.between(*_SPAN)).limit(bindparam("most", type_=Integer))
_UNTIL = _NEAREST.where(INBOX.c.occurred_at <= _MOMENT).order_by(INBOX.c.occurred_at.desc())
_AFTER = _NEAREST.where(INBOX.c.occurred_at > _MOMENT).order_by(INBOX.c.occurred_at)
_GOING = tuple(state for state in get_args(RunState) if state not in ENDED)
_WAITING = select(RUNS.c.error).where(RUNS.c.error.startswith(WAITS_FOR), RUNS.c.state.in_(_GOING))  # by its index; what has ended is far more
_GOES_ON_NOW = and_(RUNS.c.state != "new", RUNS.c.decision_id.is_not(None), RUNS.c.error.is_(None))
"""As `Run.goes_on`."""
_DUE = _RUN.where(IS_DUE).order_by(RUNS.c.created_at, RUNS.c.id)
_DUE_NOW = _DUE.where(_GOES_ON_NOW)


class Runs(StorePart):
    """Reads and moves runs."""

    async def run(self, run_id: str) -> Run | None:
        """The run, if there is one."""
        return await self._look(lambda c: run_by_id(c, run_id))

    async def run_of_event(self, source: str, event_id: str) -> Run | None:
        """The run that an event started."""
        this = and_(INBOX.c.source == source, INBOX.c.event_id == event_id)
        return next(iter(await self._look(lambda c: find_runs(c, this))), None)

    async def runs(self, run_ids: Collection[str]) -> list[Run]:
        """These runs, oldest first, without those that there are not."""
        return await self._read(lambda c: find_runs(c, RUNS.c.id.in_(run_ids))) if run_ids else []

    async def due_runs(self, at: datetime, *, going_on: bool = False) -> list[Run]:
        """Runs that `drive` may move, oldest first; if wanted, those alone that `goes_on` is true of.

        New and acting ones, asking ones with no ask left open, and waiting ones; each from its `wake_at` on, if it has one.
        """
        query = _DUE_NOW if going_on else _DUE
        return await self._read(lambda c: [run_of(row) for row in c.execute(query, {"moment": at}).mappings()])

    async def undecided(self, at_most: int) -> int:
        """How many runs nobody has begun with; counted no further than that."""
        some = select(RUNS.c.id).where(RUNS.c.state == "new").limit(at_most).subquery()
        return int(await self._look(lambda c: c.execute(select(func.count()).select_from(some)).scalar_one()))

    async def move_run(self, run_id: str, *, state: str, entry: str = "", wake_at: datetime | None = None, error: str | None = None) -> None:
        """Move a run that has not ended; an empty `entry` keeps the entry.

        A run that ended (somebody blocked or superseded it meanwhile, say) only moves back to `new`; anything else is
        ignored.
        """
        changes: dict[str, Any] = {
            "state": state,
            "wake_at": wake_at,
            "error": error,
            **({"entry": entry} if entry else {}),
        }
        if state == "new":
            changes["attempts"] = 0
        await self._write(lambda c: _move(c, run_id, changes))

    async def failed_attempt(self, run_id: str, error: str, *, at_most: int, retry_at: datetime) -> Run:
        """Count a failure: it rests until `retry_at`; `dead` when it has failed `at_most` times since it was last decided or made new."""
        return await self._write(lambda c: _fail(c, run_id, error, at_most, retry_at))

    async def waits_for(self, run_id: str, source: str, why: str, at: datetime, *, until: datetime | None = None) -> None:
        """Note on a run that it waits for a silent source; the first note stands. Nothing is counted; whatever moves the run on takes it away.

        `until`: when it is tried again, where the source has said so; else it stays due.
        """
        said = f"{WAITS_FOR}{source}{_SINCE}"
        this, unsaid = and_(RUNS.c.id == run_id, _GOES_ON), or_(RUNS.c.error.is_(None), ~RUNS.c.error.startswith(said))
        note = case((unsaid, f"{said}{at:%Y-%m-%d %H:%M:%S} UTC: {why}"), else_=RUNS.c.error)
        if until is not None:
            await self._write(lambda c: c.execute(update(RUNS).where(this).values(error=note, wake_at=until)))
        elif await self._look(lambda c: c.execute(select(RUNS.c.id).where(this, unsaid)).first()):
            await self._write(lambda c: c.execute(update(RUNS).where(this).values(error=note)))

    async def not_yet(self, run_id: str, why: str) -> None:
        """Note on a run why its effect is not done yet. Nothing is counted; whatever moves the run on takes it away."""
        await self._write(lambda c: c.execute(update(RUNS).where(RUNS.c.id == run_id, _GOES_ON).values(error=f"{NOT_YET}{why}")))

    async def waiting_runs(self) -> list[Waiting]:
        """What each silent source holds up."""
        since: dict[str, list[datetime]] = {}
        for note in await self._read(lambda c: list(c.execute(_WAITING).scalars())):
            source, _, rest = note.removeprefix(WAITS_FOR).partition(_SINCE)
            since.setdefault(source, []).append(datetime.fromisoformat(rest[:19]).replace(tzinfo=UTC))
        return [Waiting(source, len(moments), min(moments)) for source, moments in sorted(since.items())]

    async def latest_events(self, types: Sequence[str], *, at_most: int) -> list[Run]:
        """The newest events of these types with their runs, newest first."""
        kind = member(INBOX.c.event, "type")
        order = (INBOX.c.received_at.desc(), INBOX.c.event_id.desc())
        query = _RUN.where(kind.in_(types)).order_by(*order).limit(at_most)
        return await self._read(lambda c: [run_of(row) for row in c.execute(query).mappings()])

    async def inbox(self, *, at_most: int, before: tuple[datetime, str] | None = None, source: str | None = None) -> list[Run]:
        """Events as they came, the newest first, with where their runs stand; `before`: older than one received then, with that run."""
        query = _RUN.order_by(INBOX.c.received_at.desc(), INBOX.c.run_id.desc()).limit(at_most)
        if before is not None:
            moment, run = before
            query = query.where(or_(INBOX.c.received_at < moment, and_(INBOX.c.received_at == moment, INBOX.c.run_id < run)))
        if source is not None:
            query = query.where(INBOX.c.source == source)
        return await self._read(lambda c: [run_of(row) for row in c.execute(query).mappings()])

    async def recent_events(self, *, source: str, subject: tuple[str, str], since: datetime, until: datetime) -> list[Run]:
        """Runs of a subject's (kind, id) events that happened from `since` to `until`, both included, in the order they happened."""
        kind, id_ = subject
        of = {"source": source, "kind": kind, "id": id_, "since": since, "until": until}
        return await self._look(lambda c: [run_of(row) for row in _OF_SUBJECT.rows(c, **of)])

    async def moments_around(self, moment: datetime, *, source: str, actor: str, within: timedelta, at_most: int) -> list[datetime]:
        """When an actor's events happened: those nearest to the moment, at most so many until then and so many after it.

        Bounded, because a bulk change asks this of each of its events.
        """
        of = {"source": source, "actor": actor, "moment": moment, "since": moment - within, "until": moment + within, "most": at_most}
        return await self._glance(lambda c: [at for query in (_UNTIL, _AFTER) for at in c.execute(query, of).scalars()])


def run_of(row: Mapping[Any, Any]) -> Run:
    """A run with its event, from a row of both."""
    values: dict[str, Any] = dict(row)
    return Run(event=event_of(values.pop("event")), **values)


def event_of(data: dict[str, Any]) -> Event:
    """An event from its JSON."""
    moments = {name: datetime.fromisoformat(data[name]) for name in ("occurred_at", "received_at")}
    return Event(**{**data, **moments})


def run_by_id(connection: Connection, run_id: str) -> Run | None:
    """The run of that id."""
    return next(map(run_of, _BY_ID.rows(connection, of=run_id)), None)


def find_runs(connection: Connection, which: ColumnElement[bool]) -> list[Run]:
    """The runs that fit, oldest first."""
    rows = connection.execute(_RUN.where(which).order_by(RUNS.c.created_at, RUNS.c.id)).mappings()
    return [run_of(row) for row in rows]


def _move(connection: Connection, run_id: str, changes: dict[str, Any]) -> None:
    movable = RUNS.c.state.not_in(ENDED) if changes["state"] != "new" else RUNS.c.id == run_id
    moved = connection.execute(update(RUNS).where(RUNS.c.id == run_id, movable).values(changes)).rowcount
    if not moved and run_by_id(connection, run_id) is None:
        raise NotFound(f"There is no run {run_id}.")


def _fail(connection: Connection, run_id: str, error: str, at_most: int, retry_at: datetime) -> Run:
    failures = RUNS.c.attempts + 1
    dead = failures >= at_most
    state, wake_at = case((dead, "dead"), else_=RUNS.c.state), case((dead, null()), else_=literal(retry_at, UtcTime()))
    change = update(RUNS).where(RUNS.c.id == run_id, RUNS.c.state.not_in(ENDED))
    connection.execute(change.values(attempts=failures, error=error, state=state, wake_at=wake_at))
    run = run_by_id(connection, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id}.")
    return run
