"""The queue: asks that are open or snoozed, in the order in which people should see to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import ColumnElement, Connection, Text, and_, case, exists, func, literal, or_, select

from agent.domain.records import Approval
from agent.listing import Alike, Asked, AskPage, Likeness, Queued
from integrations.db.documents import elements, listed
from integrations.db.head_rows import HEADS
from integrations.db.joining import whole
from integrations.db.part import StorePart, tupled
from integrations.db.runs import OPEN_ASKS
from integrations.db.tables import APPROVALS, EDITS

FEWEST_ALIKE = 2

_OPEN = APPROVALS.c.state.in_(OPEN_ASKS)
_WITH_HEAD = APPROVALS.join(HEADS, HEADS.c.decision_id == APPROVALS.c.decision_id)
_EDITED = exists().where(EDITS.c.decision_id == APPROVALS.c.decision_id)


class Queueing(StorePart):
    """Reads what waits for people."""

    async def queue(
        self, queued: Queued, *, at: datetime, soon: datetime, after: str | None, before: str | None, at_most: int,
        among: Sequence[str] | None = None,
    ) -> AskPage:  # fmt: skip
        """A page of the asks that wait. One whose time has ended waits no more, also before that is noted."""
        which = [APPROVALS.c.expires_at > at, *_fitting(queued), *([] if among is None else [_among(among)])]
        return await self._read(lambda c: _page(c, which, soon, after, before, at_most))

    async def asked(self, ask_ids: Sequence[str]) -> list[Asked]:
        """Asks, each with its decision and every ask of that, in this order."""
        return await self._read(lambda c: _asked(c, ask_ids))

    async def alike(self, among: Sequence[str], *, plays: Sequence[str]) -> list[Alike]:
        """Groups of open asks that may be answered together."""
        kind = (HEADS.c.play, HEADS.c.surface, HEADS.c.verdict)
        many = func.count().label("many")
        query = select(*kind, func.min(HEADS.c.title).label("title"), many).select_from(_WITH_HEAD).where(_harmless(among, plays))
        query = query.group_by(*kind).having(many >= FEWEST_ALIKE).order_by(many.desc(), *kind)
        rows = await self._read(lambda c: c.execute(query).all())
        return [Alike(Likeness(row.play, row.surface, row.verdict), row.title, row.many) for row in rows]

    async def asks_alike(self, likeness: Likeness, among: Sequence[str], *, plays: Sequence[str], at_most: int | None = None) -> list[str]:
        """The ids of the asks of a group, the first to end first."""
        same = (HEADS.c.play == likeness.play, HEADS.c.surface == likeness.surface, HEADS.c.verdict == likeness.verdict)
        query = select(APPROVALS.c.id).select_from(_WITH_HEAD).where(_harmless(among, plays), *same)
        query = query.order_by(APPROVALS.c.expires_at, APPROVALS.c.id).limit(at_most)
        return await self._read(lambda c: list(c.execute(query).scalars()))


def _page(
    connection: Connection, which: Sequence[ColumnElement[bool]], soon: datetime, after: str | None, before: str | None, at_most: int
) -> AskPage:
    """The first page is found without reading all that waits, of which there may be thousands."""
    fits, beside = and_(_OPEN, *which), after or before
    kind = (HEADS.c.surface, APPROVALS.c.needed_role)
    kinds = connection.execute(select(*kind, func.sum(case((fits, 1), else_=0))).select_from(_WITH_HEAD).where(_OPEN).group_by(*kind)).all()
    count = sum(int(fitting) for _, _, fitting in kinds)
    in_order = select(APPROVALS.c.id).select_from(_WITH_HEAD).order_by(*_order(soon))
    if beside is None:
        page, passed, lost = list(connection.execute(in_order.where(fits).limit(at_most)).scalars()), 0, False
    else:
        rows = connection.execute(in_order.add_columns(fits).where(or_(_OPEN, APPROVALS.c.id == beside))).all()
        page, passed, lost = _beside([(id_, bool(fitting)) for id_, fitting in rows], after, before, at_most)
    return AskPage(
        page, before=passed > 0, after=passed + at_most < count, count=count, start=passed + 1,
        surfaces=sorted({surface for surface, _, _ in kinds}), roles=sorted({role for _, role, _ in kinds}), lost=lost,
    )  # fmt: skip


def _order(soon: datetime) -> tuple[ColumnElement[Any], ...]:
    ends_soon = APPROVALS.c.expires_at <= soon
    return (
        HEADS.c.required.desc(), ends_soon.desc(), case((ends_soon, APPROVALS.c.expires_at)), HEADS.c.priority.desc().nulls_last(),
        APPROVALS.c.created_at, APPROVALS.c.id,
    )  # fmt: skip


def _beside(rows: Sequence[tuple[str, bool]], after: str | None, before: str | None, at_most: int) -> tuple[list[str], int, bool]:
    """The page that begins at an ask, how many stand before it, and whether there is no such ask. It keeps its place also when it was answered
    meanwhile. `rows`: what waits, in order, and whether it fits.
    """
    beside = after or before
    shown = {id_ for id_, fits in rows if fits}
    ids = [id_ for id_, fits in rows if fits or id_ == beside]
    start = _start(ids, after, before, at_most)
    waiting = [one for one in ids if one in shown]
    passed = sum(one in shown for one in ids[:start])
    return waiting[passed : passed + at_most], passed, beside not in ids


def _start(ids: Sequence[str], after: str | None, before: str | None, at_most: int) -> int:
    if after in ids:
        return ids.index(after) + 1
    return max(ids.index(before) - at_most, 0) if before in ids else 0


def _fitting(queued: Queued) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = []
    if queued.surface:
        which.append(HEADS.c.surface == queued.surface)
    if queued.role:
        which.append(APPROVALS.c.needed_role == queued.role)
    if queued.account:
        which.append(or_(HEADS.c.account == queued.account, HEADS.c.account_name.icontains(queued.account, autoescape=True)))
    for word in queued.text.split():
        within = (HEADS.c.title, HEADS.c.account_name, HEADS.c.account, HEADS.c.subject, HEADS.c.subject_id, HEADS.c.decision_id)
        which.append(or_(*(one.icontains(word, autoescape=True) for one in within)))
    return which


def _among(ids: Sequence[str]) -> ColumnElement[bool]:
    """One of these, however many there are."""
    return APPROVALS.c.id.in_(select(elements(literal(to_json(list(ids)).decode(), Text)).c.value))


def _harmless(among: Sequence[str], plays: Sequence[str]) -> ColumnElement[bool]:
    """What may be answered without a look at each: one of these, of low risk, not sensitive, and as it was proposed."""
    told = HEADS.c.play.in_(plays) & HEADS.c.sensitive.is_(False) & HEADS.c.required.is_(False) & HEADS.c.verdict.is_not(None)
    return and_(_OPEN, told, APPROVALS.c.difference == [], ~_EDITED, _among(among))


def _asked(connection: Connection, ask_ids: Sequence[str]) -> list[Asked]:
    found = {row["id"]: row["decision_id"] for row in connection.execute(_THESE, {"of": to_json(ask_ids).decode()}).mappings()}
    named = sorted(set(found.values()))
    decisions = to_json(named).decode()
    asks: dict[str, list[Approval]] = {}
    for row in connection.execute(_ALL_ASKS, {"of": decisions}).mappings():
        asks.setdefault(row["decision_id"], []).append(Approval(**tupled(row, "asked", "allowed", "difference")))
    opened = whole(connection, named)
    return [
        Asked(next(ask for ask in asks[found[one]] if ask.id == one), opened[found[one]], asks[found[one]])
        for one in dict.fromkeys(ask_ids)
        if one in found
    ]


_THESE = select(APPROVALS.c.id, APPROVALS.c.decision_id).where(APPROVALS.c.id.in_(listed("of")))
_ALL_ASKS = select(APPROVALS).where(APPROVALS.c.decision_id.in_(listed("of"))).order_by(APPROVALS.c.round, APPROVALS.c.id)
