"""Named draws: the same for the same name, fair over many."""

from collections import Counter
from datetime import timedelta

from integrations.sandbox.month.dice import Dice

DICE = Dice("a seed")


def test_a_name_always_draws_the_same_and_another_seed_draws_otherwise() -> None:
    assert DICE.share("deal", 7) == Dice("a seed").share("deal", 7)
    assert DICE.share("deal", 7) != DICE.share("deal", 8)
    assert DICE.share("deal", 7) != Dice("another seed").share("deal", 7)


def test_names_do_not_run_into_each_other() -> None:
    assert DICE.share("ab", "c") != DICE.share("a", "bc")


def test_what_has_a_chance_happens_in_that_share_of_all_names() -> None:
    happened = sum(DICE.happens(0.3, "name", n) for n in range(4000))
    assert abs(happened / 4000 - 0.3) < 0.03
    assert not any(DICE.happens(0, "name", n) for n in range(100))
    assert all(DICE.happens(1, "name", n) for n in range(100))


def test_options_come_by_their_weights() -> None:
    drawn = Counter(DICE.weighted({"rare": 1.0, "common": 3.0}, n) for n in range(4000))
    assert abs(drawn["rare"] / 4000 - 0.25) < 0.03
    assert set(Counter(DICE.among("xyz", n) for n in range(200))) == {"x", "y", "z"}


def test_waiting_times_keep_their_bounds_and_are_whole_minutes() -> None:
    waited = [DICE.hours(2, 10, n) for n in range(500)]
    assert min(waited) >= timedelta(hours=2)
    assert max(waited) <= timedelta(hours=10)
    assert all(wait % timedelta(minutes=1) == timedelta() for wait in waited)
    assert sum(wait < timedelta(hours=6) for wait in waited) > 300, "most are short"
