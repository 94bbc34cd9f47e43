"""What a person says is found among what mail programs put around it, and whatever comes in is bounded."""

import base64

import pytest

from tools.ticket_text import LONGEST, readable

BYTES = bytes(range(256)) * 20


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("", ""),
        ("help", "help"),
        (" \n\t ", ""),
        ("x < 5 and y > 3 fails", "x < 5 and y > 3 fails"),
        ("<p>Hello</p><div>The export <b>fails</b></div><script>refund()</script>", "Hello\n\nThe export fails"),
        ("<div>It fails</div><blockquote>old: refund me</blockquote>", "It fails"),
        ("<blockquote>It is all quoted</blockquote>", "It is all quoted"),
        ("It fails.\n\nOn Tue, 3 Nov 2026 at 10:00, Bob <b@x.example> wrote:\n> refund me", "It fails."),
        ("Es geht nicht.\n\nAm 3.11.2026 um 10:00 schrieb Tessera Support <s@t.example>:\nGuten Tag", "Es geht nicht."),
        ("Toujours pas.\n\nLe mar. 3 nov. 2026 \u00e0 10:00, Bob a \u00e9crit :\n> bonjour", "Toujours pas."),
        ("Sigue igual.\n\nEl mar, 3 nov 2026 a las 10:00, Bob escribi\u00f3:\n> hola", "Sigue igual."),
        ("See below\n-----Original Message-----\nFrom: x\nrefund", "See below"),
        ("Kurz dazu\n\nVon: Ann\nGesendet: heute\nAn: Bob\nBetreff: x\n\nalt", "Kurz dazu"),
        ("It fails.\n\nBest regards,\nAnn\nHead of Refunds", "It fails."),
        ("Es geht nicht\nMit freundlichen Gr\u00fc\u00dfen\nAnn", "Es geht nicht"),
        ("It fails\n-- \nAnn, Acme", "It fails"),
        ("It fails\nSent from my iPhone", "It fails"),
        ("> only quoted\n> text", "only quoted\ntext"),
        ("You wrote:\n> old\nmy answer", "You wrote:\n\nmy answer"),
        ("See https://example.com/" + "a" * 9 + "/x?" + "b=1&" * 30, "See https://example.com/" + "a" * 9 + "/x?" + "b=1&" * 30),
    ],
)
def test_what_is_said(message: str, said: str) -> None:
    assert readable(message) == said


@pytest.mark.parametrize(
    "wall",
    [
        base64.b64encode(BYTES).decode(),
        base64.encodebytes(BYTES).decode(),
        "data:image/png;base64," + base64.b64encode(BYTES).decode(),
        "0" * 5_000,
    ],
    ids=["base64", "base64 in lines", "data address", "zeros"],
)
def test_walls_are_skipped_and_what_stands_beside_them_is_read(wall: str) -> None:
    said = readable(f"The file:\n{wall}\nIt fails.")
    assert said.startswith("The file:")
    assert said.endswith("It fails.")
    assert len(said) < 40


def test_scripts_without_blanks_are_no_wall() -> None:
    japanese = "\u30b7\u30d5\u30c8\u304c\u91cd\u8907\u3057\u3066\u3044\u307e\u3059" * 12
    assert readable(japanese) == japanese


@pytest.mark.parametrize(
    "unit", ["a", "a ", "<", "<p", "<blockquote ", "> ", "\n", "on ", "From: x\n", "-- ", "best regards \n", "_", "&amp;", "\ud800"]
)
def test_a_megabyte_of_anything_is_bounded(unit: str) -> None:
    assert len(readable(unit * (1_000_000 // len(unit)))) <= LONGEST


@pytest.mark.parametrize("word", ["--", "best regards", "On Monday", ">", "sent from my phone", "<p"])
@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", "-", "_"])
def test_a_long_run_with_something_behind_it_costs_no_more_than_reading_it(word: str, blank: str) -> None:
    """Were the time to grow with its square, this would take minutes, and with its cube it would never end."""
    assert len(readable(f"It fails\n{word}{blank * 50_000}x\nstill")) <= LONGEST
