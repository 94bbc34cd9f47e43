"""Charts as data. They are drawn as SVG whose places are shares of the width: texts keep their size on every screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from integrations.reports.tones import Tone


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar from 0 on. `shown` is the value in words, `note` stands below the label."""

    label: str
    value: float
    shown: str = ""
    note: str = ""
    tone: Tone = "c1"


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars below each other, on one scale; values may be negative. `most`: the end of the scale, by default the longest bar."""

    bars: Sequence[Bar]
    title: str = ""
    most: float | None = None
    empty: str = "There is nothing to show."
    block: Literal["bars"] = "bars"


@dataclass(frozen=True, slots=True)
class Series:
    """One part of every stack."""

    label: str
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """A bar made of a value for each series, none below 0."""

    label: str
    values: Sequence[float]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stacked:
    """Stacked bars below each other. `share`: every bar fills the width; otherwise all are on one scale."""

    series: Sequence[Series]
    stacks: Sequence[Stack]
    title: str = ""
    share: bool = False
    empty: str = "There is nothing to show."
    block: Literal["stacked"] = "stacked"

    def __post_init__(self) -> None:
        """Raise ValueError where a stack has not one value for each series, or one below 0."""
        for stack in self.stacks:
            if len(stack.values) != len(self.series) or min(stack.values, default=0) < 0:
                raise ValueError(f"'{stack.label}' needs {len(self.series)} values of at least 0: {stack.values}")


@dataclass(frozen=True, slots=True)
class Dot:
    """A figure with its interval, where it has one."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    shown: str = ""
    note: str = ""
    tone: Tone = "c1"


@dataclass(frozen=True, slots=True)
class Dots:
    """Figures with intervals below each other, on one scale with a line at `zero` (None: without a line)."""

    dots: Sequence[Dot]
    title: str = ""
    zero: float | None = 0.0
    unit: str = ""
    empty: str = "There is nothing to show."
    block: Literal["dots"] = "dots"


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a tick, None where nothing was measured: the line is broken there."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line, with a point for each tick."""

    label: str
    points: Sequence[Point]
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines over the same ticks. The scale begins at 0 unless values are negative, or `from_zero` is False."""

    ticks: Sequence[str]
    lines: Sequence[Line]
    title: str = ""
    unit: str = ""
    from_zero: bool = True
    empty: str = "There is nothing to show."
    block: Literal["lines"] = "lines"

    def __post_init__(self) -> None:
        """Raise ValueError where a line has not one point for each tick."""
        for line in self.lines:
            if len(line.points) != len(self.ticks):
                raise ValueError(f"'{line.label}' has {len(line.points)} points for {len(self.ticks)} ticks")


@dataclass(frozen=True, slots=True)
class Seen:
    """So many cases of which on average `foretold` was foretold: the share that came (0 to 1), with its interval."""

    foretold: float
    came: float
    low: float
    high: float
    cases: int


@dataclass(frozen=True, slots=True)
class Curve:
    """What was foretold of one thing beside what came; `note` stands below its label."""

    label: str
    seen: Sequence[Seen]
    note: str = ""
    tone: Tone = "c1"


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves beside each other, each on its own square from 0 to 100 %; on the dashed line as much came as was foretold."""

    curves: Sequence[Curve]
    title: str = ""
    foretold: str = "foretold"
    came: str = "came"
    empty: str = "There is nothing to show."
    block: Literal["curves"] = "curves"
