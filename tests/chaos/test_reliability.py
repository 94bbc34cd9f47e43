"""RELIABILITY.md says what is there: each promise names a mechanism and a test that exist, and its figures are those that were measured."""

import re

import pytest

from tests.chaos.figures import BETWEEN, NAMES, PAGE, ROOT, measured, page_with, rendered

PROMISE = re.compile(r"^\| (R\d+) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
FILE = re.compile(r"`([\w/]+\.py)`")


def promises() -> list[tuple[str, str, str]]:
    """Number, what keeps it, what proves it."""
    return [(number, by, proof) for number, _, by, proof in PROMISE.findall(PAGE.read_text())]


def test_every_promise_names_what_keeps_it_and_what_proves_it() -> None:
    found = promises()
    assert [number for number, *_ in found] == [f"R{n}" for n in range(1, len(found) + 1)]
    assert len(found) >= 10
    for number, by, proof in found:
        kept, proved = FILE.findall(by), FILE.findall(proof)
        assert kept, f"{number} names no mechanism"
        assert proved, f"{number} names no test"
        assert all((ROOT / name).is_file() for name in (*kept, *proved)), f"{number} names a file that is not there"
        assert all(name.startswith("tests/") and "def test_" in (ROOT / name).read_text() for name in proved), f"{number} names what is no test"


def test_the_figures_are_those_that_were_measured() -> None:
    text = PAGE.read_text()
    assert measured(), "scenarios were run"
    assert page_with(text, rendered(measured())) == text, "run: python -m tests.chaos.figures"


def test_figures_that_are_lacking_are_said_and_a_share_is_told() -> None:
    name, one = next(iter(measured().items()))
    few = rendered({name: {**one, "share": 0.25, "kills": 3}})
    assert "3 kills" in few
    assert "**25% of the whole**" in few
    assert all(title in few for title in NAMES.values())
    with pytest.raises(ValueError, match="markers"):
        page_with(BETWEEN.sub("", PAGE.read_text()), few)
