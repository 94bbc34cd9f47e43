"""Facts in a text: found in every way in which a text may write them, and the text stays as it is."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.telling.marking import Part, marked
from tests.acceptance.hostile_texts import TEXTS


def found(text: str, **used: Any) -> list[str]:
    """The marked pieces."""
    return [part.text for part in marked(text, {name.replace("__", "."): value for name, value in used.items()}) if part.facts]


@pytest.mark.parametrize(
    ("text", "value", "pieces"),
    [
        ("Hello Edith, Edith!", "Edith", ["Edith", "Edith"]),
        ("Meredith and Edithson", "Edith", []),
        ("It is 48,000 EUR a year.", 48000.0, ["48,000"]),
        ("Das sind 48.000 EUR im Jahr.", 48000.0, ["48.000"]),
        ("148,000 or 48,000.50 or 48,0001", 48000.0, []),
        ("48 of them, not 48,000", 48, ["48"]),
        ("It ends on 12 December 2026.", "2026-12-12", ["12 December 2026"]),
        ("Es endet am 12. Dezember 2026.", date(2026, 12, 12), ["12. Dezember 2026"]),
        ("42.1% of the seats", 0.421, ["42.1%"]),
        ("12% off", 12.0, ["12%"]),
        ("a 3 and an a", 3, []),
        ("yes, true, True", True, []),
        ("sso, audit log", ["sso", "audit log"], ["sso, audit log"]),
        ("none", None, []),
        ("nothing is in it", "", []),
    ],
)
def test_a_value_is_found_as_texts_write_it(text: str, value: Any, pieces: list[str]) -> None:
    assert found(text, deal__x=value) == pieces


def test_a_value_that_was_cut_for_the_text_is_found_too() -> None:
    title = "word " * 100
    shown = " ".join(title.split())[:200]
    assert found(f"About {shown.strip()}", asset__title=title) == [shown.strip()]


def test_of_values_that_overlap_the_longer_one_is_marked_and_one_text_may_be_several_facts() -> None:
    parts = marked("Dear Elm Papers", {"account.name": "Elm Papers", "contact.company": "Elm Papers", "tree": "Elm"})
    assert parts == [Part("Dear "), Part("Elm Papers", ("account.name", "contact.company"))]


def test_without_facts_the_text_is_one_part() -> None:
    assert marked("Hello", {}) == [Part("Hello")]
    assert marked("", {"x": "y"}) == []


@given(
    text=st.text(max_size=60),
    values=st.dictionaries(st.sampled_from(["a.b", "c.d", "e.f"]), st.one_of(st.text(max_size=8), st.integers(), st.floats())),
)
def test_the_parts_are_the_text(text: str, values: dict[str, Any]) -> None:
    assert "".join(part.text for part in marked(text, values)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_values_are_found_whole_and_change_nothing(text: str) -> None:
    parts = marked(f"They wrote: {text.strip()} .", {"ticket.body": text})
    assert "".join(part.text for part in parts) == f"They wrote: {text.strip()} ."
