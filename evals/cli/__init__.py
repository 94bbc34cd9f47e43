"""The whole command line: that of the integrations, and the evals on top of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def main(given: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    from integrations import cli

    return cli.main(given, build)


def build() -> "typer.Typer":
    """Put the commands together."""
    from evals.cli import commands
    from integrations import cli

    app = cli.build()
    commands.add_to(app)
    return app
