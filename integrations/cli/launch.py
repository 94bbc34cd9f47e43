"""`nextplay launch-check`: whether a surface may act by itself, from data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import Json

if TYPE_CHECKING:
    from agent.launching import LaunchCheck
    from integrations.bootstrap import Workspace
    from integrations.cli.look import Page

NOT_READY = 1


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("launch-check")(launch_check)


def launch_check(
    surface: Annotated[str, typer.Argument(metavar="SURFACE", help="The surface.")],
    since: Annotated[str, typer.Option(metavar="SPAN", help="How far back, such as 30d, 12w or 36h.")] = "30d",
    evals: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What `nextplay eval run --json` printed, or a folder of baselines. Else: NEXTPLAY_EVAL_RESULTS."),
    ] = None,
    who: Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="Who you are: a passed check then lifts what holds it from auto.")] = None,
    as_json: Json = False,
) -> None:
    """Answer the seven questions that a surface must pass before it acts by itself. The exit code is 1 when it is not ready.

    Without --as it only reports. The questions and their limits stand in docs/review.md.
    """
    from integrations.cli.look import print_json
    from integrations.cli.metrics import span_of
    from integrations.cli.opening import within
    from integrations.eval_results import results_in

    back = span_of(since)

    async def work(workspace: "Workspace") -> "LaunchCheck":
        where = evals or workspace.settings.eval_results
        return await workspace.service.launch_check(surface, since=back, evals=results_in(where) if where else None, who=who)

    found = within(work)
    if as_json:
        print_json(as_plain(found))
    else:
        page_of(found).show()
    if not found.ready:
        raise typer.Exit(NOT_READY)


def _asks_less(found: "LaunchCheck") -> str:
    """What the playbook asks of this surface that is less than the defaults, and why."""
    from integrations.telling.words import listed, role

    lower = [f"{role(name)} {own:g} (by default {usual:g})" for name, (own, usual) in found.below.items()]
    return f"The playbook asks for less than the defaults: {listed(lower)}." + (f" Why: {found.limits.why}" if found.limits.why else "")


def as_plain(found: "LaunchCheck") -> dict[str, Any]:
    """The check as plain data."""
    from dataclasses import asdict

    return {**asdict(found), "limits": dict(found.limits), "ready": found.ready}


def page_of(found: "LaunchCheck", width: int | None = None) -> "Page":
    """The check as people read it."""
    from rich.text import Text

    from integrations.cli.look import Page, badge
    from integrations.telling.words import several, utc

    page = Page(width)
    page.heading(f"Launch check of {found.surface}", several(found.decisions, "decision"))
    page.line((f"{utc(found.since)} to {utc(found.until)}, playbook {found.playbook_version}, {found.model_version}, mode {found.mode}", "dim"))
    for i, answer in enumerate(found.answers, 1):
        page.blank()
        page.line(f"{i}  ", ("pass  " if answer.passed else "FAIL  ", "green" if answer.passed else "bold red"), (answer.question, "bold"))
        page.wrapped(answer.says[:1].upper() + answer.says[1:] + ".", indent=9)
        if answer.examples:
            page.wrapped("; ".join(answer.examples), indent=9, label=Text("see  ", "dim"))
    if found.below:
        page.blank()
        page.wrapped(_asks_less(found), label=Text("limits  ", "yellow"))
    page.blank()
    failed = sum(not answer.passed for answer in found.answers)
    if failed:
        page.line(badge("NOT READY", "bold white on red"), f" {failed} of {len(found.answers)} questions fail.")
        return page
    page.line(badge("READY", "bold black on green"), f" All {len(found.answers)} questions pass.")
    if found.lifted is None:
        page.wrapped("Nothing was changed. With --as EMAIL, a passed check lets a surface go that is held back from auto.")
    else:
        page.wrapped("It is no longer held back from auto." if found.lifted else "Nothing was holding it back from auto.")
    return page
