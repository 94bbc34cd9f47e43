"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.spans import format_span, parse_span


@pytest.mark.parametrize(
    ("text", "span"),
    [("90m", timedelta(minutes=90)), ("36h", timedelta(hours=36)), (" 14d ", timedelta(days=14)), ("2w", timedelta(weeks=2))],
)
def test_parse(text: str, span: timedelta) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "14", "d", "1.5d", "-1d", "1d2h", "1y", "params.pause"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_span(text)


def test_what_is_no_text_passes_through() -> None:
    assert parse_span(timedelta(hours=1)) == timedelta(hours=1)
    assert parse_span(7) == 7


@pytest.mark.parametrize(("span", "text"), [(timedelta(days=14), "2w"), (timedelta(hours=36), "36h"), (timedelta(), "0m")])
def test_format(span: timedelta, text: str) -> None:
    assert format_span(span) == text


@given(st.integers(0, 99999))
def test_what_is_written_reads_the_same(minutes: int) -> None:
    span = timedelta(minutes=minutes)
    assert parse_span(format_span(span)) == span
