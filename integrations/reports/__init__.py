"""One-file HTML reports: no script, no network, light and dark, printable. Everything that is shown is escaped.

    page = Page(title="…", kind="Simulation", lead="one sentence", about=[("Playbook", "a1b2c3")], sections=[
        Section("What changes", [Tiles([Tile("decisions", "2,000", "1 to 30 November")]), chart, table], note="how to read it"),
    ])
    write(path, page)                    # atomic: a temporary file, then renamed; `render(page)` gives the text

Blocks of a section (`pages`, `charts`):
`Prose(text)` · `Notice(text, tone)` · `Points([text, …])` · `Tiles([Tile(label, value, note, tone)])` · `Table(columns, rows, empty=…)` ·
`Fold(summary, blocks)` (a disclosure) · `Bars([Bar(label, value, shown, note)])` · `Stacked(series, [Stack(label, values)])` ·
`Dots([Dot(label, value, low, high, shown)])` (a figure with its interval) · `Lines(ticks, [Line(label, points)])` (over time, with intervals) ·
`Curves([Curve(label, [Seen(foretold, came, low, high, cases)])])` (what was foretold beside what came).

A cell is a text, or `Cell(text, look, tone)`; looks: `plain`, `code` (ids), `badge`, `number`, `small`; tones: `plain good bad warn muted c1 … c6`.
Colours of series are given by their order, or named by a tone; charts also say their figures in words, so nothing hangs on colour alone.
"""

from integrations.reports.charts import Bar, Bars, Curve, Curves, Dot, Dots, Line, Lines, Point, Seen, Series, Stack, Stacked
from integrations.reports.pages import Block, Cell, Column, Fold, Notice, Page, Points, Prose, Section, Table, Tile, Tiles
from integrations.reports.rendering import render
from integrations.reports.tones import Tone
from integrations.reports.writing import write

__all__ = [
    "Bar",
    "Bars",
    "Block",
    "Cell",
    "Column",
    "Curve",
    "Curves",
    "Dot",
    "Dots",
    "Fold",
    "Line",
    "Lines",
    "Notice",
    "Page",
    "Point",
    "Points",
    "Prose",
    "Section",
    "Seen",
    "Series",
    "Stack",
    "Stacked",
    "Table",
    "Tile",
    "Tiles",
    "Tone",
    "render",
    "write",
]
