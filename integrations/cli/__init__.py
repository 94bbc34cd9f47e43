"""The command line: `nextplay`. Each module holds the commands of one noun; heavy imports wait until a command runs."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

ABOUT = "Next best actions for revenue and support teams: rules protect, models rank, people review."


def main(given: Sequence[str] | None = None, commands: "Callable[[], typer.Typer] | None" = None) -> int:
    """Run one command; returns its exit code: 0 ok, 1 failed check, 2 usage, 3 not found, 4 refused by policy or state.

    `commands` puts them together; by default those of this layer alone.
    """
    from integrations.cli.failures import tell

    arguments = list(sys.argv[1:] if given is None else given)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    wanted = [argument for argument in arguments if argument != "--debug"] or ["--help"]
    try:
        code = (commands or build)()(args=wanted, prog_name="nextplay", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if "--debug" in arguments:
            raise
        return tell(error, as_json="--json" in arguments)
    return code if isinstance(code, int) else 0


def build() -> "typer.Typer":
    """Put the commands together."""
    import typer

    from integrations.cli import (
        answers,
        article,
        audit,
        blocks,
        database,
        dead,
        decisions,
        doctor,
        effects,
        events,
        holds,
        launch,
        metrics,
        models,
        people,
        playbooks,
        replays,
        reviews,
        sandbox,
        serve,
        shadows,
        simulation,
        slack,
        starting,
        surfaces,
        systems,
        triage,
        worker,
    )
    from integrations.cli.options import Debug, Version

    app = typer.Typer(help=ABOUT, add_completion=False, pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]})

    @app.callback()
    def common(debug: Debug = False, version: Version = False) -> None:
        """Next best actions for revenue and support teams: rules protect, models rank, people review."""

    for part in (
        starting,
        serve,
        worker,
        events,
        decisions,
        answers,
        blocks,
        holds,
        effects,
        dead,
        replays,
        metrics,
        simulation,
        shadows,
        launch,
        reviews,
        models,
        triage,
        playbooks,
        surfaces,
        sandbox,
        slack,
        systems,
        article,
        people,
        doctor,
        database,
        audit,
    ):
        part.add_to(app)
    return app
