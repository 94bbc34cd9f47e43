"""What metrics are counted from: decisions with their asks and outcomes, the trials of a holdout, and what rules struck out."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import Connection, Row, exists, select

from agent.domain.lift import Trial
from agent.domain.metrics import MINUTES, MONEY, Fate, Hit, Struck, add_hits, add_struck
from agent.ports import Pace
from integrations.db.packing import plain
from integrations.db.part import StorePart
from integrations.db.tables import APPROVALS, DECISIONS, OUTCOMES, WATCHES

AT_ONCE = 500
_FATE = (
    select(
        *(DECISIONS.c[name] for name in ("id", "surface", "play", "route")),
        *(WATCHES.c[name] for name in ("arm", "opened_at", "closed_at", "worth")),
        *(OUTCOMES.c[name] for name in ("exposure", "result", "value", "attribution", "guardrails")),
    )
    .outerjoin(WATCHES, WATCHES.c.decision == DECISIONS.c.id)
    .outerjoin(OUTCOMES, OUTCOMES.c.decision_id == DECISIONS.c.id)
    .where(DECISIONS.c.route != "suppressed")
)


class Measuring(StorePart):
    """Reads what metrics are counted from."""

    async def fates(self, *, since: datetime, until: datetime, surface: str | None = None) -> list[Fate]:
        """Every decision made from `since` to before `until`, as it is counted. Events that started no work are none."""
        return await self._read(lambda c: list(_fates(c, since, until, surface)))

    async def trials(self, surface: str, *, since: datetime, until: datetime) -> list[Trial]:
        """The surface's decisions that the holdout could have held back, and whose window had ended by `until`, from the decision on."""
        return await self._read(lambda c: list(_trials(c, surface, since, until)))

    async def struck(self, *, since: datetime, until: datetime, surface: str | None = None) -> dict[str, Struck]:
        """What each rule struck out, by its id."""
        return await self._read(lambda c: _struck(c, since, until, surface))

    async def pace(self, *, since: datetime, until: datetime, surface: str | None = None) -> Pace:
        """Day by day what was decided and became of it, and how quickly people answered."""
        return await self._read(lambda c: _pace(c, since, until, surface))

    async def hits(self, *, since: datetime, until: datetime) -> dict[str, Hit]:
        """What each rule did, by its id. Every record of the time is opened, so that this takes a while."""
        return await self._read(lambda c: _hits(c, since, until))


def _pace(connection: Connection, since: datetime, until: datetime, surface: str | None) -> Pace:
    made = (DECISIONS.c.created_at >= since) & (DECISIONS.c.created_at < until) & (DECISIONS.c.route != "suppressed")
    which = made if surface is None else made & (DECISIONS.c.surface == surface)
    days: dict[date, Counter[str]] = {}
    for created_at, asked, opened_at, exposure, result in connection.execute(_DAY.where(which).order_by(DECISIONS.c.created_at)):
        day = days.setdefault(created_at.date(), Counter())
        delivered = exposure == "delivered" or (exposure is None and opened_at is not None)
        day.update({"decided": 1, "asked": int(asked), "delivered": int(delivered), "converted": int(delivered and result == "converted")})
    took: dict[str, list[float]] = {}
    for name, created_at, at in connection.execute(_ANSWERED.where(which)):
        took.setdefault(name, []).append((at - created_at).total_seconds())
    return Pace(days, {name: timedelta(seconds=median(lengths)) for name, lengths in took.items()})


_ASKED = exists().where(APPROVALS.c.decision_id == DECISIONS.c.id)
_DAY = (
    select(DECISIONS.c.created_at, _ASKED.label("asked"), WATCHES.c.opened_at, OUTCOMES.c.exposure, OUTCOMES.c.result)
    .outerjoin(WATCHES, WATCHES.c.decision == DECISIONS.c.id)
    .outerjoin(OUTCOMES, OUTCOMES.c.decision_id == DECISIONS.c.id)
)
_ANSWERED = (
    select(DECISIONS.c.surface, APPROVALS.c.created_at, APPROVALS.c.at)
    .join(DECISIONS, DECISIONS.c.id == APPROVALS.c.decision_id)
    .where(APPROVALS.c.answered_by.is_not(None), APPROVALS.c.at.is_not(None))
)


def _hits(connection: Connection, since: datetime, until: datetime) -> dict[str, Hit]:
    found: dict[str, Hit] = {}
    made = (DECISIONS.c.created_at >= since) & (DECISIONS.c.created_at < until) & (DECISIONS.c.route != "suppressed")
    columns = (DECISIONS.c.body, DECISIONS.c.route, WATCHES.c.opened_at, OUTCOMES.c.exposure, OUTCOMES.c.result, OUTCOMES.c.guardrails)
    query = select(*columns).outerjoin(WATCHES, WATCHES.c.decision == DECISIONS.c.id)
    query = query.outerjoin(OUTCOMES, OUTCOMES.c.decision_id == DECISIONS.c.id).where(made)
    for row in connection.execute(query).yield_per(AT_ONCE):
        delivered = (row.exposure or ("delivered" if row.opened_at is not None else None)) == "delivered"
        came = {"asked": row.route == "ask", "done": delivered, "converted": row.result == "converted", "friction": row.guardrails}
        add_hits(found, plain(row.body)["candidates"], [name for name, true in came.items() if true] or ["nothing"])
    return found


def _fates(connection: Connection, since: datetime, until: datetime, surface: str | None) -> Iterator[Fate]:
    asks: dict[str, tuple[int, tuple[str, ...]]] = {}
    columns = (APPROVALS.c.decision_id, APPROVALS.c.round, APPROVALS.c.state)
    made = (DECISIONS.c.created_at >= since) & (DECISIONS.c.created_at < until)
    order = (APPROVALS.c.decision_id, APPROVALS.c.round)
    for decision, round_, state in connection.execute(
        select(*columns).join(DECISIONS, DECISIONS.c.id == APPROVALS.c.decision_id).where(made).order_by(*order)
    ):
        latest, states = asks.get(decision, (round_, ()))
        asks[decision] = (round_, (*states, state) if latest == round_ else (state,))
    where = made if surface is None else made & (DECISIONS.c.surface == surface)
    for row in connection.execute(_FATE.where(where)):
        yield _fate(row, asks.get(row.id, (0, ()))[1])


def _fate(row: Row[tuple[object, ...]], asks: tuple[str, ...]) -> Fate:
    exposure = row.exposure or ("delivered" if row.opened_at is not None else None)
    return Fate(
        surface=row.surface, play=row.play, route=row.route, asks=asks, exposure=exposure, result=row.result,
        open=row.opened_at is not None and row.closed_at is None, value=row.value, unit=MONEY if row.worth is None else MINUTES,
        attribution=row.attribution, guardrails=tuple(row.guardrails or ()),
    )  # fmt: skip


def _trials(connection: Connection, surface: str, since: datetime, until: datetime) -> Iterator[Trial]:
    in_trial = WATCHES.c.in_trial & WATCHES.c.event.is_not(None) & WATCHES.c.family.is_not(None) & (WATCHES.c.arm != "shadow")
    made = (WATCHES.c.surface == surface) & (WATCHES.c.decided_at >= since) & (WATCHES.c.decided_at < until)
    columns = (WATCHES.c.family, WATCHES.c.arm, WATCHES.c.decided_at, WATCHES.c.met_at, WATCHES.c.window_s)
    for family, arm, decided_at, met_at, window_s in connection.execute(select(*columns).where(in_trial, made)):
        ends = decided_at + timedelta(seconds=window_s)
        if ends <= until:
            yield Trial(family, arm == "held_out", met_at is not None and met_at <= ends)


def _struck(connection: Connection, since: datetime, until: datetime, surface: str | None) -> dict[str, Struck]:
    found: dict[str, Struck] = {}
    made = (DECISIONS.c.created_at >= since) & (DECISIONS.c.created_at < until) & (DECISIONS.c.route != "suppressed")
    query = select(DECISIONS.c.body).where(made if surface is None else made & (DECISIONS.c.surface == surface))
    for body in connection.execute(query).yield_per(AT_ONCE).scalars():
        record = plain(body)
        add_struck(found, record["candidates"], record["choice"])
    return found
