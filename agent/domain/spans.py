"""Durations as people write them in a playbook: `90m`, `36h`, `14d`, `2w`."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_PATTERN = re.compile(r"(\d{1,5})([mhdw])")


def parse_span(text: Any) -> Any:
    """Turn `14d` into a timedelta; other values pass through for pydantic to judge. Raises ValueError on other text."""
    if not isinstance(text, str):
        return text
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is not a duration: write a whole number and m, h, d or w, such as 36h or 14d")
    return int(match[1]) * _UNITS[match[2]]


def format_span(span: timedelta) -> str:
    """Write a duration in the largest unit that fits exactly, such as `14d`."""
    for unit in ("w", "d", "h"):
        if span and span % _UNITS[unit] == timedelta():
            return f"{span // _UNITS[unit]}{unit}"
    return f"{span // _UNITS['m']}m"


Span = Annotated[timedelta, BeforeValidator(parse_span), PlainSerializer(format_span, return_type=str)]
