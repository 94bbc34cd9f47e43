"""`nextplay triage`: what was learned from settled tickets, which version tells, going back to another, and trying a text."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import As, At, Json, moment
from integrations.cli.reigns import Why, put_in_force, show_versions

if TYPE_CHECKING:
    from agent.domain.facts import Fact
    from agent.modelling import Models, Trained
    from agent.ports import ModelVersion
    from integrations.bootstrap import Workspace

Version = Annotated[str, typer.Argument(metavar="VERSION", help="A version, as `nextplay triage list` shows it; words for nothing that was learned.")]
_KEPT = "the facts that they were made from"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    commands = typer.Typer(help="What tells what a ticket is about: words, and what settled tickets teach.")
    commands.command("list")(list_)
    commands.command("try")(try_)
    commands.command()(train)
    commands.command()(rollback)
    commands.command()(promote)
    app.add_typer(commands, name="triage")


def list_(as_json: Json = False) -> None:
    """List every version that was learned from settled tickets, newest first, and which were in force."""
    from integrations.cli.opening import within
    from integrations.telling.words import utc

    async def work(workspace: "Workspace") -> "tuple[Models, str]":
        return await workspace.service.triage_models(), workspace.opinions.warning()

    found, warning = within(work)
    show_versions(
        found, warning, as_json,
        now=found.in_force if found.in_force != "words" else "Nothing that was learned", unless="words alone tell",
        header=("version", "made", "with a kind", "told rightly", "with a module", "told rightly", "by"),
        rows=[[m.version, utc(m.made_at), str(m.cases), _right(m, "kind"), str(m.labels), _right(m, "product"), m.made_by] for m in found.versions],
    )  # fmt: skip


def try_(
    subject: Annotated[str, typer.Argument(metavar="TEXT", help="The subject of a ticket.")],
    body: Annotated[str, typer.Option(metavar="TEXT", help="Its first message.")] = "",
    as_json: Json = False,
) -> None:
    """Show what is told of a text, by what, and how surely. No model is asked, and nothing is kept."""
    from agent.domain.fact_names import called
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    async def work(workspace: "Workspace") -> "tuple[Fact, ...]":
        return (await workspace.service.try_triage(subject, body)).facts

    facts = within(work)
    if as_json:
        print_json({fact.name: fact.value for fact in facts if fact.known})
        return
    page = Page()
    page.table([[called(fact.name), _shown(fact)] for fact in facts], header=("fact", "told"), flex=1)
    page.show()


def train(who: As, why: Why, at: At = None, as_json: Json = False) -> None:
    """Learn from all settled tickets now, without waiting for the day."""
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    async def work(workspace: "Workspace") -> "Trained":
        return await workspace.service.train_triage(who=who, why=why)

    done = within(work, at=moment(at))
    if as_json:
        print_json(done)
        return
    page = Page()
    what = "is new" if done.new else "was there already: no ticket was settled since"
    told = f"Of what it was not taught: kinds {_right(done.made, 'kind')} told rightly, modules {_right(done.made, 'product')}."
    page.wrapped(f"{done.made.version} {what}. {told} {done.in_force} is in force.")
    page.show()


def rollback(version: Version, who: As, why: Why, at: At = None, as_json: Json = False) -> None:
    """Put a version in force and keep it there: trainings go on, but only a person puts another in force."""
    put_in_force(version, who, why, at, as_json, change=lambda one: one.service.roll_back_triage, pinned=True, command="triage", keep=_KEPT)


def promote(version: Version, who: As, why: Why, at: At = None, as_json: Json = False) -> None:
    """Put a version in force, and let later trainings replace it again."""
    put_in_force(version, who, why, at, as_json, change=lambda one: one.service.promote_triage, pinned=False, command="triage", keep=_KEPT)


def _right(made: "ModelVersion", what: str) -> str:
    """Of those that it was not taught, how many were told rightly."""
    report: dict[str, Any] = made.report.get(what, {})
    if not report.get("used"):
        return "not learned"
    return f"{report['right']} of {report['told']}"


def _shown(fact: "Fact") -> str:
    if not fact.known:
        return f"not known: {fact.why_missing}"
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    if isinstance(fact.value, list):
        return ", ".join(map(str, fact.value)) or "none"
    return "none" if fact.value is None else str(fact.value)
