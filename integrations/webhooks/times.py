"""Times as senders write them, read into aware datetimes in UTC."""

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,12})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})")


def parse_time(text: object) -> datetime:
    """Read an RFC 3339 time (any number of fraction digits up to 12). Raises ValueError for one without an offset."""
    if isinstance(text, str) and _RFC3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):  # 31 February, or an offset that leaves the calendar
            pass
    raise ValueError("must be a time with an offset, such as 2026-11-23T09:00:00Z")


def from_epoch(amount: object, unit: timedelta) -> datetime:
    """Read a count of `unit` since 1970, as a number or its digits. Raises ValueError when it is none or too large."""
    if isinstance(amount, str) and re.fullmatch(r"[0-9]{1,16}", amount):
        amount = int(amount)
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < 0:
        raise ValueError("must be a count since 1970")
    try:
        return EPOCH + amount * unit
    except OverflowError:
        raise ValueError("is beyond the calendar") from None


MILLISECOND = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
