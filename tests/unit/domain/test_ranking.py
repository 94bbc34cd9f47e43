"""Choosing among what the rules left."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.candidates import Verdict
from agent.domain.proposing import NOTHING
from agent.domain.ranking import Ranking, in_window, rank
from tests.unit.domain.building import AT, DAY, candidate, evidence, play, playbook, rule_result, score, verdict

REQUIRES = rule_result("require", id="p1", of=("call",))


def ranked(verdicts: dict[str, Verdict], priorities: dict[str, float | None], plays: dict[str, str] | None = None) -> Ranking:
    """Rank candidates by id; `plays` says which play each is of (its id, unless given)."""
    of = {name: (plays or {}).get(name, name) for name in verdicts}
    book = playbook(plays=[play(name) for name in {*of.values(), "mail"}])
    candidates = [NOTHING, *(candidate(name, play=of[name]) for name in verdicts)]
    found = {NOTHING.id: verdict(NOTHING.id), **verdicts}
    scores = {NOTHING.id: score(NOTHING.id, 0.0), **{name: score(name, priorities[name]) for name in verdicts}}
    return rank(book, evidence(), candidates, found, scores)


def test_the_best_value_wins() -> None:
    found = ranked({"a": verdict("a"), "b": verdict("b"), "c": verdict("c", "ask")}, {"a": 1.0, "b": 3.0, "c": 2.0})
    assert (found.order, found.choice) == (("b", "c", "a"), "b")


@pytest.mark.parametrize(("priority", "choice"), [(0.01, "a"), (0.0, None), (-1.0, None), (None, None)])
def test_doing_nothing_wins_unless_something_beats_it(priority: float | None, choice: str | None) -> None:
    found = ranked({"a": verdict("a")}, {"a": priority})
    assert (found.order, found.choice) == (("a",), choice)


def test_what_cannot_be_valued_comes_last() -> None:
    found = ranked({"a": verdict("a"), "b": verdict("b")}, {"a": None, "b": -5.0})
    assert found.order == ("b", "a")


@given(st.permutations(["a", "b", "c", "d"]))
def test_equals_are_told_apart_by_their_ids_in_any_order(names: list[str]) -> None:
    found = ranked({name: verdict(name) for name in names}, dict.fromkeys(names, 5.0))
    assert (found.order, found.choice) == (("a", "b", "c", "d"), "a")


@pytest.mark.parametrize(
    ("word", "until", "eligible"),
    [
        ("allow", None, True),
        ("forbid", None, False),
        ("defer", AT + 10 * DAY, True),
        ("defer", AT + 10 * DAY + timedelta(minutes=1), False),
        ("ask", AT + DAY, True),
        ("ask", AT + 11 * DAY, False),
    ],
)
def test_only_what_can_still_be_done_in_time_is_ranked(word: str, until: Any, eligible: bool) -> None:
    one = verdict("mail", word, until=until)
    assert in_window(playbook(), evidence(), candidate("mail"), one) is eligible
    assert ranked({"mail": one}, {"mail": 5.0}).order == (("mail",) if eligible else ())


@pytest.mark.parametrize("priority", [-50.0, None, 9.0])
def test_a_required_play_comes_first_whatever_it_is_worth(priority: float | None) -> None:
    verdicts = {"mail": verdict("mail"), "call": verdict("call", "allow", REQUIRES, required=True)}
    found = ranked(verdicts, {"mail": 99.0, "call": priority})
    assert (found.order[0], found.choice, found.unmet) == ("call", "call", ())


def test_of_several_required_candidates_the_best_is_taken() -> None:
    verdicts = {name: verdict(name, "allow", REQUIRES, required=True) for name in ("x", "y")}
    found = ranked(verdicts, {"x": -3.0, "y": -2.0}, {"x": "call", "y": "call"})
    assert found.choice == "y"


def test_a_required_play_that_cannot_run_is_never_a_silent_nothing() -> None:
    verdicts = {"mail": verdict("mail", "allow", REQUIRES), "call": verdict("call", "forbid", REQUIRES, required=True)}
    found = ranked(verdicts, {"mail": 99.0, "call": 5.0})
    assert (found.choice, found.unmet) == (None, ("call",))


def test_a_required_play_that_was_not_even_proposed_is_unmet() -> None:
    found = ranked({"mail": verdict("mail", "allow", REQUIRES)}, {"mail": 99.0})
    assert (found.choice, found.unmet) == (None, ("call",))


def test_a_rule_that_requires_one_of_several_plays_is_content_with_one() -> None:
    either = rule_result("require", id="p1", of=("call", "page"))
    verdicts = {"page": verdict("page", "allow", either, required=True), "call": verdict("call", "forbid", either, required=True)}
    found = ranked(verdicts, {"page": 1.0, "call": 5.0})
    assert (found.choice, found.unmet) == ("page", ())


def test_of_two_requirements_the_one_that_cannot_be_met_stays_visible_beside_the_other() -> None:
    both = (REQUIRES, rule_result("require", id="fire", of=("page",)))
    verdicts = {"page": verdict("page", "allow", *both, required=True), "call": verdict("call", "forbid", *both, required=True)}
    found = ranked(verdicts, {"page": 1.0, "call": 5.0})
    assert (found.choice, found.unmet) == ("page", ("call",))


def test_a_requirement_that_does_not_hold_requires_nothing() -> None:
    found = ranked({"mail": verdict("mail", "allow", rule_result("require", of=("call",), matched=False))}, {"mail": 9.0})
    assert (found.choice, found.unmet) == ("mail", ())
