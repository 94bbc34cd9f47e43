"""Rests grow while nothing is taken, and begin anew when something was."""

from dataclasses import dataclass

import pytest

from integrations.mail.rests import FIRST_S, LONGEST_S, Rests


@dataclass
class Seconds:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_a_rest_is_twice_as_long_each_time_up_to_the_longest(seconds: Seconds) -> None:
    rests, lasted = Rests(seconds), []
    for _ in range(6):
        began = seconds.now
        told = rests.begin("server", "451 later", tried=began)
        while rests.left("letter", "server"):
            seconds.now += 1.0
        lasted.append(seconds.now - began)
        assert told == lasted[-1]
    assert lasted == [FIRST_S, 60.0, 120.0, 240.0, LONGEST_S, LONGEST_S]


def test_what_was_taken_ends_it(seconds: Seconds) -> None:
    rests = Rests(seconds)
    rests.begin("letter", "451 later", tried=seconds.now)
    seconds.now += FIRST_S
    rests.begin("letter", "451 later", tried=seconds.now)
    rests.end("letter", "server")
    assert rests.left("letter", "server") is None
    rests.begin("letter", "451 later", tried=seconds.now)
    rest = rests.left("letter")
    assert rest is not None
    assert (rest.seconds, rest.says) == (30.0, "451 later; tried again in 30 s")
    assert rests.left("another") is None


def test_what_was_under_way_when_a_rest_began_is_no_second_failure(seconds: Seconds) -> None:
    rests, tried = Rests(seconds), seconds.now
    assert rests.begin("server", "421 busy", tried=tried) == FIRST_S
    seconds.now += 10.0
    assert rests.begin("server", "421 busy", tried=tried) == FIRST_S - 10.0
    seconds.now += FIRST_S
    assert rests.left("server") is None
    assert rests.begin("server", "it took longer than 240 s", tried=tried) == FIRST_S, "it took nothing until now, and was tried once"
    seconds.now += FIRST_S
    assert rests.begin("server", "421 busy", tried=seconds.now) == 2 * FIRST_S


def test_of_two_rests_the_longer_counts(seconds: Seconds) -> None:
    rests = Rests(seconds)
    rests.begin("letter", "451 later", tried=seconds.now)
    seconds.now += 10.0
    rests.begin("server", "421 busy", tried=seconds.now)
    assert [rest.seconds for names in (("letter", "server"), ("server", "letter")) if (rest := rests.left(*names))] == [FIRST_S, FIRST_S]
