import pytest
from hypothesis import given
from hypothesis import strategies as some

from integrations.reports import Bar, Bars, Dot, Dots, Line, Lines, Point, Series, Stack, Stacked
from integrations.reports.drawing import bars_on, figure, marks, scale_of, scale_of_dots, scale_of_lines, segments, shown_ticks

VALUES = some.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 3))


@given(some.lists(VALUES, min_size=1), some.booleans())
def test_a_scale_holds_every_value_and_its_round_ticks(values: list[float], zero: bool) -> None:
    scale = scale_of(values, zero=zero)
    assert scale.low <= min(values)
    assert scale.high >= max(values)
    assert all(0 <= scale.place(value) <= 100 for value in values)
    assert 2 <= len(scale.ticks()) <= 8
    assert not zero or scale.low <= 0 <= scale.high


def test_stacks_share_a_scale_and_their_parts_touch() -> None:
    chart = Stacked([Series("a"), Series("b", "bad")], [Stack("x", [30, 10]), Stack("y", [0, 20]), Stack("z", [0, 0])])
    x, y, z = segments(chart)
    assert [(part.x, part.width, part.tone, part.shown) for part in x] == [(0, 75, "c1", "30"), (75, 25, "bad", "10")]
    assert [(part.x, part.width) for part in y] == [(0, 50)]
    assert z == []


def test_as_shares_every_stack_fills_the_width() -> None:
    chart = Stacked([Series("a"), Series("b")], [Stack("x", [3, 1]), Stack("y", [1, 1])], share=True)
    assert [sum(part.width for part in parts) for parts in segments(chart)] == [100, 100]


def test_bars_begin_at_zero_also_below_it() -> None:
    scale, [(_, up_x, up), (_, down_x, down)] = bars_on(Bars([Bar("up", 30), Bar("down", -10)]))
    zero = scale.place(0)
    assert (up_x, down_x + down) == (zero, zero)
    assert up == pytest.approx(3 * down)


def test_a_measured_line_breaks_where_nothing_was_measured() -> None:
    chart = Lines(["1", "2", "3"], [Line("a", [Point(1), Point(None), Point(3, 2, 4)])])
    [(tone, label, drawn)] = marks(chart, scale_of_lines(chart))
    assert (tone, label, drawn[1]) == ("c1", "a", None)
    last = drawn[2]
    assert last is not None
    assert (last.x, last.shown) == (100, "3: 3")
    assert last.low is not None
    assert last.high is not None
    assert last.low < last.y < last.high


def test_a_figure_without_an_interval_and_one_that_is_not_known_have_a_place() -> None:
    scale = scale_of_dots(Dots([Dot("a", 2.0), Dot("b", None)]))
    assert (scale.low, scale.high) == (0.0, 2.0)


@pytest.mark.parametrize("count", [1, 2, 6, 7, 30, 400])
def test_few_enough_ticks_are_written(count: int) -> None:
    found = shown_ticks([str(number) for number in range(count)])
    assert 1 <= len(found) <= 5
    assert found[0][1] == "0"


def test_figures_are_written_as_people_read_them() -> None:
    assert [figure(value) for value in (2000.0, 0, -3, 12.345, 1.234, -1234567.5)] == ["2,000", "0", "-3", "12.3", "1.23", "-1,234,567.5"]


def test_charts_refuse_what_they_cannot_draw() -> None:
    with pytest.raises(ValueError, match="needs 2 values"):
        Stacked([Series("a"), Series("b")], [Stack("x", [1])])
    with pytest.raises(ValueError, match="at least 0"):
        Stacked([Series("a")], [Stack("x", [-1])])
    with pytest.raises(ValueError, match="1 points for 2 ticks"):
        Lines(["1", "2"], [Line("a", [Point(1)])])
