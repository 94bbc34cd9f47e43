"""`nextplay simulate`: all of history under a draft playbook, before it goes live."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import Json

if TYPE_CHECKING:
    from agent.domain.playbook import Playbook
    from agent.simulating import Simulation
    from integrations.bootstrap import Workspace

Progress = Callable[[int, int], None]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    playbook: Annotated[Path, typer.Option(metavar="DIR", help="The draft: a folder with a playbook.")],
    since: Annotated[str, typer.Option(metavar="WHEN", help="From when on: a span back from now, such as 30d, or a time.")] = "30d",
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Until when; by default now.")] = None,
    surface: Annotated[str | None, typer.Option(metavar="SURFACE", help="Report this surface alone.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write a page with charts.")] = None,
    as_json: Json = False,
) -> None:
    """Decide history again under a draft, and report every decision that would have been another, with what became of it.

    Nothing is recorded or done. What a simulation takes for granted stands in docs/simulate.md and in every report.
    """
    from agent.playbook.storing import playbook_from_json
    from integrations.cli.look import print_json
    from integrations.cli.opening import within
    from integrations.cli.simulation.plain import as_plain
    from integrations.cli.simulation.terminal import page_of
    from integrations.crew import standing_by
    from integrations.reports import write
    from integrations.reports.simulation import report_of
    from integrations.reports.writing import check_writable

    if html is not None:
        check_writable(html)

    async def work(workspace: "Workspace") -> "Simulation":
        draft, now = playbook_from_json(*read()), workspace.clock()
        last = moment_of(until, now, "--until") if until else now + timedelta(microseconds=1)
        first = moment_of(since, now, "--since")
        refuse_backwards(first, last)
        with progress(quiet=as_json) as told:
            return await workspace.service.simulate(draft, since=first, until=last, surface=surface, hire=others.hire, progress=told)

    with standing_by() as others:
        read = others.meanwhile(stored_draft, playbook)
        found = within(work)
    if html is not None:
        write(html, report_of(found, str(playbook)))
    if as_json:
        print_json(as_plain(found, str(playbook)))
    else:
        page_of(found, str(playbook), html).show()


def stored_draft(folder: Path) -> tuple[str, dict[str, Any]]:
    """The playbook in the folder as one is stored: its version, and plain JSON. Raises like `draft_in`."""
    from agent.playbook.storing import playbook_to_json

    draft = draft_in(folder)
    return draft.version, playbook_to_json(draft)


def draft_in(folder: Path) -> "Playbook":
    """The playbook in the folder. Raises InvalidInput, with the first findings, where it cannot be loaded or the lint finds errors in it."""
    from agent.errors import InvalidInput
    from agent.playbook.lint import checked

    playbook, findings = checked(folder)
    errors = [finding for finding in findings if finding.severity == "error"]
    if playbook is not None and not errors:
        return playbook
    places = [f"{one.file}:{one.line}" if one.line else one.file or one.id for one in errors]
    said = "; ".join(f"{place}: {one.message.partition(chr(10))[0]}" for place, one in list(zip(places, errors, strict=True))[:3])
    more = f"; and {len(errors) - 3} more" if len(errors) > 3 else ""
    raise InvalidInput(f"The draft cannot be used: {said}{more}.", f"Correct it; see all: nextplay playbook check {folder}")


def moment_of(text: str, now: datetime, option: str) -> datetime:
    """A moment: so long before now, or a time. Raises InvalidInput."""
    from agent.domain.spans import parse_span
    from agent.errors import InvalidInput
    from integrations.cli.options import moment

    try:
        before: timedelta = parse_span(text)
        return now - before
    except (ValueError, OverflowError):
        pass
    try:
        found = moment(text, option)
    except InvalidInput:
        raise InvalidInput(f"{option} {text!r} is neither a span nor a time.", "Write it as 30d, or as 2026-11-01T00:00:00Z.") from None
    assert found is not None, "a text was given"  # noqa: S101
    return found


def refuse_backwards(since: datetime, until: datetime) -> None:
    """Raise InvalidInput for a span that ends before it begins."""
    from agent.errors import InvalidInput
    from integrations.telling.words import utc

    if since >= until:
        raise InvalidInput(f"The span ends ({utc(until)}) before it begins ({utc(since)}).", "Give an earlier --since, or a later --until.")


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """A bar on standard error, where somebody watches."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from integrations.cli.look import console

    shown = console(stderr=True)
    columns = (TextColumn("Deciding again"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=shown, transient=True, disable=quiet or not shown.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, every: bar.update(task, completed=done, total=every)
