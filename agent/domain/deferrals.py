"""When something may be done at the earliest: quiet hours, contact caps and cooldowns, alone and together."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from agent.domain.calendars import narrowed, next_open
from agent.domain.evidence import Calendar, Past, Touch

HOLDING = frozenset({"sent", "scheduled", "pending"})
"""Touches that take a slot: what was sent, and what is going to be."""

Earliest = Callable[[datetime], datetime | None]
"""From a moment, the earliest moment at which one rule allows; None means never."""


def recipient_hours(calendar: Calendar, open_hour: float, close_hour: float) -> Earliest:
    """Only within the recipient's hours, narrowed to the policy's, and not on their holidays."""
    hours = narrowed(calendar, round(open_hour * 60), round(close_hour * 60))
    return lambda at: next_open(hours, at)


def within_cap(touches: Iterable[Touch], per: timedelta, limit: int) -> Earliest:
    """At most `limit` touches in any rolling window of length `per`.

    The window is half open: a touch at 10:00 counts until just before 10:00 one window later. Scheduled and pending touches hold their slot
    from now on.
    """
    frees = sorted(touch.at + per for touch in touches if touch.status in HOLDING and touch.direction == "out")

    def earliest(at: datetime) -> datetime | None:
        held = [free for free in frees if free > at]
        if limit <= 0:
            return None
        return at if len(held) < limit else held[len(held) - limit]

    return earliest


def after_cooldown(past: Iterable[Past], per: timedelta) -> Earliest:
    """Not before `per` has passed since the latest of the given happenings."""
    free = max((one.at + per for one in past), default=None)
    return lambda at: at if free is None or free <= at else free


def earliest_of_all(at: datetime, rules: Iterable[Earliest]) -> datetime | None:
    """The first moment from `at` on that every rule allows; None when there is none. Rules are asked in turn until nobody moves it."""
    everyone = list(rules)
    moment, settled = at, 0
    for _ in range(100):
        for rule in everyone:
            allowed = rule(moment)
            if allowed is None:
                return None
            settled = settled + 1 if allowed == moment else 1
            moment = allowed
            if settled >= len(everyone):
                return moment
        if not everyone:
            return moment
    return None
