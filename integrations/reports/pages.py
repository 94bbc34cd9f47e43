"""What a report consists of: a page of sections, and the blocks that stand in them. Charts: `charts`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from integrations.reports.charts import Bars, Curves, Dots, Lines, Stacked
from integrations.reports.tones import Tone

Look = Literal["plain", "code", "badge", "number", "small"]


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    text: str
    block: Literal["prose"] = "prose"


@dataclass(frozen=True, slots=True)
class Points:
    """Short statements, one below the other."""

    texts: Sequence[str]
    block: Literal["points"] = "points"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that must not be missed."""

    text: str
    tone: Tone = "warn"
    block: Literal["notice"] = "notice"


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure in large type: what it is, and a note below."""

    label: str
    value: str
    note: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures beside each other; the first is the most important."""

    tiles: Sequence[Tile]
    block: Literal["tiles"] = "tiles"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that looks otherwise than plain text. Line breaks in the text are kept. `href`: where its first line leads."""

    text: str
    look: Look = "plain"
    tone: Tone = "plain"
    href: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading. `number`: right-aligned, figures below each other."""

    title: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, a cell for each column. On a narrow screen each row becomes a card. `empty` is said where there are no rows."""

    columns: Sequence[Column | str]
    rows: Sequence[Sequence[Cell | str]]
    empty: str = "There is nothing to show."
    caption: str = ""
    block: Literal["table"] = "table"

    @property
    def headings(self) -> list[Column]:
        """All headings as columns."""
        return [one if isinstance(one, Column) else Column(one) for one in self.columns]

    def __post_init__(self) -> None:
        """Raise ValueError for a row of another length: its figures would stand under the wrong headings."""
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row has {len(row)} cells, the table has {len(self.columns)} columns: {row}")


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that open at a click; printed they are open."""

    summary: str
    blocks: Sequence["Block"]
    is_open: bool = False
    block: Literal["fold"] = "fold"


Block: TypeAlias = Prose | Points | Notice | Tiles | Table | Fold | Bars | Stacked | Dots | Lines | Curves


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the page. `note` says in small type how to read it."""

    title: str
    blocks: Sequence["Block"]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report. `kind` says of which sort, `lead` in one sentence what came out, `about` what it was made from."""

    title: str
    sections: Sequence[Section]
    kind: str = "Report"
    lead: str = ""
    about: Sequence[tuple[str, str]] = field(default_factory=tuple)
    foot: str = ""
