import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.webhooks.times import MILLISECOND, SECOND, from_epoch, parse_time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-23T09:00:00Z", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("2026-11-23 09:00+01:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-11-23T09:00:00.672717030Z", datetime(2026, 11, 23, 9, 0, 0, 672_717, tzinfo=UTC)),
        ("2026-11-23t09:00:00.5-0530", datetime(2026, 11, 23, 14, 30, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_reads_times_with_an_offset_as_utc(text: str, time: datetime) -> None:
    assert parse_time(text) == time
    assert parse_time(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T09:00:00",
        "2026-11-23",
        "2026-02-30T09:00:00Z",
        "2026-11-23T25:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-W48-1T09:00:00Z",
        "\u0662026-11-23T09:00:00Z",
        "",
        1795424400,
        None,
    ],
)
def test_refuses_everything_else(text: Any) -> None:
    with pytest.raises(ValueError, match="offset"):
        parse_time(text)


@given(st.text() | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}"))
def test_no_text_breaks_it(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_time(text).tzinfo is UTC


def test_reads_counts_since_1970() -> None:
    expected = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert from_epoch(1795424400000, MILLISECOND) == expected
    assert from_epoch("1795424400", SECOND) == expected


@pytest.mark.parametrize("amount", [-1, True, 1.5, None, "", "-1", "1.5", " 1", "\u0661", 2**63, "9" * 16, [1]])
def test_refuses_what_is_no_count(amount: Any) -> None:
    with pytest.raises(ValueError, match=r"count|calendar"):
        from_epoch(amount, SECOND)
