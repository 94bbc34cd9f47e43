"""What cannot be put into words does not win: the next best does, or nothing, and what is missing is named."""

from dataclasses import replace
from typing import Any

from agent.domain.deciding import Judgement, decide
from agent.domain.evidence import Evidence
from agent.domain.playbook import Playbook
from agent.domain.plays import Play
from agent.graph.proving import in_words
from tests.unit.domain.building import event, evidence, play, playbook, rule, surface, task


def letter(id: str, body: str, **changes: Any) -> Play:  # noqa: A002  the catalogue's own word
    return play(id, content={"subject": {"en": "Hello"}, "body": {"en": body}}, **changes)


def settled(book: Playbook, given: Evidence) -> Judgement:
    judgement, draft = in_words(book, given, decide(book, given), vendor="Tessera")
    assert (draft is None) == (judgement.chosen is None)
    return judgement


BEST = letter("best", "From {{ deal.name }}.", value="40.0")
NEXT = letter("next", "Hello.", value="30.0")


def test_what_can_be_written_wins() -> None:
    assert settled(playbook(plays=[BEST, NEXT]), evidence({"deal.name": "Acme"})).choice == "best/ann"


def test_what_its_text_lacks_a_value_for_is_not_possible_and_the_next_best_wins() -> None:
    found = settled(playbook(plays=[BEST, NEXT]), evidence())

    assert found.choice == "next/ann"
    assert found.verdicts["best/ann"].verdict == "forbid"
    assert "deal.name" in found.counterfactuals["best/ann"]


def test_where_nothing_else_is_left_nothing_is_done_and_the_value_is_named() -> None:
    found = settled(playbook(plays=[BEST]), evidence())

    assert (found.route, found.choice) == ("none", None)
    assert any(one.code == "fact_missing" and "deal.name" in one.text for one in found.reasons)


def test_a_required_play_is_told_in_plain_words_rather_than_not_done() -> None:
    escalate = task("escalate", protective=True, content={"subject": {"en": "P1"}, "body": {"en": "For {{ deal.name }}."}})
    book = playbook(rule("true", effect={"kind": "require", "of": ["escalate"]}), plays=[escalate])
    given = evidence({"ticket.subject": "All dark"})

    judgement, draft = in_words(book, given, decide(book, given), vendor="Tessera")

    assert judgement.choice == "escalate"
    assert draft is not None
    assert "All dark" in draft.content["body"]


def test_where_the_choice_is_drawn_the_chances_are_those_of_what_can_be_written() -> None:
    plays = [BEST, NEXT, letter("third", "For {{ deal.name }}.", value="20.0"), letter("last", "Hi.", value="10.0")]
    book = playbook(plays=plays, on=surface(plays=[one.id for one in plays], explore={"epsilon": 0.2}))
    seen = set()
    for number in range(60):
        given = replace(evidence(), event=event(id=f"evt-{number}"))
        found = settled(book, given)
        assert set(found.chances) == {"next/ann", "last/ann"}
        assert sum(found.chances.values()) == 1.0
        assert settled(book, given).choice == found.choice
        seen.add(found.choice)
    assert seen == {"next/ann", "last/ann"}
