"""Times in fixtures."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from integrations.sandbox.moments import resolve

AT = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-10T09:00:00Z", datetime(2026, 11, 10, 9, tzinfo=UTC)),
        ("2026-11-10T09:00:00+02:00", datetime(2026, 11, 10, 7, tzinfo=UTC)),
        ("2026-11-10", datetime(2026, 11, 10, tzinfo=UTC)),
        (date(2026, 11, 10), datetime(2026, 11, 10, tzinfo=UTC)),
        ("@-3d", AT - timedelta(days=3)),
        ("@+45d", AT + timedelta(days=45)),
        ("@-90m", AT - timedelta(minutes=90)),
        ("@2h", AT + timedelta(hours=2)),
        ("@-1w", AT - timedelta(weeks=1)),
        ("@-1d 15:30", datetime(2026, 11, 22, 15, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_absolute_a_date_or_relative(text: Any, moment: datetime) -> None:
    assert resolve(text, AT) == moment


@pytest.mark.parametrize(
    "text",
    ["yesterday", "@-3", "@-3y", "@-1d 25:00", "2026-13-01", "2026-11-10T09:00:00", datetime(2026, 1, 1), 5, ""],  # noqa: DTZ001  a naive time is what is refused
)
def test_anything_else_is_refused_with_what_to_write(text: Any) -> None:
    with pytest.raises(ValueError, match=r"write|hours"):
        resolve(text, AT)
