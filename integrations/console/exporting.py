"""Decisions as a table that spreadsheets open: as text, whatever stands in it."""

import csv
import io
from collections.abc import AsyncIterator, Sequence

from agent.listing import FoundDecision
from integrations.telling import words

COLUMNS = (
    *(
        "decision",
        "decided at (UTC)",
        "account",
        "account name",
        "surface",
        "play",
        "title",
        "about",
        "subject",
        "route",
        "reasons",
        "outcome",
        "state",
    ),
    *("playbook", "model"),
)
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

LINES_AT_ONCE = 500


async def table(decisions: AsyncIterator[FoundDecision]) -> AsyncIterator[str]:
    """The lines of the file, many at a time. It begins with a mark by which spreadsheets know that it is UTF-8."""
    lines: list[Sequence[str]] = [COLUMNS]
    yield "\ufeff"
    async for one in decisions:
        lines.append(_line(one))
        if len(lines) >= LINES_AT_ONCE:
            yield _written(lines)
            lines = []
    yield _written(lines)


def cell(value: str | None) -> str:
    """A value as text: what looks like a formula gets an apostrophe before it, with which spreadsheets show it and work nothing out."""
    text = value or ""
    return f"'{text}" if text.startswith(FORMULAS) else text


def _line(one: FoundDecision) -> list[str]:
    moment = f"{one.created_at:%Y-%m-%d %H:%M:%S}"
    about, reasons = f"{one.subject_kind} {one.subject_id}", ", ".join(words.role(code) for code in one.reasons)
    return [
        cell(value) for value in (
            one.id, moment, one.account, one.account_name, one.surface, one.play, one.title, about, one.subject, one.route, reasons, one.result,
            one.state, one.playbook_version, one.model_version,
        )
    ]  # fmt: skip


def _written(lines: Sequence[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(lines)
    return file.getvalue()
