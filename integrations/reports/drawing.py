"""From values to places: scales, segments and ticks, as shares of the width (0 to 100)."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from integrations.reports.charts import Bar, Bars, Curve, Dots, Lines, Point, Stacked
from integrations.reports.tones import Tone, tone_of

ROOM_FOR_FIGURE = 7.0
"""A segment narrower than this share of the width does not carry its figure; the list beneath says it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values on a line from `low` to `high`."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Where a value lies, 0 to 100; what lies beyond an end is put there."""
        width = self.high - self.low
        return round(min(max((value - self.low) / width * 100 if width else 0.0, 0.0), 100.0), 3)

    def ticks(self) -> list[float]:
        """Three to seven round values within the scale."""
        step = _step((self.high - self.low) / 4)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(number * step, 10) for number in range(first, last + 1)]


def scale_of(values: Iterable[float], *, zero: bool = True, most: float | None = None) -> Scale:
    """The scale that shows all the values, its ends round. `zero`: 0 is always on it."""
    found = [value for value in values if math.isfinite(value)] + ([0.0] if zero else [])
    low, high = min(found, default=0.0), max([*found, *([most] if most is not None else [])], default=1.0)
    if low == high:
        high = low + 1.0
    step = _step((high - low) / 4)
    return Scale(_beyond(low, step, -1), high if most is not None else _beyond(high, step, 1))


def _beyond(end: float, step: float, way: int) -> float:
    """The next round value beyond an end of the values, up (1) or down (-1); the end itself where it is as good as round."""
    near = round(end / step) * step
    if math.isclose(near, end, rel_tol=1e-9):
        return max(near, end) if way > 0 else min(near, end)
    return (math.ceil(end / step) if way > 0 else math.floor(end / step)) * step


def _step(rough: float) -> float:
    """The next larger of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9))


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar: where it begins, how wide it is, and what it says."""

    x: float
    width: float
    tone: Tone
    label: str
    shown: str
    roomy: bool


def segments(chart: Stacked) -> list[list[Segment]]:
    """The segments of every stack, left to right; those of 0 are left out."""
    most = max((sum(stack.values) for stack in chart.stacks), default=0.0)
    return [list(_segments(chart, stack.values, sum(stack.values) if chart.share else most)) for stack in chart.stacks]


def _segments(chart: Stacked, values: Sequence[float], whole: float) -> Iterator[Segment]:
    x = 0.0
    for place, (series, value) in enumerate(zip(chart.series, values, strict=True)):
        if value <= 0:
            continue
        width = value / whole * 100
        yield Segment(round(x, 3), round(width, 3), tone_of(place, series.tone), series.label, figure(value), width >= ROOM_FOR_FIGURE)
        x += width


def bars_on(chart: Bars) -> tuple[Scale, list[tuple[Bar, float, float]]]:
    """The scale, and each bar with where it begins and how wide it is."""
    scale = scale_of((bar.value for bar in chart.bars), most=chart.most)
    zero = scale.place(0.0)
    ends = [(bar, scale.place(bar.value)) for bar in chart.bars]
    return scale, [(bar, round(min(zero, end), 3), round(abs(end - zero), 3)) for bar, end in ends]


def scale_of_dots(chart: Dots) -> Scale:
    """The scale that shows every figure and interval."""
    values = [value for dot in chart.dots for value in (dot.value, dot.low, dot.high) if value is not None]
    return scale_of([*values, *([chart.zero] if chart.zero is not None else [])], zero=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a line: where it lies across and up (0 to 100), its interval, and what it says."""

    x: float
    y: float
    low: float | None
    high: float | None
    shown: str


def scale_of_lines(chart: Lines) -> Scale:
    """The scale that shows every point and interval."""
    points = [point for line in chart.lines for point in line.points]
    return scale_of((v for p in points for v in (p.value, p.low, p.high) if v is not None), zero=chart.from_zero)


def marks(chart: Lines, scale: Scale) -> list[tuple[Tone, str, list[Mark | None]]]:
    """Every line with its tone, label and marks; None where nothing was measured."""
    across = [across_of(place, len(chart.ticks)) for place in range(len(chart.ticks))]
    found = []
    for place, line in enumerate(chart.lines):
        drawn = [_mark(scale, x, f"{tick}: ", point, chart.unit) for x, tick, point in zip(across, chart.ticks, line.points, strict=True)]
        found.append((tone_of(place, line.tone), line.label, drawn))
    return found


def heights(curve: Curve) -> list[tuple[float, float]]:
    """Below a curve how many cases there are: where each bar stands, and how high it is (0 to 100), the highest whole."""
    most = max((one.cases for one in curve.seen), default=1)
    return [(round(one.foretold * 100, 3), round(one.cases / most * 100, 3)) for one in curve.seen]


def across_of(place: int, count: int) -> float:
    """Where a tick stands, the first and the last at the edges."""
    return 50.0 if count == 1 else round(place / (count - 1) * 100, 3)


def shown_ticks(ticks: Sequence[str], at_most: int = 5) -> list[tuple[float, str]]:
    """The ticks that are written: the first, the last, and as many between as there is room for."""
    every = max(math.ceil((len(ticks) - 1) / (at_most - 1)), 1)
    return [(across_of(place, len(ticks)), tick) for place, tick in enumerate(ticks) if place % every == 0]


def figure(value: float) -> str:
    """A number as people read it: thousands apart, no decimals where there are none."""
    if value == round(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


def _mark(scale: Scale, x: float, tick: str, point: Point, unit: str) -> Mark | None:
    if point.value is None:
        return None
    shown = f"{tick}{figure(point.value)}{unit}"
    return Mark(x, scale.place(point.value), _placed(scale, point.low), _placed(scale, point.high), shown)


def _placed(scale: Scale, value: float | None) -> float | None:
    return None if value is None else scale.place(value)
