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
        rests.begin("server", "451 later")
        while rests.why("letter", "server"):
            seconds.now += 1.0
        lasted.append(seconds.now - began)
    assert lasted == [FIRST_S, 60.0, 120.0, 240.0, LONGEST_S, LONGEST_S]


def test_what_was_taken_ends_it(seconds: Seconds) -> None:
    rests = Rests(seconds)
    rests.begin("letter", "451 later")
    seconds.now += FIRST_S
    rests.begin("letter", "451 later")
    rests.end("letter", "server")
    assert rests.why("letter", "server") is None
    rests.begin("letter", "451 later")
    assert rests.why("letter") == "451 later; tried again in 30 s"
    assert rests.why("another") is None
