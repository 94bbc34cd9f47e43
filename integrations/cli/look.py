"""How the command line looks: pages of lines that never overflow, in colour on a terminal and plain elsewhere."""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from integrations.cli.styles import ROUTES, STATES
from integrations.telling.words import clean, one_line

FALLBACK = (100, 50)
"""Columns and lines where there is no terminal."""

GAP = 2
LEAST = 8
"""A column is never made narrower than this to make room for others."""

Cell = Text | str


class _Pipe(Console):
    """A console whose reader may stop reading, as `head` does: the command line ends quietly then."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console(*, stderr: bool = False) -> Console:
    """Make the console that everything is written through. It reads no markup, so no text can style or hide anything."""
    return _Pipe(stderr=stderr, width=columns(), markup=False, emoji=False, highlight=False, soft_wrap=True)


def columns() -> int:
    """How wide the terminal is."""
    return max(shutil.get_terminal_size(FALLBACK).columns, 40)


def lines() -> int:
    """How many lines the terminal has, the prompt's not counted."""
    return max(shutil.get_terminal_size(FALLBACK).lines - 1, 24) if sys.stdout.isatty() else FALLBACK[1]


def state(name: str) -> Text:
    """Write a state in its colour."""
    return Text(name, STATES.get(name, ""))


def route(name: str) -> Text:
    """Write a route in its colour."""
    return Text(name, ROUTES[name][1].replace("black on ", "").replace("white on ", ""))


def badge(words: str, style: str) -> Text:
    """Write a word that the eye finds first."""
    return Text(f" {words} ", style)


class Page:
    """Lines of text, each cut to the width."""

    def __init__(self, width: int | None = None) -> None:
        self.width = width or columns()
        self.lines: list[Text] = []

    def line(self, *parts: Cell | tuple[str, str], indent: int = 0) -> None:
        """Add one line; what does not fit is cut with an ellipsis."""
        line = Text(" " * indent, end="").append_text(_joined(parts))
        self.lines.append(_cut(line, self.width))

    def heading(self, title: str, note: str = "") -> None:
        """Add the title of a section, with a note at its right, over a rule."""
        room = self.width - len(title) - 5
        shown = _cut(Text(one_line(note)), max(room - 1, 0)).plain if note else ""
        rule = "─" * max(self.width - len(title) - len(shown) - (5 if shown else 4), 0)
        self.lines.append(Text.assemble(("── ", "dim"), (title, "bold cyan"), (f" {rule}", "dim"), (f" {shown}" if shown else "", "dim")))

    def wrapped(self, text: Cell, *, indent: int = 0, label: Cell = "", at_most: int = 0) -> None:
        """Add a text over several lines, all to the right of the label. Beyond `at_most` lines it is cut."""
        head = _text(label)
        margin = indent + head.cell_len
        for i, line in enumerate(folded(text, self.width - margin, at_most=at_most)):
            start = Text(" " * indent).append_text(head) if i == 0 else Text(" " * margin)
            self.lines.append(start.append_text(line))

    def table(
        self,
        rows: Sequence[Sequence[Cell]],
        *,
        header: Sequence[str] = (),
        flex: int = -1,
        caps: Mapping[int, int] | None = None,
        whole: Sequence[int] = (),
        indent: int = 0,
    ) -> None:
        """Add rows in columns as wide as they need.

        `caps` bounds a column. When there is too little room, the one named by `flex` gives way first and those named by `whole` last: what
        somebody has to type again is of no use when it is cut.
        """
        cells = [[_text(cell) for cell in row] for row in ([[Text(h, "dim") for h in header]] if header else []) + [list(r) for r in rows]]
        if cells:
            widths = _widths(cells, self.width - indent, flex % len(cells[0]), caps or {}, whole)
            self.lines += [_row(row, widths, indent) for row in cells]

    def blank(self) -> None:
        """Add an empty line."""
        self.lines.append(Text())

    def show(self, where: Console | None = None) -> None:
        """Print the page."""
        out = where or console()
        for line in self.lines:
            out.print(line)


def folded(text: Cell, width: int, *, at_most: int = 0) -> list[Text]:
    """Break a text into lines of at most `width` cells; the last of `at_most` ends in an ellipsis when more follows."""
    whole = text if isinstance(text, Text) else Text(clean(text))
    room = max(width, LEAST)
    found = [part for paragraph in whole.split("\n", allow_blank=True) or [Text()] for part in paragraph.wrap(_RULER, room, overflow="fold")]
    for line in found:
        line.rstrip()
    if at_most and len(found) > at_most:
        found = found[:at_most]
        _cut(found[-1].append(" …" if found[-1].cell_len + 2 <= room else "…" * room), room)
    return found


_RULER = Console()
"""Wrapping asks a console for the width of tabs; nothing is written to this one."""


def print_json(data: Any) -> None:
    """Print data as JSON in ASCII, which every terminal and pipe carries unchanged."""
    from pydantic_core import to_jsonable_python

    sys.stdout.write(json.dumps(to_jsonable_python(data), indent=2) + "\n")


def _joined(parts: Sequence[Cell | tuple[str, str]]) -> Text:
    line = Text()
    for part in parts:
        line.append_text(Text(one_line_kept(part[0]), part[1]) if isinstance(part, tuple) else _text(part))
    return line


def one_line_kept(text: str) -> str:
    """Return the text on one line with its own blanks."""
    return clean(text).replace("\n", " ")


def _text(cell: Cell) -> Text:
    if isinstance(cell, str):
        return Text(one_line_kept(cell))
    copy = cell.copy()
    if not copy.plain.isprintable():
        copy.plain = one_line_kept(copy.plain)
    return copy


def _cut(line: Text, width: int) -> Text:
    line.truncate(width, overflow="ellipsis")
    return line


def _widths(cells: Sequence[Sequence[Text]], room: int, flex: int, caps: Mapping[int, int], whole: Sequence[int]) -> list[int]:
    widths = [min(max(row[i].cell_len for row in cells), caps.get(i, room)) for i in range(len(cells[0]))]
    gaps = GAP * (len(widths) - 1)
    widths[flex] = max(min(widths[flex], room - gaps - sum(widths) + widths[flex]), LEAST)
    for giving in ([i for i in range(len(widths)) if i not in whole], range(len(widths))):
        while sum(widths) + gaps > room and any(widths[i] > LEAST for i in giving):
            widths[max(giving, key=widths.__getitem__)] -= 1
    return widths


def _row(cells: Sequence[Text], widths: Sequence[int], indent: int) -> Text:
    line = Text(" " * indent)
    for i, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        cell.truncate(width, overflow="ellipsis", pad=i < len(widths) - 1)
        line.append_text(cell).append(" " * GAP if i < len(widths) - 1 else "")
    line.rstrip()
    return line
