"""`nextplay init` and `nextplay demo`: the first minutes."""

from pathlib import Path
from typing import Annotated

import typer

from integrations.cli.options import Json


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(init)
    app.command()(demo)


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to put it.")] = Path("playbook"),
    as_json: Json = False,
) -> None:
    """Make a starter playbook: one surface, in shadow."""
    import shutil

    from agent.errors import Refused
    from agent.playbook.loader import STARTER
    from integrations.cli.look import Page, print_json

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is there already, and nothing is overwritten.", "Name another folder: nextplay init DIR")
    shutil.copytree(STARTER, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    if as_json:
        print_json({"folder": folder, "files": files})
        return
    page = Page()
    page.line((f"A starter playbook is in {folder}.", "bold"))
    page.table(
        [
            ["see what it says", f"nextplay playbook show {folder}"],
            ["check it", f"nextplay playbook check {folder}"],
            ["use it", f"NEXTPLAY_PLAYBOOK={folder} nextplay serve"],
        ],
        indent=2,
    )
    page.show()


def demo(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after the decisions; do not open the server.")] = False,
    history: Annotated[bool, typer.Option("--history", help="Live through a month instead: 2,000 decisions and what came of them.")] = False,
    vendor: Annotated[
        str | None, typer.Option("--vendor", metavar="NAMES", help="hubspot+zendesk or salesforce+zendesk, each with +mail if wanted.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fill the sandbox with a small world, and make real decisions in it; no keys, no services."""
    from agent.errors import InvalidInput
    from integrations.cli.demo import run_demo
    from integrations.cli.demo_history import run_history
    from integrations.cli.demo_vendors import check_names
    from integrations.cli.look import console

    vendor = None if vendor is None else check_names(vendor)
    if history and vendor:
        raise InvalidInput("The month is lived through in the sandbox alone.", "Leave out --history, or --vendor.")
    if history:
        run_history(as_json=as_json, console=console())
        return
    run_demo(no_serve=no_serve, as_json=as_json, console=console(), vendors=vendor)
