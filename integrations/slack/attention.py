"""How much of a person's attention may be taken now: whether a card may be posted, and if not, when to look again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.domain.plays import Attention
from integrations.db.slack import AttentionSetting, Post

LOOK_AGAIN = timedelta(minutes=5)
"""Over the budget, it is looked again so soon: an answer may have made room."""

DEADLINE_NEAR = timedelta(minutes=60)
"""An ask that ends so soon is not kept back by quiet hours, since it would end in them."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, for one person: the wall clock, their time zone, and how long the ask still runs."""

    at: datetime
    timezone: str
    left: timedelta


@dataclass(frozen=True, slots=True)
class Room:
    """Whether a card may be posted; when not, when to look again, and why in a word (`quiet`, `open`, `per_day`)."""

    may: bool
    again: datetime | None = None
    why: str = ""


def room_for(post: Post, others: Sequence[Post], budget: Attention, moment: Moment) -> Room:
    """Decide on one card. `others` are the person's cards that stand open or were posted within a day."""
    rest = [one for one in others if one.id != post.id]
    quiet_until = _quiet_until(budget.quiet, moment)
    if quiet_until is not None and moment.left > min(DEADLINE_NEAR, quiet_until - moment.at):
        return Room(False, quiet_until, "quiet")
    if sum(one.state in ("live", "posting") for one in rest) >= budget.open:
        return Room(False, moment.at + LOOK_AGAIN, "open")
    today = [one for one in rest if one.posted_at is not None and moment.at - one.posted_at < timedelta(days=1)]
    if len(today) >= budget.per_day:
        return Room(False, moment.at + LOOK_AGAIN, "per_day")
    return Room(True)


def budget_of(surface: Attention, own: AttentionSetting) -> Attention:
    """The surface's budget, narrowed or widened by what the person set for themselves."""
    return Attention(
        open=surface.open if own.open is None else own.open,
        per_day=surface.per_day if own.per_day is None else own.per_day,
        quiet=own.quiet or surface.quiet,
    )


def _quiet_until(quiet: str, moment: Moment) -> datetime | None:
    """When the quiet hours end that the moment lies in; None outside of them."""
    start, _, end = quiet.partition("-")
    starts, ends = _clock(start), _clock(end)
    local = moment.at.astimezone(ZoneInfo(moment.timezone))
    now = local.time()
    over_midnight = starts > ends
    inside = (now >= starts or now < ends) if over_midnight else starts <= now < ends
    if not inside or starts == ends:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and now >= starts else 0)
    return datetime.combine(day, ends, tzinfo=local.tzinfo).astimezone(moment.at.tzinfo)


def _clock(text: str) -> time:
    hour, _, minute = text.strip().partition(":")
    return time(int(hour) % 24, int(minute or 0))
