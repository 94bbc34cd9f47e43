"""`nextplay review`: the pack of a week, a sample before launch, and what reviewers say of single decisions."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import As, Json

if TYPE_CHECKING:
    from agent.reviewing import Labelled, Pack
    from integrations.bootstrap import Workspace

SHADOW_LOOKS_BACK = timedelta(days=90)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Look back with people: the pack of a week, and labels for single decisions.")
    group.callback(invoke_without_command=True)(review)
    group.command()(label)
    app.add_typer(group, name="review")


def review(
    context: typer.Context,
    week: Annotated[str | None, typer.Option(metavar="YYYY-Www", help="Which week; by default the last whole one.")] = None,
    surface: Annotated[str | None, typer.Option(metavar="SURFACE", help="This surface alone.")] = None,
    sample: Annotated[int | None, typer.Option(metavar="N", min=1, max=1000, help="So many shadow decisions of the surface instead.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write a page.")] = None,
    draft: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write a copy of the playbook with what bad labels name turned.")] = None,
    as_json: Json = False,
) -> None:
    """Show what converted, was ignored or met with friction in a week, and why; how teams answer; what rules struck out; and what labels say.

    With --sample, the same over decisions that a surface made in shadow, of the last 90 days or of the week.
    """
    from agent.errors import InvalidInput
    from integrations.cli.look import print_json
    from integrations.cli.opening import within
    from integrations.cli.playbooks import in_force
    from integrations.cli.reviews.drafting import check_free, knobs_of, write_draft
    from integrations.cli.reviews.report import report_of
    from integrations.cli.reviews.terminal import add_draft, as_plain, knob_as_plain, page_of
    from integrations.reports import write
    from integrations.reports.writing import check_writable

    if context.invoked_subcommand is not None:
        return
    if sample is not None and surface is None:
        raise InvalidInput("A sample is of one surface.", "Name it with --surface.")
    if html is not None:
        check_writable(html)
    if draft is not None:
        check_free(draft)

    found = within(lambda workspace: _pack(workspace, week, surface, sample))
    if html is not None:
        write(html, report_of(found))
    turned = write_draft(in_force(), draft, knobs_of(found)) if draft is not None else []
    if as_json:
        print_json({**as_plain(found), **({"draft": {"folder": draft, "turned": list(map(knob_as_plain, turned))}} if draft is not None else {})})
        return
    page = page_of(found, html)
    if draft is not None:
        add_draft(page, draft, turned)
    page.show()


async def _pack(workspace: "Workspace", week: str | None, surface: str | None, sample: int | None) -> "Pack":
    from agent.reviewing import week_before, week_of

    now = workspace.clock()
    since, until = week_of(week or week_before(now))
    if sample is None or surface is None:
        return await workspace.service.review_week(since, until, surface=surface)
    if week is None:
        since, until = now - SHADOW_LOOKS_BACK, now
    return await workspace.service.review_sample(surface, sample, since, until)


def label(
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="Its id.")],
    who: As,
    word: Annotated[str | None, typer.Argument(metavar="LABEL", help="Why it was bad, or good.")] = None,
    good: Annotated[bool, typer.Option("--good", help="It was good: the same as the label good.")] = False,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What else there is to say.")] = "",
    as_json: Json = False,
) -> None:
    """Say that a recommendation was good, or why it was bad; and see what to turn. It counts once per person; the last word stands.

    Labels: good, irrelevant, unavailable, low_margin, repetitive, insensitive, poorly_timed, impossible.
    """
    from agent.errors import InvalidInput
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.cli.reviews.terminal import add_label, label_as_plain

    if good == (word is not None):
        raise InvalidInput("Give one label.", "Either a LABEL, or --good.")

    async def work(workspace: "Workspace") -> "tuple[bool, Labelled]":
        return await workspace.service.label(decision, word or "good", who=who, note=note)

    new, said = within(work)
    if as_json:
        print_json({"decision": decision, "new": new, **label_as_plain(said)})
        return
    page = Page()
    page.line(f"{decision} is labelled {said.label}." if new else f"You have labelled {decision} {said.label} before; it counts once.")
    add_label(page, said, indent=0)
    page.show()
