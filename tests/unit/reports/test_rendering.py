from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from agent.errors import InvalidInput
from integrations.reports import (
    Bar,
    Bars,
    Block,
    Cell,
    Column,
    Curve,
    Curves,
    Dot,
    Dots,
    Fold,
    Line,
    Lines,
    Notice,
    Page,
    Point,
    Points,
    Prose,
    Section,
    Seen,
    Series,
    Stack,
    Stacked,
    Table,
    Tile,
    Tiles,
    render,
    write,
)  # fmt: skip

HOSTILE = "</title></style></text><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}"


class _Reader(HTMLParser):
    """Every element with its attributes, and all that a reader would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(page: Page) -> _Reader:
    reader = _Reader()
    reader.feed(render(page))
    return reader


def _everywhere(text: str) -> Page:
    """A page that shows a text in every place that there is."""
    cells = [Cell(text, "code", "bad"), Cell(text, "badge", "good")]
    blocks: list[Block] = [
        Prose(text), Points([text]), Notice(text), Tiles([Tile(text, text, text)]), Table([text, Column(text, number=True)], [cells], caption=text),
        Table([text], [], empty=text), Fold(text, [Prose(text)]), Bars([Bar(text, 1, text, text)], title=text), Bars([], empty=text),
        Stacked([Series(text)], [Stack(text, [3], text)], title=text), Dots([Dot(text, 1, 0, 2, text, text), Dot(text, None)], title=text, unit=text),
        Lines([text, text], [Line(text, [Point(1), Point(2)]), Line(text, [Point(None), Point(1)])], title=text, unit=text),
        Curves([Curve(text, [Seen(0.3, 0.5, 0.1, 0.9, 4)], text)], title=text, foretold=text, came=text), Curves([], empty=text),
    ]  # fmt: skip
    return Page(text, [Section(text, blocks, text)], text, text, [(text, text)], text)


def test_hostile_text_is_text_wherever_it_stands() -> None:
    hostile, plain = _read(_everywhere(HOSTILE)), _read(_everywhere("x"))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(attributes) for _, attributes in hostile.tags] == [sorted(attributes) for _, attributes in plain.tags]
    assert hostile.text.count(HOSTILE) >= 25
    assert "49" not in hostile.text


def test_the_file_needs_nothing_from_anywhere_and_no_script() -> None:
    page = _read(_everywhere("x"))
    assert {"script", "link", "img", "iframe", "a", "form"}.isdisjoint(tag for tag, _ in page.tags)
    assert not any(name in ("src", "href", "style") or name.startswith("on") for _, attributes in page.tags for name in attributes)
    text = render(_everywhere("x"))
    assert "url(" not in text
    assert "@import" not in text
    policy = next(attributes["content"] for tag, attributes in page.tags if attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_a_chart_also_says_its_figures() -> None:
    chart = Stacked([Series("forbidden"), Series("allowed")], [Stack("renewal", [12, 1]), Stack("usage-risk", [0, 0])])
    said = [attributes["aria-label"] for tag, attributes in _read(Page("t", [Section("s", [chart])])).tags if attributes.get("role") == "img"]
    assert said == ["renewal: forbidden 12, allowed 1", "usage-risk: none"]


def test_a_curve_says_what_was_foretold_and_what_came() -> None:
    chart = Curves(
        [Curve("renewal", [Seen(0.31, 0.5, 0.1, 0.9, 4), Seen(0.86, 1.0, 0.8, 1.0, 1_200)], "1,204 cases")], "Approval", "confidence", "approved"
    )
    page = _read(Page("t", [Section("s", [chart])]))
    [said] = [attributes["aria-label"] for tag, attributes in page.tags if attributes.get("role") == "img"]
    assert said == "Approval, renewal: confidence 31 %, approved 50 % of 4; confidence 86 %, approved 100 % of 1,200"
    assert "confidence 31 %, approved 50 % of 4 (10 % to 90 %)" in page.text
    dots = [(attributes["cx"], attributes["cy"]) for tag, attributes in page.tags if tag == "circle"]
    assert dots == [("31.0%", "104.0"), ("86.0%", "4.0")]


def test_a_row_must_fit_its_table() -> None:
    with pytest.raises(ValueError, match="2 cells, the table has 1 columns"):
        Table(["a"], [["1", "2"]])


def test_a_page_is_written_whole_and_replaces_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("old", encoding="utf-8")
    write(file, Page("new ü", []))
    assert file.read_text(encoding="utf-8") == render(Page("new ü", []))
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_where_it_cannot_be_written_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        write(tmp_path / "absent" / "report.html", Page("t", []))
    with pytest.raises(InvalidInput, match="is a folder"):
        write(tmp_path, Page("t", []))
    file = tmp_path / "report.html"
    file.write_text("old", encoding="utf-8")
    broken = Page("t", [Section("s", [Prose(3)])])  # type: ignore[arg-type]  # what a caller must not do
    object.__setattr__(broken.sections[0].blocks[0], "block", "no such block")
    with pytest.raises(UndefinedError):
        write(file, broken)
    assert [(entry.name, entry.read_text(encoding="utf-8")) for entry in tmp_path.iterdir()] == [("report.html", "old")]
