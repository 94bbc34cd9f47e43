"""What `nextplay model` and `nextplay triage` have in common: what was learned is in force for a time, and people may change that."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from integrations.cli.options import moment

if TYPE_CHECKING:
    from agent.modelling import Models
    from agent.ports import Reign
    from integrations.bootstrap import Workspace

Why = Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept.")]


def show_versions(
    found: "Models", warning: str, as_json: bool, *, now: str, unless: str, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """What is in force (called `now`; `unless` says what is where nothing ever was put in force), every version as a row, and the reigns."""
    from integrations.cli.look import Page, print_json, state

    if as_json:
        print_json({"in_force": found.in_force, "warning": warning or None, "models": found.versions, "reigns": found.reigns})
        return
    page = Page()
    page.line(f"{now} is in force{_pinned(found, unless)}.")
    if warning:
        page.wrapped(warning, label=state("warn "))
    if rows:
        page.blank()
        page.table(rows, header=header, flex=6, whole=(0,))
    _reigns(page, found.reigns)
    page.show()


def put_in_force(
    version: str, who: str, why: str, at: str | None, as_json: bool, *,
    change: "Callable[[Workspace], Callable[..., Awaitable[bool]]]", pinned: bool, command: str, keep: str,
) -> None:  # fmt: skip
    """Put a version in force by what the service changes it with. `command`: the group of commands; `keep`: what decisions made before keep."""
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    async def work(workspace: "Workspace") -> bool:
        return await change(workspace)(version, who=who, why=why)

    changed = within(work, at=moment(at))
    if as_json:
        print_json({"version": version, "changed": changed, "pinned": pinned})
        return
    page = Page()
    until = f"until a person puts another in force with: nextplay {command} promote VERSION" if pinned else "until a training replaces it"
    page.wrapped(f"{version} {'is' if changed else 'was already'} in force, {until}. Decisions made before keep {keep}.")
    page.show()


def _pinned(found: "Models", unless: str) -> str:
    if not found.reigns:
        return f": {unless}"
    now = found.reigns[0]
    return f", pinned by {now.by}: {now.why}" if now.pinned else ""


def _reigns(page: Any, reigns: "Sequence[Reign]") -> None:
    from integrations.telling.words import utc

    if reigns:
        page.blank()
        rows = [[one.version, utc(one.since), utc(one.until) if one.until else "now", one.by, one.why] for one in reigns]
        page.table(rows, header=("in force", "from", "to", "by", "why"), flex=4, whole=(0,))
