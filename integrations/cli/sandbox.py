"""`nextplay sandbox`: the local CRM and helpdesk, its log of effects, Slack and a provider to sign in with beside it, and vendors that do wrong."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import At, Json, moment
from integrations.cli.sandbox_misbehave import misbehave
from integrations.cli.sandbox_openid import openid
from integrations.cli.sandbox_slack import slack

if TYPE_CHECKING:
    from integrations.bootstrap import Workspace


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    sandbox = typer.Typer(help="The local CRM and helpdesk that stands in for real ones.")
    for command in (reset, apply, effects, messages, slack, openid, misbehave):
        sandbox.command()(command)
    app.add_typer(sandbox, name="sandbox")


def reset(as_json: Json = False) -> None:
    """Empty the sandbox: its records, effects and messages. Decisions stay."""
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    async def work(workspace: "Workspace") -> None:
        await workspace.sandbox.reset()

    within(work)
    if as_json:
        print_json({"reset": True})
        return
    page = Page()
    page.line("The sandbox is empty. Fill it with: nextplay sandbox apply FILE")
    page.show()


def apply(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A fixture in YAML or JSON; - reads standard input.")],
    at: At = None,
    as_json: Json = False,
) -> None:
    """Add or change records: all of the file, or nothing of it."""
    from integrations.cli.event_files import read_text
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.telling.words import listed, several

    text = read_text(file)

    async def work(workspace: "Workspace") -> dict[str, int]:
        return await workspace.sandbox.apply(text, "" if file == "-" else Path(file).name)

    counts = within(work, at=moment(at))
    if as_json:
        print_json({"applied": counts})
        return
    page = Page()
    page.wrapped(f"Applied: {listed([several(n, key.removesuffix('s'), key) for key, n in counts.items()]) or 'nothing, the file is empty'}.")
    page.show()


def effects(as_json: Json = False) -> None:
    """List what was done to the sandbox, in order."""
    _log(lambda workspace: workspace.sandbox.effects.log(), "effects", as_json=as_json)


def messages(as_json: Json = False) -> None:
    """List what colleagues were told, in order."""
    _log(lambda workspace: workspace.sandbox.messenger.delivered(), "messages", as_json=as_json)


def _log(read: "Callable[[Workspace], Awaitable[list[dict[str, Any]]]]", what: str, *, as_json: bool) -> None:
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    async def work(workspace: "Workspace") -> tuple[list[dict[str, Any]], datetime]:
        return await read(workspace), workspace.clock()

    rows, now = within(work)
    if as_json:
        print_json({what: rows})
        return
    page = Page()
    if not rows:
        page.line(f"There are no {what} yet.")
    elif what == "effects":
        page.table([_effect(row, now) for row in rows], header=("#", "age", "what", "on", "content", "marker"), flex=4, caps={3: 20, 5: 16})
    else:
        page.table([_message(row, now) for row in rows], header=("age", "kind", "to", "title"), flex=3, caps={2: 36})
    page.show()


def _effect(row: dict[str, Any], now: datetime) -> list[str]:
    from integrations.telling.words import age

    payload = row["payload"]
    said = next((str(payload[name]) for name in ("subject", "title", "text", "group", "priority", "body") if payload.get(name)), "")
    return [str(row["seq"]), age(row["at"], now), row["kind"], row["target"], said, row["marker"]]


def _message(row: dict[str, Any], now: datetime) -> list[str]:
    from integrations.telling.words import age

    return [age(row["at"], now), row["kind"], ", ".join(row["to"]), row["title"]]
