"""A simulation on a terminal: tables that fit 80 columns, then the decisions that change."""

from pathlib import Path

from rich.text import Text

from agent.simulating import KINDS, Simulation, Tally
from integrations.cli.look import Cell, Page
from integrations.telling.simulation import KIND, became, causes, not_decided, share, side, span, summary
from integrations.telling.words import utc

_SHOWN = 15
"""Decisions that are listed; --json and --html have all."""

STYLES = {"newly_forbidden": "red", "newly_allowed": "green", "other_choice": "cyan", "other_route": "magenta", "other_terms": "dim"}
_FIGURES = ("changes", "approved", "rejected", "done", "converted", "friction", "unknown")


def page_of(found: Simulation, folder: str, html: Path | None) -> Page:
    """The whole page."""
    page = Page()
    page.heading("Simulation", f"{folder} ({found.draft})")
    page.wrapped(f"{span(found)}{f', surface {found.surface}' if found.surface else ''}", label="Decided: ")
    page.wrapped(Text(summary(found), "bold"))
    for note in not_decided(found):
        page.wrapped(note, label="- ")
    if found.changes:
        _tables(page, found)
        _changes(page, found)
    if found.decisions:
        page.blank()
        page.wrapped(Text("What this takes for granted is in docs/simulate.md, and in --json and --html.", "dim"))
    if html is not None:
        page.wrapped(f"The page is written: {html}")
    return page


def _tables(page: Page, found: Simulation) -> None:
    page.blank()
    page.heading("What changes", "and what became of those decisions")
    kinds: list[list[Cell]] = [[Text(KIND[kind], STYLES[kind]), *_figures(tally)] for kind, tally in found.by_kind().items() if tally.changes]
    page.table([*kinds, [Text("all", "bold"), *_figures(found.total)]], header=("", *_FIGURES), flex=0)
    page.blank()
    page.heading("Where")
    rows: list[list[Cell]] = [
        [surface, f"{found.decided[surface]:,}", *(f"{kinds[kind]:,}" for kind in KINDS), share(sum(kinds.values()), found.decided[surface])]
        for surface, kinds in found.by_surface().items()
    ]
    page.table(rows, header=("surface", "decisions", "forbidden", "allowed", "choice", "route", "terms", "share"), flex=0)
    page.blank()
    page.heading("What made the difference")
    named: list[list[Cell]] = [
        [kind, Text(name or "earlier decisions would have been others", "bold"), *_figures(tally)[:1], *_figures(tally)[4:]]
        for (kind, name), tally in list(found.by_cause().items())[:_SHOWN]
    ]
    page.table(named, header=("", "", "changes", "converted", "friction", "unknown"), flex=1)


def _figures(tally: Tally) -> list[Cell]:
    values = (tally.changes, tally.approved, tally.rejected, tally.delivered, tally.converted, tally.friction, tally.unknown)
    return [f"{value:,}" for value in values]


def _changes(page: Page, found: Simulation) -> None:
    page.blank()
    page.heading("Decisions that change", f"{min(_SHOWN, len(found.changes))} of {len(found.changes):,}")
    for change in found.changes[:_SHOWN]:
        page.line((KIND[change.kind], STYLES[change.kind]), "  ", (change.id, "bold"), f"  {change.surface}  {utc(change.at)}")
        page.wrapped(side(change.before), indent=2, label=Text("was    ", "dim"), at_most=2)
        page.wrapped(side(change.after), indent=2, label=Text("would  ", "dim"), at_most=2)
        for cause in causes(change)[:3]:
            page.wrapped(cause, indent=2, label=Text("why    ", "dim"), at_most=2)
        page.wrapped(f"{became(change)}{'' if change.known else '; what would have come cannot be known'}", indent=2, label=Text("became ", "dim"))
    if len(found.changes) > _SHOWN:
        page.line(f"and {len(found.changes) - _SHOWN:,} more: --json or --html lists them all")
