"""A service that keeps failing is left alone, and gets one try after the pause. The clock is ours."""

import pytest

from integrations.breaker import Breaker, BreakerOpenError


class Clock:
    """Seconds that move when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class ServiceError(Exception):
    """What counts as a failure here."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock=clock, failures=3, pause_s=30)


def fail(breaker: Breaker) -> None:
    with pytest.raises(ServiceError), breaker.guard(ServiceError):
        raise ServiceError


def succeed(breaker: Breaker) -> None:
    with breaker.guard(ServiceError):
        pass


def test_it_opens_after_failures_in_a_row(breaker: Breaker) -> None:
    fail(breaker)
    fail(breaker)
    assert not breaker.is_open
    fail(breaker)
    assert breaker.is_open
    with pytest.raises(BreakerOpenError, match="next try is in 30 s"), breaker.guard(ServiceError):
        pytest.fail("the call went through")


def test_a_success_starts_the_count_anew(breaker: Breaker) -> None:
    fail(breaker)
    fail(breaker)
    succeed(breaker)
    fail(breaker)
    fail(breaker)
    assert not breaker.is_open


def test_other_errors_do_not_count(breaker: Breaker) -> None:
    for _ in range(5):
        with pytest.raises(KeyError), breaker.guard(ServiceError):
            raise KeyError
    assert not breaker.is_open


def test_after_the_pause_one_try_decides(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3):
        fail(breaker)
    clock.now += 29.9
    assert breaker.is_open
    clock.now += 0.1
    fail(breaker)
    assert breaker.is_open
    clock.now += 30
    succeed(breaker)
    fail(breaker)
    assert not breaker.is_open


def test_while_one_tries_the_others_are_refused(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3):
        fail(breaker)
    clock.now += 31
    with breaker.guard(ServiceError), pytest.raises(BreakerOpenError), breaker.guard(ServiceError):
        pytest.fail("a second try went through")
    succeed(breaker)


def test_a_try_that_was_broken_off_leaves_the_next_one_free(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3):
        fail(breaker)
    clock.now += 31
    with pytest.raises(KeyboardInterrupt), breaker.guard(ServiceError):
        raise KeyboardInterrupt
    succeed(breaker)
    assert not breaker.is_open
