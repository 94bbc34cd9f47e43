"""`nextplay model`: what was learned, which version scores, and going back to another."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import As, At, Json, moment
from integrations.cli.reigns import Why, put_in_force, show_versions

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from agent.domain.model import Family, Model
    from agent.learning.estimating import Compared
    from agent.learning.off_policy import Estimate
    from agent.modelling import Models, Trained
    from agent.ports import ModelVersion
    from integrations.bootstrap import Workspace

Version = Annotated[str, typer.Argument(metavar="VERSION", help="A model's name, as `nextplay model list` shows it; prior-1 for the plays' priors.")]
_KEPT = "the model that they name"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    models = typer.Typer(help="What was learned from outcomes, and which version of it scores.")
    models.command("list")(list_)
    models.command()(show)
    models.command()(train)
    models.command()(rollback)
    models.command()(promote)
    models.command()(estimate)
    app.add_typer(models, name="model")


def list_(as_json: Json = False) -> None:
    """List every model, newest first, and which were in force."""
    from integrations.cli.opening import within
    from integrations.telling.words import several, utc

    async def work(workspace: "Workspace") -> "tuple[Models, str]":
        return await workspace.service.models(), workspace.learned.warning()

    found, warning = within(work)
    rows = [
        [m.version, utc(m.made_at), several(m.cases, "outcome"), several(m.labels, "label"), _loss(m.loss_before), _loss(m.loss_after), m.made_by]
        for m in found.versions
    ]
    header = ("model", "made", "outcomes", "labels", "loss before", "after", "by")
    show_versions(found, warning, as_json, now=found.in_force, unless="nothing else ever was", header=header, rows=rows)


def show(version: Annotated[str, typer.Argument(metavar="[VERSION]", help="By default the one in force.")] = "", as_json: Json = False) -> None:
    """Show a model: what it learned of each kind of play, and how well that predicts."""
    from integrations.cli.look import print_json
    from integrations.cli.opening import within

    async def work(workspace: "Workspace") -> "tuple[ModelVersion | None, Model]":
        return await workspace.service.model(version or workspace.learned().version)

    made, model = within(work)
    if as_json:
        print_json({"version": model.version, "made": made, "families": model.families, "calibrations": model.calibrations or {}})
        return
    _page_of(made, model).show()


def train(who: As, why: Why, at: At = None, as_json: Json = False) -> None:
    """Learn from all that is known now, without waiting for the day's training."""
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    async def work(workspace: "Workspace") -> "Trained":
        return await workspace.service.train_model(who=who, why=why)

    done = within(work, at=moment(at))
    if as_json:
        print_json(done)
        return
    page = Page()
    what = "is new" if done.new else "was there already: nothing has come since that teaches more"
    page.wrapped(f"{done.made.version} {what}. {done.in_force} is in force.")
    page.show()


def rollback(version: Version, who: As, why: Why, at: At = None, as_json: Json = False) -> None:
    """Put a model in force and keep it there: trainings go on, but only a person puts another in force."""
    put_in_force(version, who, why, at, as_json, change=lambda one: one.service.roll_back, pinned=True, command="model", keep=_KEPT)


def promote(version: Version, who: As, why: Why, at: At = None, as_json: Json = False) -> None:
    """Put a model in force, and let later trainings replace it again."""
    put_in_force(version, who, why, at, as_json, change=lambda one: one.service.promote, pinned=False, command="model", keep=_KEPT)


def estimate(
    playbook: Annotated[Path, typer.Option(metavar="DIR", help="The draft.")],
    since: Annotated[str, typer.Option(metavar="SPAN", help="How far to look back, e.g. 30d.")] = "90d",
    surface: Annotated[str | None, typer.Option(metavar="ID", help="Only this surface.")] = None,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Estimate from what was logged how often a draft playbook would have succeeded, or say why nobody can tell."""
    from integrations.cli.look import print_json
    from integrations.cli.opening import within

    span = _span(since)

    async def work(workspace: "Workspace") -> "list[Compared]":
        from agent.playbook.loader import load

        draft = load(playbook)
        return await workspace.service.estimate_draft(draft, since=workspace.clock() - span, surface=surface)

    found = within(work, at=moment(at))
    if as_json:
        print_json({"surfaces": found})
        return
    _page_of_estimates(found).show()


def _span(text: str) -> "timedelta":
    from agent.domain.spans import parse_span
    from agent.errors import InvalidInput

    try:
        span: timedelta = parse_span(text)
    except ValueError as error:
        raise InvalidInput(f"--since {error}.", "Write it as 30d.") from None
    return span


def _page_of_estimates(found: "list[Compared]") -> Any:
    from integrations.cli.look import Page
    from integrations.telling.words import several

    page = Page()
    if not found:
        page.line("Nothing was decided in that time.")
    for one in found:
        page.heading(one.surface, several(one.draft.n, "decision"))
        _interval(page, "today: ", one.today)
        _interval(page, "draft: ", one.draft)
        if one.nothing:
            page.wrapped(f"In {several(one.nothing, 'more decision')} the draft would do nothing; they are in neither figure.")
        if one.waiting:
            page.wrapped(f"Of {several(one.waiting, 'more decision')} the outcome is not known yet.")
    return page


def _interval(page: Any, label: str, one: "Estimate") -> None:
    if one.snips is None or one.ips is None:
        page.wrapped(one.refused or "", label=label)
        return
    snips, ips = one.snips, one.ips
    shown = f"{snips.value:.1%} succeed if delivered (95 %: {snips.low:.1%} to {snips.high:.1%}; unnormalised {ips.value:.1%})"
    page.wrapped(f"{shown}; worth {one.effective:.0f} decisions, {one.delivered} were delivered", label=label)


def _loss(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _page_of(made: "ModelVersion | None", model: "Model") -> Any:
    from integrations.cli.look import Page

    page = Page()
    page.heading(model.version, "" if made is None else f"by {made.made_by}, {_when(made.made_at)}")
    if made is None:
        page.wrapped("The plays' own priors score. A figure of confidence is taken as it is once a kind of play has 50 answered cases.")
        return page
    page.line(f"Trained on {made.cases} outcomes and {made.labels} labels until {_when(made.trained_until)}.")
    page.line(
        f"Log loss {_loss(made.loss_before)} by the plays' priors, {_loss(made.loss_after)} by this model on outcomes that it was not fitted to."
    )
    _families(page, made.report.get("families", {}), model)
    _calibrations(page, made.report.get("calibrations", {}))
    return page


def _families(page: Any, report: dict[str, Any], model: "Model") -> None:
    if not report:
        return
    page.blank()
    rows = [
        [kind, str(one["cases"]), str(one["held"]), _loss(one["loss_priors"]), _loss(one["loss_learned"]), "weights" if one["used"] else "priors"]
        for kind, one in report.items()
    ]
    page.table(rows, header=("kind of play", "outcomes", "held out", "loss of priors", "of weights", "scored by"), flex=0)
    for kind, family in model.families.items():
        page.wrapped(_learned(family), label=f"{kind}: ")


def _learned(family: "Family") -> str:
    """What moves the chances, in log odds, the strongest first."""
    weights = sorted(family.weights.items(), key=lambda item: -abs(item[1]))
    return f"playing {family.played:+.2f}; " + ", ".join(f"{name} {weight:+.2f}" for name, weight in weights)


def _calibrations(page: Any, report: dict[str, Any]) -> None:
    if not report:
        return
    page.blank()
    rows = [
        [kind, str(one["labels"]), *([_pair(one["raw"]), _pair(one["fitted"])] if one["used"] else ["-", "uncalibrated: under 50 labels"])]
        for kind, one in report.items()
    ]
    page.table(rows, header=("confidence of", "labels", "raw: Brier, ECE", "calibrated: Brier, ECE"), flex=3, whole=(0,))


def _pair(one: dict[str, Any]) -> str:
    return f"{one['brier']:.3f}, {one['ece']:.3f}"


def _when(at: "datetime") -> str:
    from integrations.telling.words import utc

    return utc(at)
