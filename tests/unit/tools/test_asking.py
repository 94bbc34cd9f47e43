"""What is asked of a message, whatever comes with it."""

from typing import Any

import pytest

from agent.playbook.loader import DEFAULT, load
from tools.asking import MOST_SENTENCES, article_queries, automatic_by, further_queries, heard

WORDS = load(DEFAULT).triage
EMPTY: tuple[str, ...] = ("", "   ", "\n\n", "<p></p>", "<script>alert(1)</script>")


def ticket(subject: str = "", body: str = "", *later: str) -> dict[str, Any]:
    return {"subject": subject, "body": body, "messages": [{"by": "customer", "body": text} for text in later]}


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 23 Nov 2026 at 10:00, Ann <ann@x.example> wrote:\nHow do I rotate keys?",
        "Am 23.11.2026 um 10:00 schrieb Ann <ann@x.example>:\nWie geht das?",
        "Le lun. 23 nov. 2026 à 10:00, Ann a écrit :\nComment faire ?",
        "-----Original Message-----\nFrom: Ann\nHow do I rotate keys?",
        "________________________________\nFrom: Ann",
        "> How do I rotate keys?\n> Ann",
        "-- \nAnn Lee, Rotating Keys Ltd",
    ],
)
def test_what_was_written_before_and_signatures_are_not_asked(quoted: str) -> None:
    assert heard(ticket(body=f"The export stops.\n\n{quoted}")).messages == ("The export stops.",)


def test_a_message_that_is_nothing_but_a_quote_is_still_read_from_its_first_line() -> None:
    (message,) = heard(ticket(body="-----Original Message-----\nThe export stops.")).messages
    assert message.endswith("The export stops.")


def test_of_html_what_a_reader_sees_is_asked() -> None:
    shown = "<div><style>p{color:red}</style><p>The <b>export</b> stops &amp; fails</p></div>"
    assert heard(ticket(body=shown)).messages == ("The export stops & fails",)
    assert heard(ticket(body="if a < b then the export stops")).opening == "if a < b then the export stops"


@pytest.mark.parametrize(
    "subject",
    ["Automatic reply: Your ticket", "Out of Office: back on Monday", "Abwesenheitsnotiz", "Automatische Antwort: Frage", "Réponse automatique",
     "Undelivered Mail Returned to Sender", "Delivery Status Notification (Failure)", "Out of the office"],
)  # fmt: skip
def test_a_machine_wrote_it_as_its_subject_says(subject: str) -> None:
    away = ticket(subject, "I am away. How do I export?")
    assert automatic_by(away, heard(away), WORDS) == "words"


@pytest.mark.parametrize(
    "subject", ["Re: Automatic reply: Your ticket", "Out of the office messages are not sent", "How do I set up an automatic reply?"]
)
def test_a_person_wrote_it_who_writes_of_such_answers_or_to_one(subject: str) -> None:
    asked = ticket(subject, "How do I export?")
    assert automatic_by(asked, heard(asked), WORDS) is None


@pytest.mark.parametrize("subject", ["How do I set up an automatic reply?", "Our office is out of paper", "Flow: out of office rule stops"])
def test_a_question_about_such_answers_is_a_question(subject: str) -> None:
    assert article_queries(heard(ticket(subject))) == [subject]


@pytest.mark.parametrize("body", EMPTY)
def test_an_empty_ticket_asks_nothing(body: str) -> None:
    assert article_queries(heard(ticket("", body))) == further_queries(heard(ticket("", body))) == []


def test_what_is_very_long_or_no_text_is_cut() -> None:
    megabyte, base64 = "export stops " * 80_000, "QUJD" * 50_000
    assert all(len(query) < 500 for query in article_queries(heard(ticket(megabyte, megabyte))) + further_queries(heard(ticket("", megabyte))))
    assert article_queries(heard(ticket("Export", f"{base64}\nIt stops at once."))) == ["Export", "Export It stops at once."]
    assert len(further_queries(heard(ticket("", "The export stops again today. " * 500)))) == MOST_SENTENCES


def test_the_latest_message_is_asked_sentence_by_sentence_and_codes_of_the_whole_ticket_together() -> None:
    later = "Hi Ann,\nthanks, that works. Now the audit log cannot be exported, it says TS-3005."
    assert further_queries(heard(ticket("Login", "We get TS-1012 when we sign in.", later))) == [
        "TS-1012 TS-3005", "Now the audit log cannot be exported, it says TS-3005.",
    ]  # fmt: skip
