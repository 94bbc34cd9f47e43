"""What metrics are counted from, in one walk: the decisions of a time with their asks and outcomes.

What rules did is counted in `marking`, and what acting caused in `measuring`.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from statistics import median
from typing import Any

from sqlalchemy import Connection, Integer, Text, and_, bindparam, case, func, select, type_coerce

from agent.domain.decision import MINUTES, MONEY, SAYS_NOTHING
from agent.domain.metrics import Fate
from agent.domain.records import APPROVED
from agent.domain.reliability import SUCCESSES, Foretold
from agent.ports import Pace, Tally
from integrations.db.columns import UtcTime
from integrations.db.head_rows import HEADS
from integrations.db.heading import A_DAY, day_at, place_of
from integrations.db.part import StorePart
from integrations.db.spans import DELIVERED, FATES, OF_THESE, Span
from integrations.db.spelled import seconds_between
from integrations.db.tables import APPROVALS, OUTCOMES, WATCHES

_TOOK = case((and_(APPROVALS.c.answered_by.is_not(None), APPROVALS.c.at.is_not(None)), seconds_between(APPROVALS.c.created_at, APPROVALS.c.at)))
_FATE = (
    HEADS.c.surface, HEADS.c.play, HEADS.c.route, type_coerce(DELIVERED, Integer), OUTCOMES.c.exposure, OUTCOMES.c.result,
    type_coerce(WATCHES.c.worth.is_(None), Integer), OUTCOMES.c.attribution, type_coerce(OUTCOMES.c.guardrails, Text),
    type_coerce(WATCHES.c.opened_at.is_not(None) & WATCHES.c.closed_at.is_(None), Integer),
)  # fmt: skip
"""What decisions have in common that fared alike, but for their asks."""
_WALK = select(
    HEADS.c.place, *_FATE, OUTCOMES.c.value, HEADS.c.chance, type_coerce(WATCHES.c.due_at <= bindparam("until", type_=UtcTime), Integer),
    type_coerce(HEADS.c.counted, Integer), HEADS.c.sure, APPROVALS.c.round, APPROVALS.c.state, APPROVALS.c.reason, _TOOK,
).select_from(FATES.outerjoin(APPROVALS, APPROVALS.c.decision_id == OF_THESE)).order_by(HEADS.c.place)  # fmt: skip
_ASKS = 1 + len(_FATE) + 5
"""Where in a row its ask begins; what stands before is the decision's, and the same in the rows of all its asks."""
_UNTOLD = select(func.count()).select_from(HEADS).where(~HEADS.c.counted)


class Tallying(StorePart):
    """Reads what metrics are counted from. Every decision of the time is looked at once, and none is opened."""

    async def tally(self, *, since: datetime, until: datetime, surface: str | None = None) -> Tally:
        """How the decisions fared that were made from `since` to before `until`. Events that started no work are none."""
        return await self._read(lambda c: _tally(c, Span(since, until, surface)))


def _tally(connection: Connection, span: Span) -> Tally:
    tallied = _Tallied()
    rows = connection.execution_options(stream_results=True).execute(_WALK.where(span.within()), {"until": span.until})
    for _, asks in groupby(rows, itemgetter(0)):
        tallied.add([*asks])
    made = (HEADS.c.place >= place_of(span.since)) & (HEADS.c.place < place_of(span.until))
    which = made if span.surface is None else made & (HEADS.c.surface == span.surface)
    return tallied.told(int(connection.execute(_UNTOLD.where(which)).scalar_one()))


@dataclass(slots=True)
class _Sum:
    many: int = 0
    value: float | None = None

    def add(self, value: float | None) -> None:
        self.many += 1
        if value is not None:
            self.value = value + (self.value or 0.0)


@dataclass(slots=True)
class _Tallied:
    """The sums so far."""

    fates: defaultdict[tuple[Any, ...], _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    days: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0]))
    took: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    foretold: Foretold = field(default_factory=Foretold)

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Count one decision: a row for each of its asks, or one without."""
        place, *fate, value, chance, over, counted, sure = rows[0][:_ASKS]
        surface, delivered, exposure, result = fate[0], fate[3], fate[4], fate[5]
        asks = [row[_ASKS:] for row in rows] if rows[0][_ASKS] is not None else []
        latest = _latest(asks)
        self.fates[*fate, tuple(sorted({state for _, state, _, _ in latest}))].add(value)
        day = self.days[place // A_DAY]
        day[0] += 1
        day[1] += bool(asks)
        day[2] += bool(delivered)
        day[3] += bool(delivered) and result == "converted"
        self.took[surface] += [took for *_, took in asks if took is not None]
        if counted and (approved := _approved(latest)) is not None:
            self._answered(surface, sure, approved=approved)
        if over and chance is not None and exposure == "delivered" and result is not None:
            self.foretold.outcomes.setdefault(surface, []).append((chance, result in SUCCESSES))

    def _answered(self, surface: str, sure: float | None, *, approved: bool) -> None:
        if sure is None:
            self.foretold.unsure[surface] = self.foretold.unsure.get(surface, 0) + 1
        else:
            self.foretold.answers.setdefault(surface, []).append((sure, approved))

    def told(self, unread: int) -> Tally:
        """What they come to."""
        names = ("decided", "asked", "delivered", "converted")
        days = {day_at(number * A_DAY): dict(zip(names, counts, strict=True)) for number, counts in self.days.items()}
        answered = {surface: timedelta(milliseconds=round(median(took) * 1_000)) for surface, took in self.took.items() if took}
        self.foretold.unread = unread
        return Tally(list(_fates(self.fates)), Pace(days, answered), self.foretold)


def _latest(asks: Sequence[Any]) -> Sequence[Any]:
    """The asks of the latest round: its number, state, reason, and in what time each was answered."""
    if len(asks) < 2:
        return asks
    latest = max(ask[0] for ask in asks)
    return [ask for ask in asks if ask[0] == latest]


def _approved(asks: Sequence[Any]) -> bool | None:
    """Whether people approved: all must have. One no is a no, unless its reason says nothing of the choice; None where nobody has said."""
    rejected = [reason for _, state, reason, _ in asks if state == "rejected"]
    if rejected:
        return None if all(reason in SAYS_NOTHING for reason in rejected) else False
    return True if asks and all(state in APPROVED for _, state, _, _ in asks) else None


def _fates(found: dict[tuple[Any, ...], _Sum]) -> Iterator[Fate]:
    for (surface, play, route, delivered, exposure, result, money, attribution, guardrails, open_, asks), sums in found.items():
        yield Fate(
            surface=surface, play=play, route=route, asks=asks, exposure=exposure or ("delivered" if delivered else None), result=result,
            open=bool(open_), value=sums.value, unit=MONEY if money else MINUTES, attribution=attribution,
            guardrails=tuple(json.loads(guardrails)) if guardrails else (), many=sums.many,
        )  # fmt: skip
