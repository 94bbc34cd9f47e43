from datetime import UTC, datetime, timedelta

from integrations.console.throttle import Throttle

NOW, SECOND = datetime(2026, 11, 27, 9, tzinfo=UTC), timedelta(seconds=1)


def test_who_fails_too_often_waits_until_the_first_of_the_tries_is_a_minute_old() -> None:
    throttle = Throttle(most=3)
    for number in range(3):
        assert throttle.wait(NOW + number * SECOND, ["a"]) == timedelta()
        throttle.failed(NOW + number * SECOND, ["a"])
    assert throttle.wait(NOW + 2 * SECOND, ["a"]) == 58 * SECOND
    assert throttle.wait(NOW + 60 * SECOND, ["a"]) == timedelta()
    throttle.failed(NOW + 60 * SECOND, ["a"])
    assert throttle.wait(NOW + 60 * SECOND, ["a"]) == SECOND  # the window slides: two of the former tries still count


def test_each_key_counts_alone_and_one_is_enough() -> None:
    throttle = Throttle(most=1)
    throttle.failed(NOW, ["address 1", "link 1"])
    assert throttle.wait(NOW, ["address 2", "link 2"]) == timedelta()
    assert throttle.wait(NOW, ["address 2", "link 1"]) == throttle.wait(NOW, ["address 1"]) == timedelta(minutes=1)


def test_it_remembers_no_more_than_it_has_room_for() -> None:
    throttle = Throttle(most=1, keys=100)
    for number in range(1_000):
        throttle.failed(NOW, [f"address {number}", "the same"])
    assert len(throttle._tries) == 100
    assert throttle.wait(NOW, ["address 0"]) == timedelta()
    assert throttle.wait(NOW, ["address 999"]) == throttle.wait(NOW, ["the same"]) == timedelta(minutes=1)
