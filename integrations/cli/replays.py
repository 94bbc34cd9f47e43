"""`nextplay replay`: decide again from the stored evidence, and compare."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json

if TYPE_CHECKING:
    from agent.replaying import Replay
    from integrations.bootstrap import Workspace
    from integrations.cli.look import Page


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    decision_id: Annotated[str, typer.Argument(metavar="ID", help="The id of a decision.")],
    playbook: Annotated[Path | None, typer.Option(metavar="DIR", help="Decide under this playbook instead of the decision's own.")] = None,
    as_json: Json = False,
) -> None:
    """Decide again from the stored evidence. Under the decision's own playbook the result must be the same; if not, the exit code is 1.

    Under another, what would be otherwise is told in words. An event that was only recorded has nothing to decide again. A model's words are taken
    as recorded."""
    from integrations.cli.failures import Failed
    from integrations.cli.look import print_json
    from integrations.cli.opening import within

    async def work(workspace: "Workspace") -> "Replay":
        from agent.playbook.loader import load

        return await workspace.service.replay(decision_id, load(playbook) if playbook else None)

    done = within(work)
    if as_json:
        print_json(done)
    else:
        _show(done, other=playbook is not None)
    if not done.same and playbook is None:
        raise Failed(
            f"The replay of {done.decision_id} gives something else than was recorded.",
            "The code, a setting or the stored data has changed: report it.",
        )


def _show(done: "Replay", *, other: bool) -> None:
    from integrations.cli.look import Page, badge

    page = Page()
    if not done.decided:
        page.line(badge("ONLY RECORDED", "bold black on white"), f"  {done.decision_id} under playbook {done.playbook_version}")
        page.wrapped("Its event started no work: no facts were read and nothing was decided, so there is nothing to decide again. The record stands.")
        page.wrapped(f"nextplay decisions show {done.decision_id}", label="Why: ")
        page.show()
        return
    if other:
        _show_other(page, done)
    else:
        _show_own(page, done)
    page.show()


def _show_own(page: "Page", done: "Replay") -> None:
    from integrations.cli.look import badge
    from integrations.cli.styles import ROUTES
    from integrations.telling.words import several

    words, style = ("SAME", "bold black on green") if done.same else (several(len(done.differences), "difference").upper(), "bold black on yellow")
    page.line(badge(words, style), f"  {done.decision_id} under playbook {done.playbook_version}")
    page.line(badge(*ROUTES[done.route]), f"  {done.choice or 'nothing is chosen'}")
    if done.same:
        page.wrapped(_SAME)
    for difference in done.differences[:_SHOWN]:
        page.wrapped(difference, indent=2, label="- ")
    if len(done.differences) > _SHOWN:
        page.line(f"  and {len(done.differences) - _SHOWN} more: --json lists them all", indent=0)


def _show_other(page: "Page", done: "Replay") -> None:
    """Under another playbook: what is otherwise and why, in words; every difference to the letter is in the JSON."""
    from integrations.cli.look import badge
    from integrations.cli.styles import ROUTES
    from integrations.telling.simulation import KIND, causes, side, verdict
    from integrations.telling.words import several

    change = done.change
    words, style = ("THE SAME", "bold black on green") if change is None else (KIND[change.kind].upper(), "bold black on yellow")
    page.line(badge(words, style), f"  {done.decision_id} under playbook {done.playbook_version}")
    if change is None:
        page.line(badge(*ROUTES[done.route]), f"  {done.choice or 'nothing is chosen'}")
        page.wrapped(_SAME_OTHER if done.same else _SAME_TO_PEOPLE)
    else:
        page.wrapped(side(change.before), label="was    ")
        page.wrapped(side(change.after), label="would  ")
        for cause in causes(change):
            page.wrapped(cause, label="why    ")
    if done.verdicts:
        page.blank()
        page.heading("What rules say otherwise", several(len(done.verdicts), "candidate"))
        for one in done.verdicts[:_SHOWN]:
            page.wrapped(verdict(one), indent=2, label="- ")
        if len(done.verdicts) > _SHOWN:
            page.line(f"  and {len(done.verdicts) - _SHOWN} more: --json lists them all", indent=0)
    if not done.same:
        page.blank()
        page.line((f"{several(len(done.differences), 'difference')} to the letter: --json lists them.", "dim"))


_SHOWN = 40
_SAME = "The stored evidence gives exactly the recorded decision: candidates, rules and their values, scores, choice, reasons and content."
_SAME_TO_PEOPLE = "Under this playbook too the same would be done in the same way; only what was weighed on the way differs."
_SAME_OTHER = "Under this playbook too the decision would be exactly the recorded one."
