"""A budget stops at its limit and starts anew with the minute and the day."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.budget import Budget, BudgetSpentError


class Clock:
    """A time that moves when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 23, 58, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_calls_of_a_minute() -> None:
    clock = Clock()
    budget = Budget(clock=clock, calls_per_minute=2)
    budget.take()
    budget.take()
    with pytest.raises(BudgetSpentError, match=r"calls of this minute are used up \(2\)"):
        budget.take()
    clock.now += timedelta(minutes=1)
    budget.take()


def test_calls_of_a_day() -> None:
    clock = Clock()
    budget = Budget(clock=clock, calls_per_day=1)
    budget.take()
    clock.now += timedelta(minutes=1)
    with pytest.raises(BudgetSpentError, match="calls of today"):
        budget.take()
    clock.now += timedelta(minutes=1)
    budget.take()


def test_tokens_of_a_day() -> None:
    clock = Clock()
    budget = Budget(clock=clock, tokens_per_day=100)
    budget.take()
    budget.spend(100)
    with pytest.raises(BudgetSpentError, match="tokens of today"):
        budget.take()
    clock.now += timedelta(days=1)
    budget.take()


def test_none_is_no_limit_and_zero_is_no_call() -> None:
    unlimited = Budget(clock=Clock())
    for _ in range(100):
        unlimited.take()
    with pytest.raises(BudgetSpentError):
        Budget(clock=Clock(), calls_per_minute=0).take()
