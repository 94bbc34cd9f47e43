"""`nextplay metrics`: what was recommended, what people said, what was done, what came of it, what it caused, and what rules cost."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import At, Json, moment

if TYPE_CHECKING:
    from datetime import timedelta

    from agent.measuring import Figures
    from integrations.bootstrap import Workspace


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(metrics)


def metrics(
    surface: Annotated[str | None, typer.Option(metavar="ID", help="One surface only.")] = None,
    since: Annotated[str, typer.Option(metavar="SPAN", help="How far back, such as 30d, 12w or 36h.")] = "30d",
    at: At = None,
    as_json: Json = False,
) -> None:
    """Show the figures per surface, play and rule: approval, execution and outcome apart, and what acting caused."""
    from integrations.cli.look import print_json
    from integrations.cli.metrics_page import page_of
    from integrations.cli.opening import within

    span = span_of(since)

    async def work(workspace: "Workspace") -> "Figures":
        return await workspace.service.metrics(since=span, surface=surface)

    found = within(work, at=moment(at))
    if as_json:
        print_json(as_data(found))
        return
    page_of(found).show()


def span_of(text: str) -> "timedelta":
    """How far back. Raises InvalidInput."""
    from datetime import timedelta

    from agent.domain.spans import parse_span
    from agent.errors import InvalidInput

    try:
        span = parse_span(text)
    except ValueError as error:
        raise InvalidInput(f"--since {error}.", "Write it as 30d.") from None
    if not isinstance(span, timedelta) or not span:
        raise InvalidInput(f"--since {text!r} is no time at all.", "Write it as 30d.")
    return span


def as_data(found: "Figures") -> dict[str, Any]:
    """The figures as plain data."""
    from dataclasses import asdict

    return {
        "since": found.since,
        "until": found.until,
        "currency": found.currency,
        "surfaces": [
            {
                "id": one.id,
                **asdict(one.whole),
                "lift": {**asdict(one.lift), "known": one.lift.known},
                "plays": [{"id": name, **asdict(play)} for name, play in one.plays.items()],
            }
            for one in found.surfaces
        ],
        "rules": [{"id": name, **asdict(rule)} for name, rule in found.rules.items()],
    }
