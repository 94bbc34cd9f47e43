"""`nextplay dead`: runs that failed too often."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import As, At, Json, moment

if TYPE_CHECKING:
    from agent.domain.records import Run
    from integrations.bootstrap import Workspace


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    dead = typer.Typer(help="Runs that failed too often, and are not tried again by themselves.")
    dead.command("list")(list_)
    dead.command()(retry)
    app.add_typer(dead, name="dead")


def list_(as_json: Json = False) -> None:
    """List runs that failed too often, oldest first."""
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.telling.words import age

    async def work(workspace: "Workspace") -> "tuple[list[Run], datetime]":
        return await workspace.service.dead(), workspace.clock()

    found, now = within(work)
    if as_json:
        print_json({"dead": found})
        return
    page = Page()
    rows = [[r.id, f"{r.event.type} {r.event.subject_id}", f"{r.event.source} {r.event.id}", age(r.created_at, now), r.error or ""] for r in found]
    page.table(rows, header=("run", "what", "event", "since", "what it died of"), flex=4, whole=(0,)) if rows else page.line("No run is dead.")
    if found:
        page.line("When what stopped it is mended: nextplay dead retry RUN --why TEXT --as EMAIL")
    page.show()


def retry(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The id of the run.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="What has been mended.")],
    who: As,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Give a dead run another try, from where it was. What it has done already is not done again."""
    from agent.domain.records import Run
    from integrations.cli.failures import Failed
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.telling.words import utc

    async def work(workspace: "Workspace") -> Run:
        retried = await workspace.service.retry(run_id, who=who, why=why)
        await workspace.engine.settle()
        return await workspace.store.run(run_id) or retried

    run = within(work, at=moment(at))
    if as_json:
        print_json({"run": run})
    if run.attempts:
        raise Failed(f"It failed again: {run.error}.", f"It is tried again at {utc(run.wake_at)}, and dies again after more failures.")
    if not as_json:
        page = Page()
        shown = f"nextplay decisions show {run.decision_id}" if run.decision_id else "nextplay dead list"
        page.line(f"The run goes on: it is {run.state}.")
        page.line(("See it with: ", "dim"), (shown, "green"))
        page.show()
