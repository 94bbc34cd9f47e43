"""Pages: columns that give way to each other, and texts that wrap beside their label."""

import pytest
from rich.text import Text

from integrations.cli.look import Page, folded


def lines(page: Page) -> list[str]:
    """The page as text."""
    return [line.plain for line in page.lines]


def test_columns_are_as_wide_as_they_need() -> None:
    page = Page(40)
    page.table([["a", "bb"], ["ccc", "d"]], header=("x", "y"))
    assert lines(page) == ["x    y", "a    bb", "ccc  d"]


def test_the_flexible_column_gives_way_first() -> None:
    page = Page(32)
    page.table([["dec_0123456789ab", "a long title that does not fit", "open"]], flex=1)
    assert lines(page) == ["dec_0123456789ab  a long …  open"]


def test_what_is_typed_again_gives_way_last() -> None:
    page = Page(40)
    page.table([["np-58cff22af744b22e", "send_content on gil", "the wire was cut"]], flex=2, whole=(0,))
    assert lines(page) == ["np-58cff22af744b22e  send_con…  the wir…"]


def test_what_is_typed_again_is_cut_where_there_is_no_room_at_all() -> None:
    page = Page(30)
    page.table([["np-58cff22af744b22e", "send_content on gil", "the wire was cut"]], flex=2, whole=(0,))
    assert lines(page) == ["np-58cff2…  send_co…  the wir…"]


@pytest.mark.parametrize("width", range(12, 60))
def test_a_table_never_overflows(width: int) -> None:
    page = Page(width)
    page.table([["日本語の題名" * 3, "x" * 40, Text("y" * 30, "red")], ["", "short", "z"]], flex=0, indent=2)
    assert all(line.cell_len <= max(width, 2 + 3 * 8 + 4) for line in page.lines)


def test_caps_bound_a_column() -> None:
    page = Page(60)
    page.table([["abcdefghijkl", "b"]], flex=1, caps={0: 5})
    assert lines(page) == ["abcd…  b"]


def test_texts_wrap_beside_their_label() -> None:
    page = Page(20)
    page.wrapped("one two three four five", indent=2, label="why ")
    assert lines(page) == ["  why one two three", "      four five"]


def test_a_text_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert [line.plain for line in folded("one two three four five six", 10, at_most=2)] == ["one two", "three fou…"]
    assert all(line.cell_len <= 10 for line in folded("x" * 300, 10, at_most=3))


def test_long_words_are_broken_and_paragraphs_kept() -> None:
    assert [line.plain for line in folded("abcdefghijkl\n\nz", 10)] == ["abcdefghij", "kl", "", "z"]


def test_a_heading_fills_the_width_with_its_note_at_the_right() -> None:
    page = Page(40)
    page.heading("Facts", "3 of 9")
    page.heading("Facts", "a note that is far too long for the line that it is on")
    assert [line.cell_len for line in page.lines] == [40, 40]
    assert lines(page)[0].endswith(" 3 of 9")


def test_markup_in_texts_is_shown_as_it_is() -> None:
    page = Page(40)
    page.line("[bold red]not markup[/]")
    assert lines(page) == ["[bold red]not markup[/]"]
