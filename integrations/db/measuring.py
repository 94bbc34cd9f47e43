"""What metrics are counted from: decisions with their asks and outcomes, and the trials of a holdout. What rules did: `marking`."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, select

from agent.domain.decision import MINUTES, MONEY
from agent.domain.lift import Trial
from agent.domain.metrics import Fate
from agent.ports import Pace
from integrations.db.head_rows import HEADS
from integrations.db.part import StorePart
from integrations.db.spans import CONVERTED, DELIVERED, FATES, OF_THESE, Span, many
from integrations.db.spelled import day_of, each_once, seconds_between
from integrations.db.tables import APPROVALS, OUTCOMES, WATCHES


class Measuring(StorePart):
    """Reads what metrics are counted from. The database adds up what is alike, so that a month of 100,000 decisions is some hundred rows."""

    async def fates(self, *, since: datetime, until: datetime, surface: str | None = None) -> list[Fate]:
        """How every decision made from `since` to before `until` fared, those together that fared alike. Events that started no work are none."""
        return await self._read(lambda c: list(_fates(c, Span(since, until, surface))))

    async def trials(self, surface: str, *, since: datetime, until: datetime) -> list[Trial]:
        """The surface's decisions that the holdout could have held back, and whose window had ended by `until`, from the decision on."""
        return await self._read(lambda c: list(_trials(c, surface, since, until)))

    async def pace(self, *, since: datetime, until: datetime, surface: str | None = None) -> Pace:
        """Day by day what was decided and became of it, and how quickly people answered."""
        return await self._read(lambda c: _pace(c, Span(since, until, surface)))


_DAY = day_of(HEADS.c.created_at).label("day")
_ASKED = exists().where(APPROVALS.c.decision_id == HEADS.c.decision_id)
_DAYS = select(
    _DAY, func.count().label("decided"), many(_ASKED).label("asked"), many(DELIVERED).label("delivered"),
    many(DELIVERED & CONVERTED).label("converted"),
).select_from(FATES).group_by(_DAY)  # fmt: skip
_TOOK = seconds_between(APPROVALS.c.created_at, APPROVALS.c.at).label("took")
_ANSWERED = (
    select(
        HEADS.c.surface, _TOOK, func.row_number().over(partition_by=HEADS.c.surface, order_by=_TOOK.element).label("number"),
        func.count().over(partition_by=HEADS.c.surface).label("of"),
    )
    .join_from(HEADS, APPROVALS, APPROVALS.c.decision_id == OF_THESE)
    .where(APPROVALS.c.answered_by.is_not(None), APPROVALS.c.at.is_not(None))
)  # fmt: skip


def _pace(connection: Connection, span: Span) -> Pace:
    found = connection.execute(_DAYS.where(span.within())).mappings()
    days = {date.fromisoformat(row["day"]): {name: row[name] for name in ("decided", "asked", "delivered", "converted")} for row in found}
    answered = _ANSWERED.where(span.within()).subquery()
    middle = answered.c.number.in_([(answered.c.of + 1) // 2, (answered.c.of + 2) // 2])
    took = select(answered.c.surface, func.avg(answered.c.took)).where(middle).group_by(answered.c.surface)
    return Pace(days, {surface: timedelta(milliseconds=round(length * 1_000)) for surface, length in connection.execute(took)})


_LATEST = select(func.max(APPROVALS.c.round)).where(APPROVALS.c.decision_id == HEADS.c.decision_id).correlate(HEADS).scalar_subquery()
_STATES = (
    select(each_once(APPROVALS.c.state))
    .where(APPROVALS.c.decision_id == HEADS.c.decision_id, APPROVALS.c.round == _LATEST)
    .correlate(HEADS)
    .scalar_subquery()
)
_ALIKE: tuple[ColumnElement[Any], ...] = (
    HEADS.c.surface, HEADS.c.play, HEADS.c.route, _STATES.label("asks"), DELIVERED.label("delivered"), OUTCOMES.c.exposure, OUTCOMES.c.result,
    WATCHES.c.worth.is_(None).label("money"), OUTCOMES.c.attribution, OUTCOMES.c.guardrails,
    (WATCHES.c.opened_at.is_not(None) & WATCHES.c.closed_at.is_(None)).label("open"),
)  # fmt: skip


def _fates(connection: Connection, span: Span) -> Iterator[Fate]:
    each = select(*_ALIKE, OUTCOMES.c.value).select_from(FATES).where(span.within()).subquery()
    alike = [one for one in each.c if one.name != "value"]
    for row in connection.execute(select(*alike, func.sum(each.c.value).label("value"), func.count().label("many")).group_by(*alike)):
        yield _fate(row)


def _fate(row: Row[*tuple[Any, ...]]) -> Fate:
    return Fate(
        surface=row.surface, play=row.play, route=row.route, asks=tuple(row.asks.split(",")) if row.asks else (),
        exposure=row.exposure or ("delivered" if row.delivered else None), result=row.result, open=row.open, value=row.value,
        unit=MONEY if row.money else MINUTES, attribution=row.attribution, guardrails=tuple(row.guardrails or ()), many=row.many,
    )  # fmt: skip


def _trials(connection: Connection, surface: str, since: datetime, until: datetime) -> Iterator[Trial]:
    in_trial = WATCHES.c.in_trial & WATCHES.c.event.is_not(None) & WATCHES.c.family.is_not(None) & (WATCHES.c.arm != "shadow")
    made = (WATCHES.c.surface == surface) & (WATCHES.c.decided_at >= since) & (WATCHES.c.decided_at < until)
    columns = (WATCHES.c.family, WATCHES.c.arm, WATCHES.c.decided_at, WATCHES.c.met_at, WATCHES.c.window_s)
    for family, arm, decided_at, met_at, window_s in connection.execute(select(*columns).where(in_trial, made)):
        ends = decided_at + timedelta(seconds=window_s)
        if ends <= until:
            yield Trial(family, arm == "held_out", met_at is not None and met_at <= ends)
