"""Every fact has a name in plain words, and sentences that name facts are said in them."""

import re
from pathlib import Path

import pytest

from agent.domain.decision import reason
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.fact_names import CALLED, called, in_words
from agent.playbook.expressions import expressions_of
from agent.playbook.loader import DEFAULT, STARTER, load
from agent.scene import NAMES


def test_every_fact_of_the_catalogue_is_called_something() -> None:
    assert CATALOGUE.keys() - CALLED.keys() == set()


@pytest.mark.parametrize("name", sorted(CALLED))
def test_a_name_is_plain_words(name: str) -> None:
    said = called(name)
    assert re.fullmatch(r"[A-Za-z0-9' -]+", said), "no dots and no underscores"
    assert not said.startswith("the ") or CATALOGUE[name].type == "flag", "an article stands before it in a sentence"
    assert not re.search(r"\b(arr|pct|id_|csat)\b", said)


def test_no_two_facts_are_called_the_same() -> None:
    assert len(set(CALLED.values())) == len(CALLED)


@pytest.mark.parametrize("folder", [DEFAULT, STARTER], ids=["default", "starter"])
def test_every_fact_that_a_playbook_reads_has_a_name(folder: Path) -> None:
    read = {name for expression in expressions_of(load(folder)) for name in expression.compile().names}
    assert read, "else nothing is proven"
    assert read - CALLED.keys() == set()


def test_everything_that_a_template_may_print_has_a_name() -> None:
    assert NAMES - CALLED.keys() == set()


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ("family.open_p1_tickets is not known", "the number of open P1 tickets in the account family is not known"),
        (
            "deal.rate is out of date ('Offer the discount' could not be valued)",
            "the exchange rate is out of date ('Offer the discount' could not be valued)",
        ),
        ("contact.left_company is not known", "whether the recipient has left the company is not known"),
        ("they left (cannot be ruled out: contact.left_company, contact.role is not known)",
         "they left (cannot be ruled out: whether the recipient has left the company, the role of the recipient is not known)"),
        ("the content shows deal.amount = 20, it is 30 now", "the content shows deal amount: 20, it is 30 now"),
        ("was true (owner.away = no), is false (owner.away = yes)", "was true (the owner is away: no), is false (the owner is away: yes)"),
    ],
)  # fmt: skip
def test_sentences_name_facts_in_words(recorded: str, said: str) -> None:
    assert in_words(recorded) == said
    assert reason("fact_missing", recorded).said == said


@pytest.mark.parametrize(
    "text",
    [
        "see https://example.com/deal.amount",
        "write to deal.name@example.com",
        "deal.stage_changed",
        "nextplay.deal.amount",
        "no-selling-during-open-p1",
    ],
)
def test_what_is_no_fact_stays_as_it_is(text: str) -> None:
    assert in_words(text) == text
