"""`nextplay block`, `unblock` and `blocks`: stop a surface, play, account or contact at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import As, At, Json, moment

if TYPE_CHECKING:
    from agent.domain.evidence import Block
    from integrations.bootstrap import Workspace

Surface = Annotated[str | None, typer.Option(metavar="ID", help="The surface.")]
Play = Annotated[str | None, typer.Option(metavar="ID", help="The play.")]
Account = Annotated[str | None, typer.Option(metavar="ID", help="The account.")]
Contact = Annotated[str | None, typer.Option(metavar="ID", help="The contact.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(block)
    app.command()(unblock)
    app.command()(blocks)


def block(
    who: As,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why; people will read it.")],
    surface: Surface = None,
    play: Play = None,
    account: Account = None,
    contact: Contact = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="When it ends by itself; without it, when somebody unblocks.")] = None,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Stop everything that is pending, approved but unsent, or scheduled, at once, and keep it stopped."""
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.telling.words import several, utc

    target, ref = _one({"surface": surface, "play": play, "account": account, "contact": contact})
    end = moment(until, "--until")

    async def work(workspace: "Workspace") -> int:
        _check_end(end, workspace.clock())
        return await workspace.service.block(target, ref, who=who, why=why, until=end)

    stopped = within(work, at=moment(at))
    if as_json:
        print_json({"target": target, "ref": ref, "until": end, "stopped": stopped})
        return
    page = Page()
    page.wrapped(f"The {target} {ref} is blocked{f' until {utc(end)}' if end else ''}. {several(stopped, 'decision')} stopped.")
    page.show()


def _one(given: Mapping[str, str | None]) -> tuple[str, str]:
    from agent.errors import InvalidInput

    named = [(target, ref.strip()) for target, ref in given.items() if ref and ref.strip()]
    if len(named) != 1:
        raise InvalidInput(f"{'Nothing is' if not named else 'Several things are'} named.", "Give one of --surface, --play, --account, --contact.")
    return named[0]


def _check_end(end: datetime | None, now: datetime) -> None:
    from agent.errors import InvalidInput

    if end is not None and end <= now:
        raise InvalidInput("--until lies in the past, so that nothing would be blocked.", "Give a later time.")


def unblock(
    who: As,
    surface: Surface = None,
    play: Play = None,
    account: Account = None,
    contact: Contact = None,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why.")] = "",
    at: At = None,
    as_json: Json = False,
) -> None:
    """Lift a block. What it stopped stays stopped."""
    from agent.errors import NotFound
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    target, ref = _one({"surface": surface, "play": play, "account": account, "contact": contact})

    async def work(workspace: "Workspace") -> bool:
        return await workspace.service.unblock(target, ref, who=who, why=why)

    if not within(work, at=moment(at)):
        raise NotFound(f"The {target} {ref} is not blocked.", "See what is: nextplay blocks")
    if as_json:
        print_json({"target": target, "ref": ref, "unblocked": True})
        return
    page = Page()
    page.line(f"The {target} {ref} is no longer blocked. What the block stopped stays stopped.")
    page.show()


def blocks(as_json: Json = False) -> None:
    """List the blocks in force."""
    from rich.text import Text

    from integrations.cli.look import Cell, Page, print_json
    from integrations.cli.opening import within
    from integrations.telling.words import utc

    async def work(workspace: "Workspace") -> "list[Block]":
        return await workspace.service.blocks()

    found = within(work)
    if as_json:
        print_json({"blocks": found})
        return
    page = Page()
    rows: list[list[Cell]] = [[Text(b.target, "red"), b.ref, f"until {utc(b.until)}" if b.until else "until lifted", b.by, b.why] for b in found]
    page.table(rows, header=("target", "id", "for how long", "by", "why"), flex=4) if rows else page.line("Nothing is blocked.")
    page.show()
