"""Replay: what was decided is decided again from what was stored, and what differs is said."""

import json
from dataclasses import replace
from typing import Any

import pytest

from agent.domain.deciding import decide
from agent.domain.decision import Decision, reason
from agent.domain.evidence import Evidence
from agent.domain.playbook import Playbook
from agent.domain.records import Run
from agent.graph.recording import decision_of
from agent.graph.storing import evidence_from_json, evidence_to_json
from agent.replaying import replay
from tests.unit.domain.building import AT, evidence, facts, play, playbook, rule, surface, touch
from tests.unit.domain.test_deciding import SITUATIONS, rich_playbook


def recorded(book: Playbook, given: Evidence, **changes: Any) -> Decision:
    """The decision as it comes back from the store."""
    run = Run("run_1", "acc", given.event, given.surface, "new", AT)
    decision = decision_of(run, book, given, decide(book, given), None)
    plain = json.loads(decision.model_copy(update=changes).model_dump_json())
    return Decision.model_validate(plain)


def restored(given: Evidence) -> Evidence:
    return evidence_from_json(json.loads(json.dumps(evidence_to_json(given))))


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_was_stored_gives_the_decision_that_was_recorded(name: str) -> None:
    given = SITUATIONS[name]
    found = replay(recorded(rich_playbook(), given), restored(given), rich_playbook())
    assert found.differences == ()
    assert found.same


def test_an_event_that_was_only_recorded_replays_to_itself() -> None:
    found = replay(recorded(playbook(), evidence(), route="suppressed"), None, playbook())
    assert (found.same, found.route, found.choice) == (True, "suppressed", None)


@pytest.mark.parametrize(
    ("book", "given", "lines"),
    [
        (playbook(rule(id="stop")), evidence(), ["choice: recorded mail/ann, now nothing", "route: recorded act, now none"]),
        (playbook(on=surface(mode="suggest")), evidence(), ["route: recorded act, now ask"]),
        (playbook(plays=[play(value="200.0")]), evidence(), ["candidate mail/ann: score: "]),
        (
            playbook(plays=[play("call")], on=surface(plays=["call"])), evidence(),
            ["candidate mail/ann: only in the record", "candidate call/ann: only now"],
        ),
    ],
)  # fmt: skip
def test_another_playbook_decides_otherwise_and_says_in_what(book: Playbook, given: Evidence, lines: list[str]) -> None:
    found = replay(recorded(playbook(), evidence()), given, book)
    assert not found.same
    assert all(any(said.startswith(line) for said in found.differences) for line in lines), found.differences


def test_other_facts_and_touches_show_in_the_clauses() -> None:
    book = playbook(rule("deal.amount > 10", effect="ask"), rule(id="cap", effect={"kind": "cap", "per": "7d", "limit": 1}))
    given = evidence(facts=facts({"deal.amount": 5}))
    found = replay(recorded(book, given), replace(given, touches=(touch(1),)), book)
    assert [line.partition(":")[0] for line in found.differences if "verdict" in line or "until" in line] == ["candidate mail/ann"] * 3
    assert not replay(recorded(book, given), replace(given, facts=facts({"deal.amount": 6})), book).same


@pytest.mark.parametrize("why", [reason("open_proposal"), reason("low_confidence", "the text could not be proven: it names a price")])
def test_a_route_that_was_changed_after_deciding_is_no_difference(why: Any) -> None:
    book, given = playbook(), evidence()
    assert replay(recorded(book, given, route="suppressed", reasons=[why]), given, book).same
    assert not replay(recorded(book, given, route="suppressed"), given, book).same
