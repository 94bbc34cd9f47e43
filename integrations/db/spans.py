"""Decisions of a span of time, with what became of each: the heads, which are short, are walked in the order of time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, ColumnElement, and_, case, func

from integrations.db.head_rows import HEADS
from integrations.db.heading import place_of
from integrations.db.spelled import walked
from integrations.db.tables import OUTCOMES, WATCHES

FATES = HEADS.outerjoin(WATCHES, WATCHES.c.decision == HEADS.c.decision_id).outerjoin(OUTCOMES, OUTCOMES.c.decision_id == HEADS.c.decision_id)
DELIVERED = func.coalesce(OUTCOMES.c.exposure == "delivered", WATCHES.c.opened_at.is_not(None), type_=Boolean)
CONVERTED = func.coalesce(OUTCOMES.c.result == "converted", False, type_=Boolean)

OF_THESE = walked(HEADS.c.decision_id)
"""To join what stands beside decisions: the heads of the time are walked, and what is theirs looked up, instead of every ask that there ever was."""


def many(which: ColumnElement[bool]) -> ColumnElement[int]:
    """How many of the rows are so."""
    return func.count(case((which, 1)))


@dataclass(frozen=True, slots=True)
class Span:
    """Decisions from a moment on and before another, of a surface or of all. Events that started no work are none."""

    since: datetime
    until: datetime
    surface: str | None = None

    def within(self, place: ColumnElement[int] = HEADS.c.place) -> ColumnElement[bool]:
        """Which of them, by a place."""
        made = HEADS.c.route != "suppressed"
        which = made if self.surface is None else made & (HEADS.c.surface == self.surface)
        return and_(place >= place_of(self.since), place < place_of(self.until), which)
