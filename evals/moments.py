"""Times in cases: ISO 8601, or so long after the step before (`+2m`, `+3h`, `+1d`, `+2w`)."""

import re
from datetime import UTC, datetime, timedelta

MOMENT = re.compile(r"\+(\d+)([mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def moved(before: datetime, text: str) -> datetime:
    """The moment that the text names. Raises ValueError."""
    if after := MOMENT.fullmatch(text):
        return before + int(after[1]) * _UNITS[after[2]]
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is not a time: write 2026-11-10T09:00:00Z, or +2m after the step before") from None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
