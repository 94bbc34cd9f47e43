"""Options that many commands share, and how their values are read."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from agent.errors import InvalidInput

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="Take this as the time it is now, e.g. 2026-11-23T09:00:00Z (sandbox only).")]
As = Annotated[str, typer.Option("--as", metavar="EMAIL", help="Who you are.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error came from. May stand anywhere.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"nextplay {version('nextplay')}\n")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show which version this is.")]


def moment(text: str | None, option: str = "--at") -> datetime | None:
    """Read an ISO 8601 time; one without an offset is in UTC. Raises InvalidInput."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text.strip())
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{option} {text!r} is not a time.", "Write it as 2026-11-23T09:00:00Z.") from None
