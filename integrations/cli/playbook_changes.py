"""What differs between two playbooks, on a terminal."""

from collections.abc import Sequence

from rich.text import Text

from agent.playbook.differing import Change
from integrations.cli.look import Cell, Page
from integrations.telling.policy import setting

_STYLES = {"added": "green", "removed": "red", "changed": "yellow"}


def add_changes(page: Page, found: Sequence[Change]) -> None:
    """Add one line for each, or say that there are none."""
    if not found:
        page.line("They say the same.")
    rows: list[list[Cell]] = [
        [
            Text(one.what, _STYLES[one.what]),
            one.kind,
            Text(one.id, "bold"),
            one.key,
            f"{setting(one.before)} → {setting(one.after)}" if one.key else "",
        ]
        for one in found
    ]
    page.table(rows, flex=4, caps={2: 34, 3: 40})
