from datetime import UTC, datetime, timedelta

import pytest

from agent.domain.plays import Attention
from integrations.db.slack import AttentionSetting
from integrations.slack.attention import LOOK_AGAIN, Room, Taken, budget_of, room_for

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BUDGET = Attention(open=2, per_day=3, quiet="19:00-07:30")


@pytest.mark.parametrize(
    ("taken", "room"),
    [
        (Taken(0, 0), Room(True)),
        (Taken(1, 2), Room(True)),
        (Taken(2, 2), Room(False, LOOK_AGAIN, "open")),
        (Taken(0, 3), Room(False, LOOK_AGAIN, "per_day")),
    ],
)
def test_beyond_the_budget_a_card_waits(taken: Taken, room: Room) -> None:
    assert room_for(BUDGET, taken, at=NOON, timezone="UTC", left=DAY) == room


@pytest.mark.parametrize(
    ("hour", "timezone", "wait"),
    [
        (12, "UTC", None),
        (19, "UTC", timedelta(hours=12, minutes=30)),
        (6, "UTC", timedelta(hours=1, minutes=30)),
        (7.5, "UTC", None),
        (12, "Asia/Kolkata", None),
        (14, "Asia/Kolkata", timedelta(hours=12)),
        (12, "America/New_York", timedelta(minutes=30)),
    ],
)
def test_quiet_hours_are_the_persons_own(hour: float, timezone: str, wait: timedelta | None) -> None:
    at = NOON.replace(hour=0) + timedelta(hours=hour)
    found = room_for(BUDGET, Taken(0, 0), at=at, timezone=timezone, left=timedelta(days=2))
    assert found == (Room(True) if wait is None else Room(False, wait, "quiet"))


def test_an_ask_that_would_end_in_the_quiet_hours_is_not_kept_back() -> None:
    at = NOON.replace(hour=20)
    assert room_for(BUDGET, Taken(0, 0), at=at, timezone="UTC", left=timedelta(hours=3)).may
    assert not room_for(BUDGET, Taken(0, 0), at=at, timezone="UTC", left=timedelta(hours=20)).may


def test_what_a_person_set_goes_before_the_surface() -> None:
    assert budget_of(BUDGET, AttentionSetting()) == BUDGET
    assert budget_of(BUDGET, AttentionSetting(open=9, quiet="00:00-00:00")) == Attention(open=9, per_day=3, quiet="00:00-00:00")
