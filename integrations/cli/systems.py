"""`nextplay systems`: the systems of record that this deployment is connected to, and the copy of their records."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json

if TYPE_CHECKING:
    from integrations.bootstrap import Workspace
    from integrations.vendors.connector import Fault
    from integrations.vendors.syncing import Progress

MOST_SHOWN = 200


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    systems = typer.Typer(help="The systems of record that this deployment is connected to.")
    systems.command()(sync)
    systems.command()(faults)
    app.add_typer(systems, name="systems")


def sync(
    vendor: Annotated[str | None, typer.Option(metavar="NAME", help="Only this one, such as hubspot.")] = None,
    everything: Annotated[bool, typer.Option("--everything", help="Read all again, not only what has changed.")] = False,
    as_json: Json = False,
) -> None:
    """Read what has changed, the first time everything. One that breaks off goes on from there the next time."""
    from agent.errors import NotFound, Unavailable
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.synced import apply_directory, syncings_of
    from integrations.telling.words import several
    from integrations.vendors.errors import VendorError

    read: Counter[tuple[str, str]] = Counter()

    async def work(workspace: "Workspace") -> int:
        await apply_directory(workspace)
        with _progress(read, quiet=as_json) as told:
            syncings = [one for one in syncings_of(workspace, told) if vendor in (None, one.connector.vendor)]
            if not syncings:
                who = vendor or "No system of record"
                raise NotFound(f"{who} is {'not ' if vendor else ''}connected here.", "Name your systems with NEXTPLAY_CRM and NEXTPLAY_HELPDESK.")
            for syncing in syncings:
                try:
                    await syncing.run(everything=everything)
                except VendorError as error:
                    raise Unavailable(f"The sync broke off: {error}.", "Run it again; it goes on from there. See: nextplay doctor") from error
            return sum(one.faults for one in syncings)

    wrong = within(work)
    if as_json:
        print_json({"read": [{"vendor": name, "key": key, "count": count} for (name, key), count in read.items()], "faults": wrong})
        return
    page = Page()
    page.table([[name, key, f"{count:,}"] for (name, key), count in read.items()], header=("vendor", "records", "read"))
    if wrong:
        page.line(f"{several(wrong, 'record')} cannot be used; see why: nextplay systems faults")
    page.show()


def faults(as_json: Json = False) -> None:
    """List records that cannot be used as they are, the newest first, and what mends each."""
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from integrations.telling.words import several

    async def work(workspace: "Workspace") -> "tuple[list[tuple[str, Fault]], int]":
        copy = workspace.systems.copy
        return ([], 0) if copy is None else (await copy.faults(at_most=MOST_SHOWN), sum((await copy.faulty()).values()))

    found, count = within(work)
    if as_json:
        said = [{"vendor": vendor, "key": one.key, "external_id": one.external_id, "why": one.why} for vendor, one in found]
        print_json({"faults": said, "count": count})
        return
    page = Page()
    rows = [[vendor, one.key, one.external_id, one.why] for vendor, one in found]
    page.table(rows, header=("vendor", "records", "id", "why"), flex=3, whole=(2,)) if rows else page.line("Every record can be used.")
    if count > len(found):
        page.line(f"and {several(count - len(found), 'other')}.")
    page.show()


@contextmanager
def _progress(read: Counter[tuple[str, str]], *, quiet: bool) -> "Iterator[Progress]":
    """A bar for each kind of record on standard error, where somebody watches."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    from integrations.cli.look import console

    shown, tasks = console(stderr=True), dict[tuple[str, str], TaskID]()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=shown, disable=quiet or not shown.is_terminal) as bar:

        def told(vendor: str, key: str, count: int, of: int | None) -> None:
            read[vendor, key] = count
            if (vendor, key) not in tasks:
                tasks[vendor, key] = bar.add_task(f"{vendor} {key}", total=of)
            bar.update(tasks[vendor, key], completed=count, total=of)

        yield told
