"""How much of a person's attention may be taken now: whether a card may be posted, and if not, when to look again."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.domain.plays import Attention
from integrations.db.slack import AttentionSetting

LOOK_AGAIN = timedelta(minutes=5)
"""Over the budget, it is looked again so soon: a day may have passed since a card. An answer, or more room set at home, is not waited for so long."""

DEADLINE_NEAR = timedelta(minutes=60)
"""An ask that ends within this time, or before the quiet hours do, is not kept back by them."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a person has had already: cards that wait for their answer, and cards that came within a day."""

    open: int
    today: int


@dataclass(frozen=True, slots=True)
class Room:
    """Whether a card may be posted; when not, after what time to look again, and why in a word (`quiet`, `open`, `per_day`)."""

    may: bool
    after: timedelta = timedelta()
    why: str = ""


def room_for(budget: Attention, taken: Taken, *, at: datetime, timezone: str, left: timedelta) -> Room:
    """Decide on one card for a person in this time zone; `left` is how long the ask still runs."""
    quiet = _quiet_for(budget.quiet, at, timezone)
    if quiet is not None and left > max(DEADLINE_NEAR, quiet):
        return Room(False, quiet, "quiet")
    if taken.open >= budget.open:
        return Room(False, LOOK_AGAIN, "open")
    if taken.today >= budget.per_day:
        return Room(False, LOOK_AGAIN, "per_day")
    return Room(True)


def quiet_for(budget: Attention, at: datetime, timezone: str) -> timedelta:
    """How long something that has time must still wait for the quiet hours to end."""
    return _quiet_for(budget.quiet, at, timezone) or timedelta()


def budget_of(surface: Attention, own: AttentionSetting) -> Attention:
    """The surface's budget, narrowed or widened by what the person set for themselves."""
    return Attention(
        open=surface.open if own.open is None else own.open,
        per_day=surface.per_day if own.per_day is None else own.per_day,
        quiet=own.quiet or surface.quiet,
    )


def _quiet_for(quiet: str, at: datetime, timezone: str) -> timedelta | None:
    """How long the quiet hours still last that the moment lies in; None outside of them."""
    start, _, end = quiet.partition("-")
    starts, ends = _clock(start), _clock(end)
    local = at.astimezone(ZoneInfo(timezone))
    now = local.time()
    over_midnight = starts > ends
    inside = (now >= starts or now < ends) if over_midnight else starts <= now < ends
    if not inside or starts == ends:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and now >= starts else 0)
    return datetime.combine(day, ends, tzinfo=local.tzinfo) - local


def _clock(text: str) -> time:
    hour, _, minute = text.strip().partition(":")
    return time(int(hour) % 24, int(minute or 0))
