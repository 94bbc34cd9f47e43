"""Times, ages and values as people read them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from integrations.telling import words
from tests.unit.cli.made import AT


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (timedelta(seconds=2), "now"),
        (timedelta(seconds=45), "45 s ago"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=7), "7 h ago"),
        (timedelta(days=3), "3 d ago"),
        (timedelta(days=150), "5 mo ago"),
        (timedelta(days=1000), "2.7 y ago"),
        (-timedelta(hours=2), "in 2 h"),
    ],
)
def test_an_age_is_told_in_its_most_telling_unit(before: timedelta, says: str) -> None:
    assert words.age(AT - before, AT) == says


def test_times_are_told_in_utc() -> None:
    assert words.utc(datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=2)))) == "2026-11-23 10:00 UTC"
    assert words.when(datetime(2026, 11, 22, 10, 0, tzinfo=UTC), AT) == "2026-11-22 10:00 UTC (24 h ago)"
    assert words.utc(None) == "—"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "none"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (48000.0, "48,000"),
        (158497.6, "158,497.60"),
        (0.4213, "0.421"),
        (float("inf"), "inf"),
        ([], "none"),
        (["sso", "audit log"], "sso, audit log"),
        ({"amount": 5.0}, "amount 5"),
        ("", "(empty)"),
        ("two\nlines", "two lines"),
    ],
)
def test_values(given: object, says: str) -> None:
    assert words.value(given) == says


def test_clean_takes_out_what_steers_a_terminal_and_keeps_every_letter() -> None:
    assert words.clean("Grüße, 日本 \N{WAVING HAND SIGN}") == "Grüße, 日本 \N{WAVING HAND SIGN}"
    assert words.clean("a\x1b[31mb\tc\u202ed\x9b") == "a\ufffd[31mb cd\ufffd"
    assert words.clean("a\nb") == "a\nb"
    assert words.clean("a\tb\rc\u2028d\u2029e\u200bf\ue000") == "a b c d ef\ufffd"


def test_lists_and_counts_read_as_sentences() -> None:
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.several(1, "entry", "entries") == "1 entry"
    assert words.several(1200, "entry", "entries") == "1,200 entries"
