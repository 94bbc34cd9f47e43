"""When something may be done at the earliest: quiet hours, contact caps and cooldowns, alone and together."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from agent.domain.calendars import narrowed, next_open
from agent.domain.evidence import Calendar, Past, Touch

REACHED = frozenset({"sent", "replied"})
UNSENT = frozenset({"scheduled", "pending"})
HOLDING = REACHED | UNSENT
"""Touches that take a slot: what reached the customer, and what is going to. What bounced does not."""

Earliest = Callable[[datetime], datetime | None]
"""From a moment, the earliest moment at which one rule allows; None means never."""

_MOST_ROUNDS = 100


def recipient_hours(calendar: Calendar, open_hour: float, close_hour: float) -> Earliest:
    """Only within the recipient's hours, narrowed to the policy's, and not on their holidays."""
    hours = narrowed(calendar, round(open_hour * 60), round(close_hour * 60))
    return lambda at: next_open(hours, at)


def slots(touches: Iterable[Touch], now: datetime) -> list[datetime]:
    """The moments at which slots are taken, in order.

    What is scheduled or pending holds its slot; what should have gone out by now may go out at any moment, so it counts
    as of now.
    """
    return sorted(
        max(touch.at, now) if touch.status in UNSENT else touch.at for touch in touches if touch.status in HOLDING and touch.direction == "out"
    )


def within_cap(taken: Sequence[datetime], per: timedelta, limit: int) -> Earliest:
    """At most `limit` slots less than `per` apart from each other, before the moment or after it.

    `taken` are moments in order. Windows are half open: what was sent at 10:00 counts until just before 10:00 one window
    later.
    """

    def free(at: datetime) -> bool:
        return bisect_left(taken, at + per) - bisect_right(taken, at - per) < limit

    def earliest(at: datetime) -> datetime | None:
        if free(at):
            return at
        return next((one + per for one in taken if one + per > at and free(one + per)), None)

    return earliest


def after_cooldown(past: Iterable[Past], per: timedelta) -> Earliest:
    """Not before `per` has passed since the latest of the given happenings."""
    free = max((one.at + per for one in past), default=None)
    return lambda at: at if free is None else max(at, free)


class Agreement(NamedTuple):
    """The first moment that every rule allows (None: there is none), and to when each rule that moved it did, by its position."""

    at: datetime | None
    moved: Mapping[int, datetime]


def agree(at: datetime, rules: Iterable[Earliest]) -> Agreement:
    """Find the first moment from `at` on that every rule allows.

    Rules are asked in turn, each from the moment that the others have agreed on, until a whole round moves nobody. So a rule that allows `at`
    itself may still move the moment that another asks for.
    """
    everyone = list(rules)
    moved: dict[int, datetime] = {}
    for _ in range(_MOST_ROUNDS):
        before = at
        for position, rule in enumerate(everyone):
            allowed = rule(at)
            if allowed is None:
                return Agreement(None, moved)
            if allowed != at:
                at = moved[position] = allowed
        if at == before:
            return Agreement(at, moved)
    return Agreement(None, moved)
