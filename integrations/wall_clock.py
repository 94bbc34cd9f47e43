"""The time outside, whatever day a deployment's own clock stands at."""

from datetime import UTC, datetime


def wall_clock() -> datetime:
    """The time it is."""
    return datetime.now(UTC)
