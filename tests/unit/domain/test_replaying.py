"""Replay: what was decided is decided again from what was stored, and what differs is said."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from pydantic_core import from_json, to_json

from agent.domain.deciding import decide
from agent.domain.decision import ConfidenceRecord, Decision, SensitiveRecord, reason
from agent.domain.evidence import Evidence, OpenProposal
from agent.domain.playbook import Playbook
from agent.domain.plays import Play, Surface
from agent.domain.records import Run
from agent.domain.rules import Rule
from agent.errors import Refused
from agent.graph.context import Composition
from agent.graph.papers import unless_open
from agent.graph.proving import by_template, in_words, proven
from agent.graph.recording import decision_of
from agent.graph.storing import evidence_from_json
from agent.replaying import Replay, replay
from tests.unit.domain import building
from tests.unit.domain.building import AT, evidence, facts, play, rule, surface, touch
from tests.unit.domain.test_deciding import SITUATIONS, rich_playbook

VENDOR = "Tessera"


def letter(id: str = "mail", **changes: Any) -> Play:  # noqa: A002  the catalogue's own word
    """A play with a text, so that nothing stands against sending it."""
    return play(id, content={"subject": {"en": "Hello"}, "body": {"en": "Hello {{ contact.first_name }}."}}, **changes)


def playbook(*rules: Rule, plays: Iterable[Play] = (), on: Surface | None = None) -> Playbook:
    return building.playbook(*rules, plays=list(plays) or [letter()], on=on)


def recorded(book: Playbook, given: Evidence, **changes: Any) -> Decision:
    """The decision as it comes back from the store."""
    run = Run("run_1", "acc", given.event, given.surface, "new", AT)
    judgement, draft = in_words(book, given, decide(book, given), vendor=VENDOR)
    text = None
    if draft is not None:
        judgement, text = proven(book, given, judgement, by_template(draft), vendor=VENDOR)
    decision = unless_open(decision_of(run, book, given, judgement, text), given)
    plain = json.loads(decision.model_copy(update=changes).model_dump_json())
    return Decision.model_validate(plain)


def again(decision: Decision, given: Evidence | None, book: Playbook) -> Replay:
    return replay(decision, given, book, vendor=VENDOR)


def restored(given: Evidence) -> Evidence:
    return evidence_from_json(from_json(to_json(given)))


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_was_stored_gives_the_decision_that_was_recorded(name: str) -> None:
    given = SITUATIONS[name]
    found = again(recorded(rich_playbook(), given), restored(given), rich_playbook())
    assert found.differences == ()
    assert found.same


def test_an_event_that_was_only_recorded_replays_to_itself() -> None:
    only = recorded(playbook(), evidence(), route="suppressed", candidates=[], choice=None, proposal=None)
    found = again(only, None, playbook())
    assert (found.same, found.decided, found.route, found.choice) == (True, False, "suppressed", None)


def test_a_decision_whose_evidence_is_gone_is_not_called_the_same() -> None:
    with pytest.raises(Refused, match="no longer stored"):
        again(recorded(playbook(), evidence()), None, playbook())


@pytest.mark.parametrize(
    ("book", "given", "lines"),
    [
        (playbook(rule(id="stop")), evidence(), ["choice: recorded mail/ann, now nothing", "route: recorded act, now none"]),
        (playbook(on=surface(mode="suggest")), evidence(), ["route: recorded act, now ask"]),
        (playbook(plays=[letter(value="200.0")]), evidence(), ["candidate mail/ann: score: "]),
        (
            playbook(plays=[letter("call")], on=surface(plays=["call"])), evidence(),
            ["candidate mail/ann: only in the record", "candidate call/ann: only now"],
        ),
    ],
)  # fmt: skip
def test_another_playbook_decides_otherwise_and_says_in_what(book: Playbook, given: Evidence, lines: list[str]) -> None:
    found = again(recorded(playbook(), evidence()), given, book)
    assert not found.same
    assert all(any(said.startswith(line) for said in found.differences) for line in lines), found.differences


def test_other_facts_and_touches_show_in_the_clauses() -> None:
    book = playbook(rule("deal.amount > 10", effect="ask"), rule(id="cap", effect={"kind": "cap", "per": "7d", "limit": 1}))
    given = evidence(facts=facts({"deal.amount": 5}))
    found = again(recorded(book, given), replace(given, touches=(touch(1),)), book)
    assert [
        line.partition(":")[0] for line in found.differences if line.startswith("candidate") and ("verdict" in line or "until: recorded" in line)
    ] == ["candidate mail/ann"] * 3
    assert not again(recorded(book, given), replace(given, facts=facts({"deal.amount": 6})), book).same


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"reasons": [reason("required")]}, "reason required (a rule requires this protective play): only in the record"),
        ({"confidence": ConfidenceRecord(value=0.9, calibrated=True, terms={})}, "confidence: value: recorded 0.9, now 1.0"),
        ({"sensitive": SensitiveRecord(value=True, rules=["dispute"])}, "sensitive: value: recorded true, now false"),
        ({"mode": "shadow"}, "mode: recorded shadow, now auto"),
        ({"facts": []}, "fact account.id: only now"),
        ({"model_version": "prior-0"}, "model_version: recorded prior-0, now prior-1"),
    ],
)
def test_every_part_of_the_record_is_compared(changes: dict[str, Any], line: str) -> None:
    given = evidence(facts=facts({"account.id": "acc"}))
    found = again(recorded(playbook(), given, **changes), given, playbook())
    assert line in found.differences


def test_a_changed_word_of_the_content_shows() -> None:
    book, given = playbook(plays=[letter()]), evidence()
    decision = recorded(book, given)
    assert decision.proposal is not None
    assert again(decision, given, book).same
    tampered = decision.proposal.model_copy(update={"content": {**decision.proposal.content, "body": "Hello Bob"}})
    (line,) = again(decision.model_copy(update={"proposal": tampered}), given, book).differences
    assert line == "proposal: content: body: recorded Hello Bob, now Hello Ann."


def test_a_models_words_are_taken_as_recorded_and_proven_again() -> None:
    book, given = playbook(plays=[letter()]), evidence()
    decision = recorded(book, given)
    assert decision.proposal is not None

    def worded(body: str) -> Decision:
        content = {**(decision.proposal.content if decision.proposal else {}), "body": body}
        run = Run("run_1", "acc", given.event, given.surface, "new", AT)
        judgement, text = proven(book, given, decide(book, given), Composition(content, "llm", "hash", {}, ()), vendor=VENDOR)
        return decision_of(run, book, given, judgement, replace(text, used=decision.proposal.used if decision.proposal else {}))

    assert again(worded("Hello Ann, how are you?"), given, book).same
    doubted = worded("Hello Ann, it costs 999 EUR.")
    assert (doubted.route, doubted.reasons[-1].code) == ("ask", "low_confidence")
    assert again(doubted, given, book).same
    assert not again(doubted.model_copy(update={"route": "act"}), given, book).same


def test_the_same_proposal_that_was_open_already_replays_as_such() -> None:
    book, given = playbook(plays=[letter()]), evidence()
    first = recorded(book, given)
    assert first.proposal is not None
    waits = OpenProposal("dec_0", "mail", "", given.account or "", "ann", first.proposal.digest)
    second = recorded(book, replace(given, open_proposals=(waits,)))
    assert (second.route, second.reasons[-1].code) == ("suppressed", "open_proposal")
    assert again(second, replace(given, open_proposals=(waits,)), book).same
    assert not again(second, given, book).same


def test_what_an_older_release_stored_is_replayed_as_it_was_decided_then() -> None:
    """The first edition cut contacts before the rules looked, and let a wait outlive the notice deadline; its evidence names no edition."""
    people = (building.contact("ann"), building.contact("bob"))
    late = rule(id="late", effect={"kind": "defer", "until": "after:5d"})
    book = playbook(rule("contact.opted_out", id="out"), late, plays=[letter(recipient={"at_most": 1})])
    known = facts({"contract.days_to_notice": 2})
    out = tuple(building.fact("contact.opted_out", one.id == "ann", of=one.id) for one in people)
    given = evidence(contacts=people, facts=(*known, *out), event=building.event(subject_kind="contract"), edition=1)
    decision = recorded(book, given)
    stored = {name: value for name, value in from_json(to_json(given)).items() if name != "edition"}

    assert [one.id for one in decision.candidates] == ["do-nothing", "mail/ann"]
    assert again(decision, evidence_from_json(stored), book).same
    today = again(decision, replace(given, edition=2), book)
    assert "candidate mail/bob: only now" in today.differences
