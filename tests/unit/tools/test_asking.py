"""What is asked of a message, whatever comes with it."""

from typing import Any

import pytest

from tools.asking import MOST_SENTENCES, article_queries, further_queries, is_automatic, own_words

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
    assert own_words(f"The export stops.\n\n{quoted}").strip() == "The export stops."


def test_a_message_that_is_nothing_but_a_quote_is_still_read_from_its_first_line() -> None:
    assert own_words("-----Original Message-----\nThe export stops.").endswith("The export stops.")


def test_of_html_what_a_reader_sees_is_asked() -> None:
    assert own_words("<div><style>p{color:red}</style><p>The <b>export</b> stops &amp; fails</p></div>").strip() == "The export stops & fails"
    assert own_words("if a < b then the export stops") == "if a < b then the export stops"


@pytest.mark.parametrize(
    "subject",
    ["Automatic reply: Your ticket", "Out of Office: back on Monday", "Abwesenheitsnotiz", "AW: Automatische Antwort: Frage", "Réponse automatique",
     "Undelivered Mail Returned to Sender", "Delivery Status Notification (Failure)", "Out of the office"],
)  # fmt: skip
def test_a_machines_answer_asks_nothing(subject: str) -> None:
    assert is_automatic(ticket(subject))
    assert article_queries(ticket(subject, "I am away. How do I export?")) == further_queries(ticket(subject, "How do I export it?")) == []


@pytest.mark.parametrize("subject", ["How do I set up an automatic reply?", "Our office is out of paper", "Flow: out of office rule stops"])
def test_a_question_about_such_answers_is_a_question(subject: str) -> None:
    assert article_queries(ticket(subject)) == [subject]


@pytest.mark.parametrize("body", EMPTY)
def test_an_empty_ticket_asks_nothing(body: str) -> None:
    assert article_queries(ticket("", body)) == further_queries(ticket("", body)) == []


def test_what_is_very_long_or_no_text_is_cut() -> None:
    megabyte, base64 = "export stops " * 80_000, "QUJD" * 50_000
    assert all(len(query) < 500 for query in article_queries(ticket(megabyte, megabyte)) + further_queries(ticket("", megabyte)))
    assert article_queries(ticket("Export", f"{base64}\nIt stops at once.")) == ["Export", "Export It stops at once."]
    assert len(further_queries(ticket("", "The export stops again today. " * 500))) == MOST_SENTENCES


def test_the_latest_message_is_asked_sentence_by_sentence_and_codes_of_the_whole_ticket_together() -> None:
    later = "Hi Ann,\nthanks, that works. Now the audit log cannot be exported, it says TS-3005."
    assert further_queries(ticket("Login", "We get TS-1012 when we sign in.", later)) == [
        "TS-1012 TS-3005", "Now the audit log cannot be exported, it says TS-3005.",
    ]  # fmt: skip
