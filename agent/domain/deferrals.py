"""When something may be done at the earliest: quiet hours, contact caps and cooldowns, alone and together."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from agent.domain.calendars import narrowed, next_open
from agent.domain.evidence import Calendar, Past, Touch

REACHED = frozenset({"sent", "replied"})
UNSENT = frozenset({"scheduled", "pending"})
HOLDING = REACHED | UNSENT
"""Touches that take a slot: what reached the customer, and what is going to. What bounced does not."""


class Earliest(Protocol):
    """When one rule allows something. Two that are equal allow the same moments."""

    def __call__(self, at: datetime) -> datetime | None:
        """From a moment, the earliest moment at which it allows; None means never."""
        ...

    def bites(self, at: datetime) -> bool:
        """Whether there may be a moment, from that one on, at which it does not allow."""
        ...


_MOST_ROUNDS = 100
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Open:
    """While a calendar is open."""

    hours: Calendar

    def __call__(self, at: datetime) -> datetime | None:
        return next_open(self.hours, at)

    def bites(self, at: datetime) -> bool:  # noqa: ARG002  every calendar closes some day
        return True


@dataclass(frozen=True, slots=True)
class From:
    """From a moment on; never where it is not known."""

    moment: datetime | None

    def __call__(self, at: datetime) -> datetime | None:
        return None if self.moment is None else max(at, self.moment)

    def bites(self, at: datetime) -> bool:
        return self.moment is None or self.moment > at


@dataclass(frozen=True, slots=True)
class Cap:
    """While fewer than `limit` of the slots that are `taken` (in order) are less than `per` away, before the moment or after it.

    Windows are half open: what was sent at 10:00 counts until just before 10:00 one window later.
    """

    taken: tuple[datetime, ...]
    per: timedelta
    limit: int

    def __call__(self, at: datetime) -> datetime | None:
        if self._free(at):
            return at
        ends = (one + self.per for one in self.taken)
        return next((end for end in ends if end > at and self._free(end)), None)

    def bites(self, at: datetime) -> bool:
        return len(self.taken) - bisect_right(self.taken, at - self.per) >= self.limit

    def _free(self, at: datetime) -> bool:
        return bisect_left(self.taken, at + self.per) - bisect_right(self.taken, at - self.per) < self.limit


def recipient_hours(calendar: Calendar, open_hour: float, close_hour: float) -> Earliest:
    """Only within the recipient's hours, narrowed to the policy's, and not on their holidays."""
    return Open(narrowed(calendar, round(open_hour * 60), round(close_hour * 60)))


def slots(touches: Iterable[Touch], now: datetime) -> list[datetime]:
    """The moments at which slots are taken, in order.

    What is scheduled or pending holds its slot; what should have gone out by now may go out at any moment, so it counts
    as of now.
    """
    return sorted(
        max(touch.at, now) if touch.status in UNSENT else touch.at for touch in touches if touch.status in HOLDING and touch.direction == "out"
    )


def after_cooldown(past: Iterable[Past], per: timedelta) -> Earliest:
    """Not before `per` has passed since the latest of the given happenings."""
    return From(max((one.at + per for one in past), default=_LONG_AGO))


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
