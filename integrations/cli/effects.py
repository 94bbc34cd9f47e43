"""`nextplay effects`: effects of which nobody knows whether they happened."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import As, At, Json, moment

if TYPE_CHECKING:
    from agent.domain.decision import Decision
    from agent.domain.records import Action
    from integrations.bootstrap import Workspace


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    effects = typer.Typer(help="Effects of which nobody knows whether they happened.")
    effects.command("list")(list_)
    effects.command()(resolve)
    app.add_typer(effects, name="effects")


def list_(as_json: Json = False) -> None:
    """List unknown effects: each has parked its run until somebody says what became of it."""
    from agent.domain.plays import STEP_TITLES
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.telling.words import age

    async def work(workspace: "Workspace") -> "tuple[list[Action], datetime]":
        return await workspace.service.unknown_effects(), workspace.clock()

    found, now = within(work)
    if as_json:
        print_json({"effects": found})
        return
    page = Page()
    if not found:
        page.line("Of every effect it is known what became of it.")
    rows = [[e.key, f"{STEP_TITLES[e.kind]} ({e.target})", age(e.at, now), e.decision_id, e.error or ""] for e in found]
    page.table(rows, header=("effect", "what", "tried", "decision", "why it is unknown"), flex=4, whole=(0, 3))
    if found:
        page.wrapped("Look at the target for the effect's key, then: nextplay effects resolve KEY --done (or --not-done) --why TEXT --as EMAIL")
    page.show()


def resolve(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key of the effect, which is also its marker at the target.")],
    done: Annotated[bool, typer.Option("--done/--not-done", help="Whether you found at the target that it happened.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="How you know; people will read it.")],
    who: As,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Say what became of an unknown effect. Done: the steps after it follow. Not done: it has failed, and nothing is repeated."""
    from integrations.cli.answers import follows
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    async def work(workspace: "Workspace") -> "tuple[Action, Decision, list[str]]":
        action = await workspace.service.resolve(key, done=done, who=who, why=why)
        await workspace.engine.settle()
        decision = await workspace.service.explain(action.decision_id)
        run = await workspace.store.run(decision.run_id)
        return action, decision, follows(decision, {"state": run.state, "wake_at": run.wake_at, "error": run.error} if run else {})

    action, decision, happened = within(work, at=moment(at))
    if as_json:
        print_json({"effect": action, "happened": happened, "decision": decision})
        return
    page = Page()
    for line in happened:
        page.wrapped(line)
    page.line(("See it with: ", "dim"), (f"nextplay decisions show {decision.id}", "green"))
    page.show()
