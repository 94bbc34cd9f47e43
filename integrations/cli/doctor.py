"""`nextplay doctor`: is everything as it should be?"""

import typer

from integrations.cli.options import Json

SHOWN = 20
"""How many details of a check fit a page."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(as_json: Json = False) -> None:
    """Check settings, database, playbook, audit log and what waits for a person; the exit code is 1 when something fails."""
    from integrations import logging
    from integrations.cli.checks import examine
    from integrations.cli.failures import Failed
    from integrations.cli.look import Page, print_json, state
    from integrations.telling.words import listed

    logging.configure(level="ERROR", style="console")
    found = examine()
    failed = [check.name for check in found if check.level == "fail"]
    if as_json:
        print_json({"ok": not failed, "checks": found})
    else:
        page = Page()
        width = max(len(check.name) for check in found)
        for check in found:
            label = state(check.level.ljust(6)).append(check.name.ljust(width + 2), "bold")
            page.wrapped(check.text, label=label)
            for detail in check.details[:SHOWN]:
                page.wrapped(", ".join(f"{name} {value}" for name, value in detail.items()), indent=width + 8)
            if len(check.details) > SHOWN:
                page.line(f"and {len(check.details) - SHOWN} more: nextplay doctor --json", indent=width + 8)
        page.show()
    if failed:
        raise Failed(f"{listed(failed).capitalize()} failed.", "What to do stands beside each.")
