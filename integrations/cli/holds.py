"""`nextplay holds`: bulk changes that were held back."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import As, At, Json, moment

if TYPE_CHECKING:
    from agent.domain.records import Hold
    from agent.ports import DecisionRow
    from integrations.bootstrap import Workspace


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    holds = typer.Typer(help="Bulk changes that were held back.")
    holds.command("list")(list_)
    holds.command()(release)
    app.add_typer(holds, name="holds")


def list_(as_json: Json = False) -> None:
    """List bulk changes that were held back, newest first."""
    from integrations.cli.look import Page, print_json, state
    from integrations.cli.opening import within
    from integrations.telling.words import age, several

    async def work(workspace: "Workspace") -> "tuple[list[Hold], datetime]":
        return await workspace.service.holds(), workspace.clock()

    found, now = within(work)
    if as_json:
        print_json({"holds": found})
        return
    page = Page()
    rows = [
        [h.id, state("held") if h.released_at is None else f"released by {h.released_by}", several(h.events, "event"), age(h.since, now), h.why]
        for h in found
    ]
    page.table(rows, header=("hold", "state", "events", "since", "why"), flex=4, whole=(0,)) if rows else page.line("Nothing is held back.")
    page.show()


def release(hold_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the hold.")], who: As, at: At = None, as_json: Json = False) -> None:
    """Let a bulk change through: each of its subjects is decided once, on its state now."""
    from integrations.cli.decisions import add_rows
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.telling.words import several

    async def work(workspace: "Workspace") -> "tuple[int, list[DecisionRow], datetime]":
        from integrations.cli.events import SEEN

        before = {row.id for row in await workspace.service.decisions(limit=SEEN)}
        count = await workspace.service.release(hold_id, who=who)
        await workspace.engine.settle()
        fresh = [row for row in await workspace.service.decisions(limit=SEEN) if row.id not in before]
        return count, fresh, workspace.clock()

    count, rows, now = within(work, at=moment(at))
    if as_json:
        print_json({"hold": hold_id, "subjects": count, "decisions": rows})
        return
    page = Page()
    page.line(f"Released: {several(count, 'subject')} decided on the state now.")
    add_rows(page, rows, now)
    page.show()
