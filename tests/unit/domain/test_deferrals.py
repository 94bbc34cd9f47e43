"""Caps, cooldowns and hours: the first moment that all of them allow."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.deferrals import Cap, Earliest, after_cooldown, agree, recipient_hours, slots
from agent.domain.evidence import Calendar, Touch
from tests.unit.domain.building import ALWAYS, AT, DAY, past, touch

WEEK, MINUTE = 7 * DAY, timedelta(minutes=1)


class Later:
    """Allows something else each time it is asked."""

    def __call__(self, at: datetime) -> datetime:
        return at + MINUTE

    def bites(self, at: datetime) -> bool:
        return at >= AT


OFFICE = Calendar("UTC", dict.fromkeys(range(5), (9 * 60, 17 * 60)))


def cap(touches: list[Touch], limit: int, per: timedelta = WEEK) -> Earliest:
    return Cap(tuple(slots(touches, AT)), per, limit)


@pytest.mark.parametrize(
    ("days_ago", "limit", "days_from_now"),
    [
        ([], 1, 0),
        ([1], 2, 0),
        ([1, 2], 2, 5),
        ([1, 2, 3], 2, 5),
        ([1, 2, 3], 3, 4),
        ([7], 1, 0),
        ([8, 9, 10], 1, 0),
        ([0], 1, 7),
        ([-1], 1, 8),  # scheduled for tomorrow: it holds its slot now
        ([6, -2], 2, 1),
        ([6, -2, -8], 2, 1),  # the third is more than a week away then
        ([6, -2, -7], 2, 9),
        ([-30], 1, 0),  # too far away to matter
        ([-6, -13], 1, 20),
    ],
)
def test_cap(days_ago: list[float], limit: int, days_from_now: float) -> None:
    found = cap([touch(days) for days in days_ago], limit)(AT)
    assert found == AT + days_from_now * DAY


def test_the_window_is_half_open_to_the_minute() -> None:
    earliest = cap([touch(7)], 1)
    assert earliest(AT) == AT
    assert earliest(AT - MINUTE) == AT
    assert cap([touch(-7)], 1)(AT) == AT
    assert cap([touch(-7)], 1)(AT + MINUTE) == AT + 14 * DAY


@pytest.mark.parametrize("limit", [0, -1])
def test_a_cap_of_nothing_never_allows(limit: int) -> None:
    assert cap([], limit)(AT) is None


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"status": "replied"}, True),
        ({"status": "scheduled"}, True),
        ({"status": "pending"}, True),
        ({"status": "bounced"}, False),
        ({"direction": "in"}, False),
    ],
)
def test_what_takes_a_slot(changes: dict[str, str], counts: bool) -> None:
    assert len(slots([touch(1, **changes)], AT)) == counts


def test_what_should_have_gone_out_by_now_counts_as_of_now() -> None:
    assert slots([touch(30, status="pending"), touch(-1), touch(3)], AT) == [AT - 3 * DAY, AT, AT + DAY]


def test_cooldown_counts_from_the_latest() -> None:
    earliest = after_cooldown([past(3), past(10)], WEEK)
    assert earliest(AT) == AT + 4 * DAY
    assert earliest(AT + 4 * DAY) == AT + 4 * DAY
    assert earliest(AT + 5 * DAY) == AT + 5 * DAY
    assert after_cooldown([], WEEK)(AT) == AT


def test_hours_are_narrowed_to_the_policy() -> None:
    early = recipient_hours(OFFICE, 8, 9.5)
    assert early(AT) == datetime.fromisoformat("2026-11-24T09:00Z")
    assert early(datetime.fromisoformat("2026-11-24T09:29Z")) == datetime.fromisoformat("2026-11-24T09:29Z")
    assert recipient_hours(OFFICE, 18, 20)(AT) is None


def test_together_they_find_the_first_moment_that_all_allow() -> None:
    holiday = Calendar("UTC", OFFICE.hours, frozenset({datetime(2026, 11, 30, tzinfo=AT.tzinfo).date()}))
    rules = [
        cap([touch(2.5), touch(2.4)], 2),  # until Friday 22:00
        recipient_hours(holiday, 8, 18),  # then Monday, which is a holiday
        after_cooldown([past(5)], 12 * DAY + timedelta(hours=1)),  # until Monday 11:00
    ]
    assert agree(AT, rules).at == datetime.fromisoformat("2026-12-01T09:00Z")
    assert agree(AT, rules[::-1]).at == datetime.fromisoformat("2026-12-01T09:00Z")


def test_every_rule_that_moved_the_moment_is_named_also_one_that_would_have_allowed_at_once() -> None:
    rules = [recipient_hours(OFFICE, 9, 17), cap([touch(2.5), touch(2.4)], 2), recipient_hours(ALWAYS, 0, 24)]
    assert rules[0](AT) == AT

    found = agree(AT, rules)

    assert found.at == datetime.fromisoformat("2026-11-30T09:00Z")
    assert found.moved == {1: datetime.fromisoformat("2026-11-27T22:00Z"), 0: found.at}


def test_nothing_to_wait_for() -> None:
    assert agree(AT, []).at == AT
    assert agree(AT, [recipient_hours(ALWAYS, 0, 24)]).at == AT


def test_never_is_never() -> None:
    never = recipient_hours(Calendar("UTC", {}), 0, 24)
    assert agree(AT, [cap([touch(1)], 1), never]).at is None
    assert agree(AT, [Later()]).at is None  # rules that drive each other on without end


spans = st.integers(1, 20).map(lambda days: days * DAY)
ages = st.lists(st.floats(-20, 20), max_size=8)
rules = st.one_of(
    st.builds(lambda ages, limit, per: cap([touch(a) for a in ages], limit, per), ages, st.integers(1, 4), spans),
    st.builds(lambda age, per: after_cooldown([past(age)], per), st.floats(0, 20), spans),
    st.builds(lambda opens: recipient_hours(OFFICE, opens, opens + 4), st.integers(9, 12)),
)


@given(rules=st.lists(rules, max_size=4))
def test_the_moment_is_allowed_by_all_and_does_not_depend_on_their_order(rules: list[Earliest]) -> None:
    found = agree(AT, rules).at
    assert found is not None
    assert found >= AT
    assert all(rule(found) == found for rule in rules)
    assert agree(AT, rules[::-1]).at == found


@given(ages=ages, limit=st.integers(1, 4), per=spans, minutes=st.integers(0, 60 * 24 * 40))
def test_a_cap_allows_nothing_earlier_than_it_says(ages: list[float], limit: int, per: timedelta, minutes: int) -> None:
    touches = [touch(age) for age in ages]
    earliest = cap(touches, limit, per)
    found, other = earliest(AT), AT + minutes * MINUTE
    assert found is not None
    near = [t for t in slots(touches, AT) if abs(t - other) < per]
    assert (earliest(other) == other) == (len(near) < limit)
    if other < found:
        assert len(near) >= limit


@given(rule=rules, minutes=st.lists(st.integers(0, 60 * 24 * 40), max_size=20))
def test_what_does_not_bite_allows_every_moment_from_then_on(rule: Earliest, minutes: list[int]) -> None:
    since = agree(AT, [rule]).at
    assert since is not None
    for start in (AT, since):
        if not rule.bites(start):
            assert all(rule(start + minute * MINUTE) == start + minute * MINUTE for minute in minutes)


@pytest.mark.parametrize(
    ("rule", "bites"),
    [
        (cap([], 1), False),
        (cap([touch(6)], 1), True),
        (cap([touch(6)], 2), False),
        (cap([touch(8)], 1), False),
        (cap([touch(-20)], 1), True),  # something is scheduled: not now, but then
        (after_cooldown([], DAY), False),
        (after_cooldown([past(2)], DAY), False),
        (after_cooldown([past(2)], 3 * DAY), True),
        (recipient_hours(ALWAYS, 0, 24), True),
    ],
)
def test_what_may_still_keep_something_from_a_moment_bites(rule: Earliest, bites: bool) -> None:
    assert rule.bites(AT) is bites


def test_rules_that_allow_the_same_moments_are_equal() -> None:
    assert after_cooldown([past(3)], 5 * DAY) == after_cooldown([past(4)], 6 * DAY)
    assert after_cooldown([past(3)], 5 * DAY) != after_cooldown([past(3)], 6 * DAY)
    assert cap([touch(1)], 1) == cap([touch(1)], 1) != cap([touch(1)], 2)
    assert recipient_hours(OFFICE, 9, 17) == recipient_hours(OFFICE, 9, 17) != recipient_hours(OFFICE, 9, 16)
