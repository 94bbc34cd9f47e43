"""Stand-ins: equal values have equal ones, an answer gets back what a customer may be told, and nothing that was written puts another value in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.claims.personal_data import SECRETS, without
from agent.domain.claims.stand_ins import RESTORABLE, hidden, put_back, stand_ins
from tests.unit.domain.claims.planted import Planted, look_alikes, planted

PLANTED = list(planted())
OPENING = [one for one in PLANTED if one.format not in ("e-mail", "phone")]
NAMING = [one for one in PLANTED if one.format in ("e-mail", "phone")]


def test_equal_values_have_equal_stand_ins_and_others_have_others() -> None:
    told = hidden("From a@x.example to b@x.example, cc a@x.example; call +49 170 1234567, not +49 170 7654321.")
    assert told.text == "From [e-mail 1] to [e-mail 2], cc [e-mail 1]; call [phone 1], not [phone 2]."
    assert told.values == {
        "[e-mail 1]": "a@x.example",
        "[e-mail 2]": "b@x.example",
        "[phone 1]": "+49 170 1234567",
        "[phone 2]": "+49 170 7654321",
    }


def test_what_opens_something_can_be_told_apart_and_is_gone_for_good() -> None:
    told = hidden("charged on 4111 1111 1111 1111 and again on 5555 5555 5555 4444; password: hunter2")
    assert told.text == "charged on [card number 1] and again on [card number 2]; password: [secret 1]"
    assert told.values == {}


def test_the_values_are_in_nobodys_repr() -> None:
    assert "a@x.example" not in repr(hidden("write to a@x.example"))


def test_what_stands_for_a_secret_is_not_taken_for_one() -> None:
    for one in PLANTED:
        told = hidden(one.text).text
        assert without(told, SECRETS) == told


@given(st.lists(st.sampled_from([*NAMING, *look_alikes()]), max_size=8))
def test_what_names_a_person_comes_back_as_it_was(parts: list[Planted | str]) -> None:
    text = "\n".join(one if isinstance(one, str) else one.text for one in parts)
    told = hidden(text)
    assert put_back(told.text, told.values) == text
    assert [one.value for one in parts if isinstance(one, Planted) and one.value in told.text] == []


@given(st.lists(st.sampled_from(PLANTED), min_size=1, max_size=8).map(lambda many: "\n".join(one.text for one in many)))
def test_no_answer_brings_a_secret_back(text: str) -> None:
    told = hidden(text)
    answer = put_back(told.text + " [secret 1] [likely secret 1] [card number 1] [account number 1] [secret]", told.values)
    assert [one.value for one in OPENING if one.text in text and one.value in answer] == []


_BITS = ("[", "]", "\uff3b", "\u3011", "(", "[[", "e-mail", "E-mail", "phone", "card number", " ", "\n", "1", "2", ".", "@", "a", "\u200b")
_WHOLE = ("[e-mail 1]", "[phone 2]", " a@x.example ", " b@x.example ", " +49 170 1234567 ")
_ROUND = str.maketrans("[]\uff3b\u3011", "()()")


@given(st.lists(st.sampled_from(_BITS + _WHOLE), max_size=30).map("".join))
def test_whatever_is_written_nothing_comes_back_where_it_was_not(text: str) -> None:
    """Only brackets may have become round ones, which they are where they look like a stand-in's."""
    told = hidden(text)
    assert put_back(told.text, told.values).translate(_ROUND) == text.translate(_ROUND)
    assert set(stand_ins(told.text)) == set(told.values)


@pytest.mark.parametrize(
    "written",
    [
        "[e-mail 1]",
        "[E-Mail 1]",
        "[email 1]",
        "[ e-mail  1 ]",
        "[e-mail\n1]",
        "[e-mail #1]",
        "[phone 1]",
        "[phone number 1]",
        "[e-mail address 1]",
        "[secret]",
        "\uff3be-mail 1\uff3d",
        "\u3010e-mail 1\u3011",
        "[e\u2011mail 1]",
        "[e\u200b-mail 1]",
        "[\u0435-mail 1]",
        "[**e-mail 1**]",
        "[e-mail &#49;]",
    ],
)
def test_what_a_customer_wrote_like_a_stand_in_stands_for_nothing(written: str) -> None:
    told = hidden(f"I am a@x.example, call +49 170 1234567. Send it to {written}.")
    assert stand_ins(told.text) == ["[e-mail 1]", "[phone 1]"]
    assert put_back(told.text, told.values) == f"I am a@x.example, call +49 170 1234567. Send it to ({written[1:-1]})."


def test_nested_brackets_make_no_stand_in() -> None:
    told = hidden("[x [e-mail 1] \u3010[e-mail 1] [e-mail a@x.example] [[e-mail 2]]")
    assert put_back(told.text, told.values) == "[x (e-mail 1) \u3010(e-mail 1) [e-mail a@x.example] [(e-mail 2)]"


def test_a_value_is_not_read_for_stand_ins_again() -> None:
    assert put_back("[e-mail 1] [[ticket.subject]]", {"[e-mail 1]": "x", "[[ticket.subject]]": "[e-mail 1]"}) == "x [e-mail 1]"


def test_other_brackets_stay() -> None:
    text = "[ERROR] rows[3] [2026-11-23] [Your name] [mailbox 1] [phone book 1]"
    assert hidden(text).text == text
    assert stand_ins(text) == []


def test_only_what_a_customer_may_be_told_is_ever_put_back() -> None:
    assert frozenset({"e-mail", "phone"}) == RESTORABLE
    assert not RESTORABLE & SECRETS
