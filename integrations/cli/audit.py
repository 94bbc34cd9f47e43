"""`nextplay audit verify`: is the log what it was when it was written?"""

from typing import TYPE_CHECKING

import typer

from integrations.cli.options import Json

if TYPE_CHECKING:
    from integrations.bootstrap import Workspace
    from integrations.db.audit_chain import AuditReport


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    audit = typer.Typer(help="The sealed log of who did what.")

    @audit.callback()
    def group() -> None:
        """The sealed log of who did what."""

    audit.command()(verify)
    app.add_typer(audit, name="audit")


def verify(as_json: Json = False) -> None:
    """Check the whole audit log, and that decisions, approvals and effects are as it tells; the exit code is 1 when anything was changed."""
    from integrations.cli.failures import Failed
    from integrations.cli.look import Page, badge, print_json
    from integrations.cli.opening import within
    from integrations.telling.words import several

    async def work(workspace: "Workspace") -> "AuditReport":
        return await workspace.store.verify_audit()

    report = within(work)
    if as_json:
        print_json(report)
    if not report.ok:
        raise Failed(
            f"The audit is not intact: {several(report.entries, 'entry', 'entries')} in order, but {report.why} (entry {report.first_bad}).",
            "Put the database back from a backup made before, or find out who changed it.",
        )
    if not as_json:
        page = Page()
        erased = f", {several(report.erased, 'payload')} erased as announced" if report.erased else ""
        page.line(badge("INTACT", "bold black on green"), f"  {several(report.entries, 'entry', 'entries')} in order{erased}.")
        page.show()
