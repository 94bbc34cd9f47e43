"""A letter is what was approved, in the name that may be under it, and nobody's text adds a header to it."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.evidence import Person
from integrations.mail.letters import NotALetter, Stationery, letter
from tests.unit.domain.building import AT

OURS = Stationery(("acme.example", "Acme.test"))
HEADERS = {"Message-ID", "Date", "From", "To", "Subject", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
BODY = "Grüße\n.\n.. and on\nFrom here\n"
PAYLOAD = {"to": "ann@buyer.example", "contact": "c 1", "subject": "Größe zählt", "body": BODY, "purpose": "marketing"}


def written(stationery: Stationery = OURS, *, name: str = "Mia Ortega", email: str = "mia@acme.example", **payload: Any) -> EmailMessage:
    made = letter("np-1f", {**PAYLOAD, **payload}, Person("mia", email, name, ()), stationery, AT)
    assert made.data.isascii()
    assert b"\n" not in made.data.replace(b"\r\n", b"")
    return message_from_bytes(made.data, policy=default)


def text_of(made: EmailMessage) -> str:
    return str(made.get_content()).replace("\r\n", "\n")


def test_it_is_plain_text_from_the_owner_to_whom_it_was_approved_for() -> None:
    made = written()
    assert set(made.keys()) == HEADERS
    assert (str(made["From"]), str(made["To"])) == ("Mia Ortega <mia@acme.example>", "ann@buyer.example")
    assert (str(made["Subject"]), made["Date"].datetime) == ("Größe zählt", AT)
    assert (made.get_content_type(), text_of(made)) == ("text/plain", BODY)


def test_its_id_is_the_effects_own_and_always_the_same() -> None:
    assert [str(written()["Message-ID"]) for _ in range(2)] == ["<np-1f@acme.example>"] * 2


def test_a_shared_address_sends_in_the_owners_name_and_answers_go_to_the_owner() -> None:
    made = written(Stationery(("acme.example",), shared="hello@acme.example"))
    assert str(made["From"]) == "Mia Ortega <hello@acme.example>"
    assert str(made["Reply-To"]) == "Mia Ortega <mia@acme.example>"


@pytest.mark.parametrize(
    ("purpose", "where", "header"),
    [
        ("marketing", "mailto:stop@acme.example", "<mailto:stop@acme.example>"),
        ("marketing", "https://acme.example/stop?who={contact}", "<https://acme.example/stop?who=c%201>"),
        ("marketing", None, None),
        ("contractual", "mailto:stop@acme.example", None),
        ("service", "mailto:stop@acme.example", None),
    ],
)
def test_who_can_be_tired_of_it_can_say_so(purpose: str, where: str | None, header: str | None) -> None:
    assert written(Stationery(("acme.example",), unsubscribe=where), purpose=purpose)["List-Unsubscribe"] == header


@pytest.mark.parametrize("email", ["mia@elsewhere.example", "mia@acme.example.evil.example", "mia@sub.acme.example", "mia@notacme.example"])
def test_nothing_is_sent_in_a_name_at_somebody_elses_domain(email: str) -> None:
    with pytest.raises(NotALetter, match="is not at a domain that mail is sent from"):
        written(email=email)


def test_the_case_of_a_domain_does_not_matter() -> None:
    assert str(written(email="mia@ACME.Test")["Message-ID"]) == "<np-1f@acme.test>"


@pytest.mark.parametrize(
    "to",
    [
        "", "ann", "@buyer.example", "ann@", "ann@buyer", "ann@@buyer.example", "a b@buyer.example", "ann@buyer.example, eve@x.test",
        "ann@buyer.example\r\nBcc: eve@x.test", "ann@buyer.example\n", "Ann <ann@buyer.example>", "ann@buyer.example>\r\nRCPT TO:<eve@x.test",
        "ann@buyer.example;eve@x.test", "änn@buyer.example", "ann..b@buyer.example", ".ann@buyer.example", "ann.@buyer.example",
        '"ann"@buyer.example', "ann@[10.0.0.1]", "ann@-buyer.example", "a" * 65 + "@buyer.example", "ann@buyer.example\x00",
    ],
)  # fmt: skip
def test_what_is_no_single_plain_address_gets_nothing(to: str) -> None:
    with pytest.raises(NotALetter, match="the recipient's address is none that mail can be sent to"):
        written(to=to)


@pytest.mark.parametrize("breaks", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00", "\ud800"])
def test_a_line_break_in_the_subject_is_refused_and_one_in_a_name_is_a_space(breaks: str) -> None:
    with pytest.raises(NotALetter, match="the subject has a line break or another invisible sign in it: edit it"):
        written(subject=f"Hello{breaks}Bcc: eve@x.test")
    made = written(name=f"Mia{breaks}Bcc: eve@x.test")
    assert set(made.keys()) == HEADERS
    assert made["From"].addresses[0].display_name == "Mia Bcc: eve@x.test"
    assert made["From"].addresses[0].addr_spec == "mia@acme.example"


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ({"subject": " "}, "no subject"), ({"subject": "x" * 401}, "longer than 400"), ({"body": "\n"}, "no text"),
        ({"body": "a\rb"}, "an invisible sign"), ({"body": "a\x00b"}, "an invisible sign"), ({"body": "a\u2028b"}, "an invisible sign"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_as_it_is_says_what_to_edit(payload: dict[str, Any], says: str) -> None:
    with pytest.raises(NotALetter, match=f"{says}.*: edit it"):
        written(**payload)


@settings(deadline=None)
@given(subject=st.text(max_size=200), name=st.text(max_size=120), body=st.text(max_size=400), to=st.text(max_size=60))
def test_whatever_the_texts_are_there_is_a_letter_as_it_was_meant_or_none(subject: str, name: str, body: str, to: str) -> None:
    stationery = Stationery(("acme.example",), "hello@acme.example", "mailto:stop@acme.example")
    try:
        made = written(stationery, subject=subject, name=name, body=body)
    except NotALetter:
        return
    assert set(made.keys()) == HEADERS | {"Reply-To", "List-Unsubscribe"}
    assert len(made.keys()) == len(set(made.keys()))
    assert [one.addr_spec for one in made["To"].addresses] == ["ann@buyer.example"]
    assert [one.addr_spec for one in made["From"].addresses] == ["hello@acme.example"]
    assert text_of(made) == body.replace("\r\n", "\n").strip("\n") + "\n"
    with pytest.raises(NotALetter):
        written(to=to)
