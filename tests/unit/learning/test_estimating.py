"""From stored decisions to estimates: which count, and what a draft is compared by."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.domain.deciding import decide
from agent.domain.evidence import Evidence
from agent.domain.playbook import Playbook
from agent.domain.records import Run
from agent.graph.recording import decision_of
from agent.learning.estimating import Comparison
from agent.ports import Kept
from tests.unit.domain.building import AT, DAY, event, evidence, play, playbook, rule, surface
from tests.unit.learning.build import LATER, outcome

WINDOWS = {"mail": 14 * DAY, "note": 14 * DAY}
PLAYS = [play("mail", value="100.0"), play("note", value="90.0")]


def book(*rules: Any, epsilon: float = 0.2, first: str = "100.0", plays: Any = None) -> Playbook:
    both = plays or [play("mail", value=first), PLAYS[1]]
    return playbook(*rules, plays=both, on=surface(plays=[p.id for p in both], explore={"epsilon": epsilon}))


def logged(number: int, by: Playbook, **changes: Any) -> Kept:
    """One decision by a playbook: the mail succeeds every second time, the note every time."""
    given: Evidence = replace(evidence(), event=event(id=f"evt-{number}"))
    run = Run(f"run_{number:05}", "acc", given.event, "deals", "new", AT)
    decision = decision_of(run, by, given, decide(by, given), None)
    chosen = decision.chosen
    won = chosen is not None and (chosen.play == "note" or number % 2 == 0)
    known = {"outcome": outcome("converted" if won else "ignored")}
    return Kept(decision.model_copy(update={**known, **changes}), given)


def comparison(draft: Playbook, decisions: list[Kept], at: Any = LATER) -> Comparison:
    found = Comparison(lambda given: decide(draft, given), at, WINDOWS)
    for one in decisions:
        found.add(one)
    return found


def test_a_draft_that_prefers_the_other_play_is_estimated_from_what_was_explored() -> None:
    today = book()
    [found] = comparison(book(epsilon=0.0, first="80.0"), [logged(n, today) for n in range(2000)]).results()
    assert (found.surface, found.nothing, found.waiting) == ("deals", 0, 0)
    assert found.draft.refused is None
    assert found.draft.snips is not None
    assert found.draft.snips.value == 1.0
    assert found.draft.effective == pytest.approx(0.09 * 2000, rel=0.2)
    assert found.today.ips is not None
    assert found.today.ips.value == pytest.approx(0.5 + 0.09 / 2, abs=0.02)


def test_every_record_of_a_decision_has_chances_that_sum_to_one() -> None:
    for number in range(60):
        decision = logged(number, book()).decision
        assert math.fsum(one.propensity for one in decision.candidates) == pytest.approx(1.0, abs=1e-12)
        assert decision.chosen is not None
        assert decision.chosen.propensity > 0
        again = type(decision).model_validate_json(decision.model_dump_json())
        assert [one.propensity for one in again.candidates] == [one.propensity for one in decision.candidates], "kept to the last digit"
    idle = logged(1, book(rule(id="stop"))).decision
    assert {one.id: one.propensity for one in idle.candidates if one.propensity} == {"do-nothing": 1.0}


def test_without_exploration_another_choice_is_refused_and_the_same_is_not() -> None:
    today = book(epsilon=0.0)
    decisions = [logged(n, today) for n in range(200)]
    [other] = comparison(book(epsilon=0.0, first="80.0"), decisions).results()
    assert other.draft.ips is None
    assert other.draft.refused is not None
    assert "never had a chance" in other.draft.refused
    [same] = comparison(today, decisions).results()
    assert same.draft == same.today
    assert same.draft.ips is not None
    assert same.draft.ips.value == 0.5


def test_where_the_draft_does_nothing_and_what_is_not_known_yet_are_counted_apart() -> None:
    decisions = [logged(n, book()) for n in range(80)]
    [idle] = comparison(book(rule(id="stop")), decisions).results()
    assert (idle.nothing, idle.draft.n) == (80, 0)
    [early] = comparison(book(), decisions, AT + timedelta(days=13)).results()
    assert (early.waiting, early.draft.n, early.draft.refused) == (80, 0, "There is no decision whose outcome is known.")


@pytest.mark.parametrize("route", ["shadow", "holdout", "none", "suppressed"])
def test_what_was_shown_to_nobody_is_left_out(route: str) -> None:
    assert comparison(book(), [logged(1, book(), route=route)]).results() == []
    assert comparison(book(), [logged(1, book(), choice=None), replace(logged(2, book()), evidence=None)]).results() == []


def test_what_was_rejected_counts_against_the_gate_of_its_kind_not_against_its_success() -> None:
    today = book(epsilon=0.0)
    decisions = [logged(n, today, **({"outcome": outcome(None, exposure="not_taken")} if n % 4 < 2 else {})) for n in range(400)]
    [found] = comparison(today, decisions).results()
    assert (found.draft.n, found.draft.delivered) == (400, 200)
    assert found.draft.ips is not None
    assert found.draft.ips.value == 0.5
