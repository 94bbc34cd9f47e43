"""Working hours over holidays, midnight and the change of the clocks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.calendars import add_working_time, is_open, narrowed, next_open, open_spans
from agent.domain.evidence import Calendar
from tests.unit.domain.building import AT

WEEKDAYS = dict.fromkeys(range(5), (9 * 60, 17 * 60))
BERLIN = Calendar("Europe/Berlin", WEEKDAYS)
NIGHT = Calendar("Europe/Berlin", dict.fromkeys(range(7), (2 * 60, 4 * 60)))
NEVER = Calendar("UTC", {})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("calendar", "at", "opens"),
    [
        (BERLIN, "2026-11-23T07:59", "2026-11-23T08:00"),
        (BERLIN, "2026-11-23T08:00", "2026-11-23T08:00"),
        (BERLIN, "2026-11-23T15:59", "2026-11-23T15:59"),
        (BERLIN, "2026-11-23T16:00", "2026-11-24T08:00"),  # the closing minute is closed
        (BERLIN, "2026-11-27T16:00", "2026-11-30T08:00"),  # over the weekend
        (BERLIN, "2026-07-01T06:59", "2026-07-01T07:00"),  # summer time
        (BERLIN, "2026-03-27T16:00", "2026-03-30T07:00"),  # the clocks go forward in between
        (BERLIN, "2026-10-23T15:00", "2026-10-26T08:00"),  # and back
        (NIGHT, "2026-03-29T00:00", "2026-03-29T01:00"),  # 02:00 does not exist: it is 03:00 summer time
        (NIGHT, "2026-10-24T23:00", "2026-10-25T00:00"),  # 02:00 happens twice: the first
        (Calendar("UTC", WEEKDAYS, frozenset({date(2026, 11, 23)})), "2026-11-23T10:00", "2026-11-24T09:00"),
        (Calendar("Pacific/Auckland", WEEKDAYS), "2026-11-22T19:00", "2026-11-22T20:00"),  # there it is Monday already
        (Calendar("UTC", {0: (0, 1440)}), "2026-11-23T23:59", "2026-11-23T23:59"),
        (Calendar("UTC", {0: (0, 1440)}), "2026-11-24T00:00", "2026-11-30T00:00"),
        (Calendar("UTC", {0: (22 * 60, 30 * 60)}), "2026-11-24T05:59", "2026-11-24T05:59"),  # the night shift of Monday
        (Calendar("UTC", {0: (600, 600)}), "2026-11-23T10:00", None),
        (NEVER, "2026-11-23T10:00", None),
    ],
)  # fmt: skip
def test_next_open(calendar: Calendar, at: str, opens: str | None) -> None:
    assert next_open(calendar, utc(at)) == (None if opens is None else utc(opens))


def test_a_day_of_changing_clocks_is_shorter_or_longer() -> None:
    spring, autumn = (next(iter(open_spans(NIGHT, utc(day)))) for day in ("2026-03-29T00:00", "2026-10-25T00:00"))
    assert spring[1] - spring[0] == timedelta(hours=1)
    assert autumn[1] - autumn[0] == timedelta(hours=3)


@pytest.mark.parametrize(
    ("calendar", "at", "hours", "ends"),
    [
        (BERLIN, "2026-11-23T10:00", 2, "2026-11-23T12:00"),
        (BERLIN, "2026-11-23T10:00", 6, "2026-11-23T16:00"),
        (BERLIN, "2026-11-23T10:00", 7, "2026-11-24T09:00"),
        (BERLIN, "2026-11-27T15:00", 2, "2026-11-30T09:00"),
        (BERLIN, "2026-11-28T12:00", 0, "2026-11-30T08:00"),
        (BERLIN, "2026-11-23T10:00", 16, "2026-11-25T10:00"),
        (NEVER, "2026-11-23T10:00", 5, "2026-11-23T15:00"),
    ],
)
def test_add_working_time(calendar: Calendar, at: str, hours: float, ends: str) -> None:
    assert add_working_time(calendar, utc(at), timedelta(hours=hours)) == utc(ends)


def test_open_or_not() -> None:
    assert is_open(BERLIN, utc("2026-11-23T08:00"))
    assert not is_open(BERLIN, utc("2026-11-23T16:00"))
    assert not is_open(NEVER, AT)


def test_narrowed_keeps_what_both_allow() -> None:
    found = narrowed(Calendar("UTC", {0: (480, 1020), 1: (0, 540), 2: (1020, 1200)}, frozenset({date(2026, 1, 1)})), 540, 1080)
    assert found == Calendar("UTC", {0: (540, 1020), 2: (1020, 1080)}, frozenset({date(2026, 1, 1)}))


@given(
    minutes=st.integers(0, 60 * 24 * 500),
    days=st.dictionaries(st.integers(0, 6), st.tuples(st.integers(0, 1439), st.integers(1, 1440)), min_size=1),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
)
def test_the_next_opening_is_open_and_nothing_before_it_is(minutes: int, days: dict[int, tuple[int, int]], zone: str) -> None:
    calendar, at = Calendar(zone, days), AT + timedelta(minutes=minutes)
    opens = next_open(calendar, at)
    if opens is None:
        assert all(end <= start for start, end in days.values())
        return
    assert opens >= at
    assert is_open(calendar, opens)
    assert opens == at or not is_open(calendar, at)
    assert opens == at or not is_open(calendar, opens - timedelta(minutes=1))


@given(first=st.integers(0, 3000), second=st.integers(1, 3000))
def test_working_time_adds_up(first: int, second: int) -> None:
    one, both = timedelta(minutes=first), timedelta(minutes=first + second)
    middle = add_working_time(BERLIN, AT, one)
    assert add_working_time(BERLIN, middle, timedelta(minutes=second)) == add_working_time(BERLIN, AT, both)
