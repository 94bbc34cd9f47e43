"""`nextplay decisions`: the list, and the whole story of one."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json

if TYPE_CHECKING:
    from agent.domain.decision import Decision
    from agent.ports import DecisionRow
    from integrations.bootstrap import Workspace
    from integrations.cli.look import Cell, Page


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    decisions = typer.Typer(help="What was decided, and why.", no_args_is_help=False)
    decisions.command("list")(list_)
    decisions.command()(show)
    app.add_typer(decisions, name="decisions")


def list_(
    surface: Annotated[str | None, typer.Option(help="Only those of a surface.")] = None,
    account: Annotated[str | None, typer.Option(help="Only those of an account.")] = None,
    route: Annotated[str | None, typer.Option(help="act, ask, deferred, none, shadow, holdout or suppressed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 40,
    as_json: Json = False,
) -> None:
    """List decisions, newest first."""
    from agent.errors import InvalidInput
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.cli.styles import ROUTES
    from integrations.telling.words import listed

    if route is not None and route not in ROUTES:
        raise InvalidInput(f"'{route}' is not a route.", f"Use {listed(list(ROUTES), 'or')}.")

    async def work(workspace: "Workspace") -> "tuple[list[DecisionRow], datetime]":
        return await workspace.service.decisions(limit=limit, surface=surface, account=account, route=route), workspace.clock()

    rows, now = within(work)
    if as_json:
        print_json({"decisions": rows})
        return
    page = Page()
    if rows:
        add_rows(page, rows, now, header=True)
    else:
        _nothing(page, filtered=bool(surface or account or route))
    page.show()


def _nothing(page: "Page", *, filtered: bool) -> None:
    if filtered:
        page.line("No decision fits. Ask for fewer filters, or for all of them: nextplay decisions list")
        return
    page.line("No decisions yet. Make some with:")
    page.table(
        [["nextplay demo", "a world with accounts, deals and tickets, and decisions in it"], ["nextplay run FILE", "one event of your own"]], indent=2
    )


def add_rows(page: "Page", rows: "Sequence[DecisionRow]", now: datetime, *, header: bool = False) -> None:
    """Add one line for each decision."""
    titles = ("decision", "route", "age", "surface", "about", "what", "state") if header else ()
    page.table([_row(row, now, wide=page.width >= WIDE) for row in rows], header=titles, flex=5, caps={3: 18, 4: 24})


WIDE = 120
"""From so many columns on, the account stands beside the subject."""


def _row(row: "DecisionRow", now: datetime, *, wide: bool) -> "list[Cell]":
    from rich.text import Text

    from agent.domain.decision import REASONS
    from integrations.cli.look import route, state
    from integrations.telling.words import age

    what = row.title or "; ".join(REASONS.get(code, code) for code in row.reasons)
    about = " ".join(part for part in (row.account if wide else "", row.subject_id) if part)
    old = Text(age(row.created_at, now).removesuffix(" ago"), "dim")
    return [row.id, route(row.route), old, Text(row.surface, "cyan"), about, what, state(row.state)]


def show(
    decision_id: Annotated[str, typer.Argument(metavar="ID", help="The id of a decision, of its run or of one of its asks.")],
    everything: Annotated[bool, typer.Option("--all", help="Every fact, candidate and rule, and the content in full.")] = False,
    as_json: Json = False,
) -> None:
    """Tell the whole story of a decision: what triggered it, what was possible, what was chosen and why, and what became of it."""
    from integrations.cli.look import columns, lines, print_json
    from integrations.cli.opening import within
    from integrations.cli.story import story

    async def work(workspace: "Workspace") -> "tuple[Decision, datetime, str]":
        decision = await workspace.service.explain(decision_id)
        return decision, workspace.clock(), (await workspace.service.playbook_of(decision)).reporting_currency

    decision, now, currency = within(work)
    if as_json:
        print_json(decision)
        return
    story(decision, now=now, width=columns(), height=lines(), currency=currency, everything=everything).show()
