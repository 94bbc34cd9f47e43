"""`nextplay slack`: the app's manifest."""

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    slack = typer.Typer(help="The Slack app: cards, clicks and commands.")

    @slack.callback()
    def group() -> None:
        """The Slack app: cards, clicks and commands."""

    slack.command()(manifest)
    app.add_typer(slack, name="slack")


def manifest(
    url: Annotated[str | None, typer.Option(help="Where Slack reaches this server, for HTTP mode: https://nextplay.example.com")] = None,
) -> None:
    """Print the manifest to paste at api.slack.com/apps, as JSON: for Socket Mode, or for HTTP mode with --url."""
    import sys

    from integrations.slack.manifest import as_json

    sys.stdout.write(as_json(socket=url is None, url=url))
