"""`nextplay playbook`: check, show and compare the policy."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import As, At, Json, moment

if TYPE_CHECKING:
    from agent.changing_policy import Reigned
    from agent.domain.playbook import Playbook
    from agent.playbook.changing import Setting
    from agent.playbook.findings import Finding
    from integrations.bootstrap import Workspace
    from integrations.cli.look import Page

Folder = Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A playbook; without it, the one in force.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    playbook = typer.Typer(help="The policy: surfaces, plays and rules.")
    for command in (check, show, diff, history):
        playbook.command()(command)
    playbook.command("allow-auto")(allow_auto)
    app.add_typer(playbook, name="playbook")


def in_force() -> Path:
    """The folder of the playbook in force: the one that the settings name, or the one that ships."""
    from agent.playbook.loader import DEFAULT
    from integrations.settings import load

    return load().playbook or DEFAULT


def playbook_in_force() -> "Playbook":
    """What decides: the folder's playbook, with what was published over it. Raises PlaybookError where the folder cannot be used."""
    import asyncio

    from agent.playbook.changing import changed
    from agent.playbook.loader import load
    from integrations.db.revision import is_current
    from integrations.settings import load as load_settings

    folder, url = load(in_force()), load_settings().database_url.get_secret_value()
    return changed(folder, asyncio.run(_published(url))).playbook if is_current(url) else folder


async def _published(url: str) -> "tuple[Setting, ...]":
    """The changes that lie over the folder, as the database has them."""
    from integrations.db.database import Database
    from integrations.db.store import store_of
    from integrations.settings import load as load_settings

    database = Database(url)
    try:
        store = store_of(database, load_settings().audit_key_file)
        seq = await store.last_publication()
        publication = await store.publication(seq) if seq is not None else None
    finally:
        database.close()
    return publication.changes if publication else ()


def check(folder: Folder = None, as_json: Json = False) -> None:
    """Find what is wrong with a playbook, and run the cases of its rules; the exit code is 1 when there are errors."""
    from datetime import UTC, datetime

    from agent.playbook import lint
    from agent.playbook.cases import run_cases
    from agent.playbook.loader import PlaybookError, load
    from integrations.cli.failures import Failed
    from integrations.cli.look import Page, print_json
    from integrations.telling.words import several

    place = folder or in_force()
    findings = lint.check(place, today=datetime.now(UTC).date())
    errors = sum(finding.severity == "error" for finding in findings)
    try:
        cases = list(run_cases(load(place)))
    except PlaybookError:
        cases = []
    passed = sum(case.passed for case in cases)
    if as_json:
        print_json(
            {
                "folder": place,
                "ok": not errors,
                "errors": errors,
                "warnings": len(findings) - errors,
                "cases": len(cases),
                "passed": passed,
                "findings": findings,
            }
        )
    else:
        page = Page()
        for finding in findings:
            _add_finding(page, finding, place)
        page.line(
            f"{place}: {several(errors, 'error')}, {several(len(findings) - errors, 'warning')}; {passed} of {several(len(cases), 'case')} pass"
        )
        page.show()
    if errors:
        raise Failed(f"The playbook has {several(errors, 'error')}.", "Correct what is named above, then check again.")


def _add_finding(page: "Page", finding: "Finding", folder: Path) -> None:
    from rich.text import Text

    from integrations.cli.look import state

    where = f"{finding.file}:{finding.line}" if finding.line else finding.file or str(folder)
    what = f"{finding.kind} {finding.id}{f', {finding.clause}' if finding.clause else ''}" if finding.id else ""
    page.line((where, "bold"), "  ", state(finding.severity.replace("warning", "warn")), (f"  {what}" if what else "", "cyan"))
    text, _, shown = finding.message.partition("\n")
    page.wrapped(text, indent=4)
    for line in shown.splitlines() or _source(finding, folder):
        page.line(Text(line, "dim"), indent=4)


def _source(finding: "Finding", folder: Path) -> list[str]:
    """The line that a finding is about, with a caret under where it begins."""
    if not finding.line or not finding.file:
        return []
    lines = (folder / finding.file).read_text(encoding="utf-8", errors="replace").splitlines()
    if finding.line > len(lines):
        return []
    line = lines[finding.line - 1]
    return [line, " " * (len(line) - len(line.lstrip())) + "^"]


def show(
    folder: Folder = None,
    facts: Annotated[bool, typer.Option("--facts", help="Every fact that rules, plays and templates may name.")] = False,
    as_json: Json = False,
) -> None:
    """Print a playbook as people read it."""
    from agent.domain.fact_catalogue import CATALOGUE
    from agent.playbook.loader import load
    from agent.playbook.storing import playbook_to_json
    from integrations.cli.look import Page, print_json
    from integrations.cli.playbook_pages import add_facts, add_playbook

    page = Page()
    if facts:
        if as_json:
            print_json(
                {
                    "facts": [
                        {
                            "name": s.name,
                            "type": s.type,
                            "source": s.source,
                            "max_age_s": s.max_age.total_seconds(),
                            "ages_from": s.ages_from,
                            "about": s.about,
                        }
                        for s in CATALOGUE.values()
                    ]
                }
            )
            return
        add_facts(page, CATALOGUE.values())
    else:
        playbook = load(folder) if folder else playbook_in_force()
        if as_json:
            print_json({"version": playbook.version, **playbook_to_json(playbook)})
            return
        add_playbook(page, playbook)
    page.show()


def allow_auto(
    surface: Annotated[str, typer.Argument(metavar="SURFACE", help="The surface that a new version raised to auto.")],
    who: As,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why it may; people will read it.")],
    at: At = None,
    as_json: Json = False,
) -> None:
    """Let a surface work in auto without a passed launch check. It takes a second person: not the surface's owner."""
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    async def work(workspace: "Workspace") -> None:
        await workspace.service.allow_auto(surface, who=who, why=why)

    within(work, at=moment(at))
    if as_json:
        print_json({"surface": surface, "auto": True})
        return
    page = Page()
    page.wrapped(f"The surface {surface} may work in auto. {who} answers for it.")
    page.show()


def diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="A playbook.")],
    b: Annotated[Path | None, typer.Argument(metavar="[B]", help="Another; without it, A is compared with the one in force.")] = None,
    as_json: Json = False,
) -> None:
    """Compare two playbooks: what B adds, removes and changes."""
    from agent.playbook.differing import changes
    from agent.playbook.loader import load
    from integrations.cli.look import Page, print_json
    from integrations.cli.playbook_changes import add_changes

    before, after = (load(a), load(b)) if b else (playbook_in_force(), load(a))
    found = changes(before, after)
    if as_json:
        print_json({"from": before.version, "to": after.version, "changes": found})
        return
    page = Page()
    page.line((f"{before.version} → {after.version}", "bold"))
    add_changes(page, found)
    page.show()


def history(
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="How many.")] = 20,
    as_json: Json = False,
) -> None:
    """List the versions that were in force, newest first: what came from the files, what was published, and what was rolled back."""
    from integrations.cli.look import Cell, Page, print_json
    from integrations.cli.opening import within
    from integrations.telling.policy import came_from
    from integrations.telling.words import utc

    async def work(workspace: "Workspace") -> "list[Reigned]":
        return await workspace.service.playbook_history(limit=limit)

    found = within(work)
    if as_json:
        print_json({"versions": [_reigned(one) for one in found]})
        return
    page = Page()
    rows: list[list[Cell]] = [[one.reign.version, utc(one.reign.at), came_from(one)] for one in found]
    page.table(rows, header=("version", "since", "by"), flex=2)
    page.show()


def _reigned(one: "Reigned") -> dict[str, object]:
    published = one.publication
    return {
        "version": one.reign.version, "since": one.reign.at, "folder": one.reign.folder, "before": one.before,
        "publication": None if published is None else {
            "seq": published.seq, "by": published.by, "approved_by": published.approved_by, "why": published.why, "at": published.at,
            "draft": published.draft, "rolled_back_to": published.rolled_back_to, "changes": [change.to_json() for change in published.changes],
        },
    }  # fmt: skip
