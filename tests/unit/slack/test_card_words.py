"""What a card says of an ask, and what it keeps to itself."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.domain.decision import Reason
from agent.domain.plays import Step
from agent.domain.records import ApprovalState
from integrations.slack.card import Card, mentioned, render
from integrations.telling.case import Case
from tests.acceptance.slack.desks import text_of
from tests.unit.cli.made import AT, decision
from tests.unit.db.build import approval
from tests.unit.slack.extremes import PLAY


def shown(why: str, state: ApprovalState, code: str = "superseded") -> str:
    """The words of a card whose ask was ended for a reason, which stands among the decision's reasons too."""
    made = decision()
    made = made.model_copy(update={"reasons": [*made.reasons, Reason(code=code, text=why)]})
    ended = replace(approval(), state=state, ended=why, at=AT)
    return " ".join(text_of({"blocks": render(Card(Case(made, AT, "EUR"), ended, PLAY, {})).blocks}).split())


def test_a_card_that_was_replaced_names_no_other_decision() -> None:
    words = shown("superseded by dec_99999999", "superseded")
    assert "Replaced by a newer proposal" in words
    assert "superseded" not in words
    assert "dec_99999999" not in words
    assert "You are asked because" in words, "the reasons for asking stay"


@pytest.mark.parametrize(
    ("why", "state", "code", "said"),
    [
        ("blocked: the account sues us", "blocked", "blocked", "Blocked by an operator , 2"),
        ("held as part of a bulk change: 40 in a minute", "superseded", "bulk_hold", "Taken back , 2"),
    ],
)
def test_why_an_ask_was_ended_is_nobodys_words(why: str, state: ApprovalState, code: str, said: str) -> None:
    words = shown(why, state, code)
    assert said in words
    assert f": {why.removeprefix('blocked: ')}" in words
    assert "“" not in words
    assert words.count(why.removeprefix("blocked: ")) == 1, "it came later, so it is not why somebody was asked"


def test_a_refund_is_told_with_its_currency_from_the_title_on() -> None:
    made = decision()
    assert made.proposal is not None
    made = made.model_copy(update={"proposal": made.proposal.model_copy(update={"params": {"refund": 1417.57}})})
    card = Card(Case(made, AT, "EUR"), approval(), PLAY, {})
    assert card.title.endswith("· 1,417.57 EUR")
    assert "refund 1,417.57 EUR" in text_of({"blocks": render(card).blocks})


@pytest.mark.parametrize(
    ("by", "reader", "said"),
    [("ann@x.example", "ann@x.example", "by you ,"), ("ann@x.example; ben@x.example", "ann@x.example", "by ben@x.example ,")],
)
def test_who_passed_it_on_last_is_named(by: str, reader: str, said: str) -> None:
    ask = replace(approval(), state="open", asked=("cat@x.example",), passed_on_by=by, passed_on_at=AT, expires_at=AT + timedelta(hours=1))
    words = " ".join(text_of({"blocks": render(Card(Case(decision(), AT), ask, PLAY, {}, reader=reader)).blocks}).split())
    assert f"Passed on to cat@x.example {said}" in words


def test_who_answered_is_quoted() -> None:
    card = Card(
        Case(decision(), AT, "EUR"), replace(approval(), state="rejected", answered_by="ada@x.example", note="not before May", at=AT), PLAY, {}
    )
    assert "“not before May”" in text_of({"blocks": render(card).blocks})


def test_that_a_choice_was_drawn_is_told_and_is_not_why_somebody_is_asked() -> None:
    made = decision()
    drawn = Reason(code="explored", text="it was drawn to learn what it does; 'Call' would be worth more by expectation")
    made = made.model_copy(update={"reasons": [*made.reasons, drawn]})
    words = " ".join(text_of({"blocks": render(Card(Case(made, AT, "EUR"), approval(), PLAY, {})).blocks}).split())
    asked, _, rest = words.partition("You are asked because")[2].partition(".")
    assert "drawn" not in asked
    assert rest.strip().startswith("It was drawn to learn what it does; 'Call' would be worth more by expectation.")


@pytest.mark.parametrize(("state", "by", "told"), [("open", "mail", True), ("open", "owner", False), ("approved", "mail", False)])
def test_whoever_is_asked_knows_that_a_yes_mails_it(state: ApprovalState, by: str, told: bool) -> None:
    play = PLAY.model_copy(update={"steps": (Step.model_validate({"do": "send_content", "by": by}),)})
    words = text_of({"blocks": render(Card(Case(decision(), AT, "EUR"), replace(approval(), state=state), play, {})).blocks})
    assert ("It is mailed as it stands here, in its owner's name." in words) is told


ALLOWED, ASKED = [tuple(f"{which}{n}@example.com" for n in range(7)) for which in ("allowed", "asked")]
EVERYBODY = {email: f"U{number}" for number, email in enumerate([*ALLOWED, *ASKED, "first@x.example", "last@x.example", "eva@example.com"])}


@pytest.mark.parametrize(
    ("changes", "reader", "named"),
    [
        ({"state": "open"}, None, ALLOWED[:5]),
        ({"state": "approved", "answered_by": "eva@example.com", "at": AT}, None, ["eva@example.com"]),
        ({"state": "open", "passed_on_by": "first@x.example; last@x.example", "passed_on_at": AT}, "eva@example.com", [*ASKED[:5], "last@x.example"]),
    ],
)  # fmt: skip
def test_who_is_named_is_mentioned(changes: dict[str, Any], reader: str | None, named: list[str]) -> None:
    """Only they are looked up: a card that names somebody else would show an address for a colleague."""
    ask = replace(approval(), allowed=ALLOWED, asked=ASKED, expires_at=AT + timedelta(hours=8), **changes)
    known = {email: EVERYBODY[email] for email in mentioned(ask)}
    blocks = [render(Card(Case(decision(), AT, "EUR"), ask, PLAY, members, [ask], reader=reader)).blocks for members in (known, EVERYBODY)]
    assert blocks[0] == blocks[1]
    assert all(f'"{EVERYBODY[email]}"' in json.dumps(blocks[0]) for email in named)
