"""The colours of reports by their meaning; what they are in light and dark stands in the style sheet."""

from typing import Literal

Tone = Literal["plain", "good", "bad", "warn", "muted", "c1", "c2", "c3", "c4", "c5", "c6"]

SERIES: tuple[Tone, ...] = ("c1", "c2", "c3", "c4", "c5", "c6")


def tone_of(place: int, named: Tone | None = None) -> Tone:
    """The colour of a series: the one it names, or that of its place; beyond the sixth they begin anew."""
    return named or SERIES[place % len(SERIES)]
