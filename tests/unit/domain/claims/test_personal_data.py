"""Personal data in free text: all that was planted is found, what only looks like it is left alone, and a mark brings its value back."""

from collections import Counter
from itertools import pairwise

import pytest

from agent.domain.claims.personal_data import EVERYTHING, SECRETS, personal_data, without
from tests.unit.domain.claims.planted import EACH, FORMATS, look_alikes, planted

PLANTED = list(planted())


def test_every_planted_value_is_found() -> None:
    missed = Counter(one.format for one in PLANTED if one.value in without(one.text))
    assert len(PLANTED) == EACH * len(FORMATS) >= 300
    assert missed == Counter()


def test_what_only_looks_like_it_is_left_alone() -> None:
    texts = list(look_alikes())
    assert len(texts) > 300
    assert [text for text in texts if without(text) != text] == []


def test_only_the_kinds_that_were_asked_for_go() -> None:
    text = "ann@example.com paid with 4111 1111 1111 1111"
    assert without(text, SECRETS) == "ann@example.com paid with [card number]"
    assert [one.kind for one in personal_data(text, EVERYTHING)] == ["e-mail", "card number"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("card 4111 1111 1111 1112", ["card number"]),  # a typing error, but it is called a card
        ("order 4111111111111112", []),
        ("0000 0000 0000 0000", []),
        ("IBAN DE89 3704 0044 0532 0130 01", ["account number"]),  # likewise
        ("ref DE89370400440532013001", []),
        ("DE89 3704 0044 0532 0130 00 please", ["account number"]),
        ("postgres://app:s3cr3t@db.example.com/x", ["secret"]),
        ("https://example.com/a@b:8080/x", []),
        ("Bearer documents are needed", []),
        ("the PIN is 4821", ["secret"]),
        ("reset the password and sign in", []),
        ("Passwort ist falsch", []),
        ("our token is expired", []),
        ("reset the password: click Forgot password", []),
        ("the password is wrong.", []),
        ("password: swordfish", ["secret"]),
        ("Passwort ist Fuji4you", ["secret"]),
        ("the password is 'swordfish' now", ["secret"]),
        ("token=swordfish", ["secret"]),
        ("password: abc1 pin: 4821", ["secret", "secret"]),
        ("see customer-success-2026-renewal-plan-q4-final", []),
        ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", []),
        ("token: 3f2504e0-4f89-41d3-9a0c-0305e82c3301", ["secret"]),
        ("+49 (0)30 901820 or 192.168.10.20", ["phone"]),
        ("from 2026-11-23 to 24.11.2026", []),
    ],
)
def test_one_by_one(text: str, kinds: list[str]) -> None:
    assert [one.kind for one in personal_data(text)] == kinds


def test_brackets_around_a_number_stay_and_those_of_its_area_go_with_it() -> None:
    assert without("mine (+49 170 1234567) or (415) 555-2671, (+49) 170 1234567") == "mine ([phone]) or [phone], [phone]"


def test_nothing_is_found_twice_and_all_of_it_in_its_order() -> None:
    found = personal_data("sk-abcdefghij1234567890 then a@b.example, +49 170 1234567, a@b.example")
    assert [one.kind for one in found] == ["secret", "e-mail", "phone", "e-mail"]
    assert all(before.end <= after.start for before, after in pairwise(found))
