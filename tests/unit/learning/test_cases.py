"""What teaches, and what does not."""

from dataclasses import replace
from typing import Any

import pytest

from agent.learning.cases import Case, Label, case_of, digest_of, is_waiting, label_of
from tests.unit.domain.building import AT, DAY
from tests.unit.learning.build import LATER, WINDOWS, approval, case, kept, outcome, precedent, taught


def test_an_outcome_whose_window_is_over_teaches() -> None:
    found = case_of(precedent(), LATER, WINDOWS)
    assert found is not None
    assert (found.kind, found.played, found.prior, found.success) == ("mail", True, 0.4, True)
    assert found.features["tier"] == 1.0


@pytest.mark.parametrize(("result", "success"), [("converted", True), ("assumed", True), ("ignored", False), ("lost", False)])
def test_success_is_what_came_about_or_what_silence_means(result: str, success: bool) -> None:
    found = case_of(precedent(outcome=outcome(result)), LATER, WINDOWS)
    assert found is not None
    assert found.success is success


def test_of_the_holdout_the_chance_without_is_learned() -> None:
    found = case_of(precedent(route="holdout", actions=[], outcome=outcome("ignored", exposure="not_exposed")), LATER, WINDOWS)
    assert found is not None
    assert (found.played, found.prior, found.success) == (False, 0.1, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": None},
        {"outcome": outcome(None)},
        {"outcome": outcome(exposure="not_taken")},
        {"outcome": outcome(exposure="not_exposed")},
        {"outcome": outcome(exposure="bounced")},
        {"route": "shadow", "outcome": outcome(exposure="not_exposed")},
    ],
)
def test_what_nobody_saw_or_nobody_knows_teaches_nothing(changes: dict[str, Any]) -> None:
    assert case_of(precedent(**changes), LATER, WINDOWS) is None
    assert case_of(taught(replace(kept(), evidence=None)), LATER, WINDOWS) is None


def test_an_early_success_waits_until_failures_are_known_too() -> None:
    won = precedent()
    assert case_of(won, AT + 14 * DAY, WINDOWS) is not None
    assert case_of(won, AT + 13 * DAY, WINDOWS) is None
    assert is_waiting(won, AT + 13 * DAY, WINDOWS)
    assert not is_waiting(won, LATER, WINDOWS)
    assert case_of(won, AT + 119 * DAY, {}) is None
    assert case_of(won, AT + 120 * DAY, {}) is not None


@pytest.mark.parametrize(
    ("changes", "endorsed"),
    [
        ({}, True),
        ({"approvals": [approval("edited")]}, True),
        ({"outcome": outcome(None)}, True),
        ({"outcome": outcome(guardrails=["complaint"])}, False),
        ({"outcome": outcome("converted", guardrails=["overridden"])}, False),
        ({"outcome": outcome(exposure="bounced")}, None),
        ({"outcome": None}, None),
        ({"approvals": []}, None),
        ({"approvals": [approval("expired", at=None)]}, None),
        ({"approvals": [approval("rejected", reason="irrelevant")], "outcome": None}, False),
        ({"approvals": [approval("rejected", reason="facts_wrong")], "outcome": None}, False),
        ({"approvals": [approval("rejected", reason="not_mine")], "outcome": None}, None),
        ({"approvals": [approval("rejected", reason="handled_already")], "outcome": None}, None),
    ],
)
def test_labels(changes: dict[str, Any], endorsed: bool | None) -> None:
    found = label_of(precedent(**changes), LATER, {})
    assert (None if found is None else found.endorsed) is endorsed


def test_an_approval_endorses_when_the_time_for_friction_is_over() -> None:
    assert label_of(precedent(), AT + 13 * DAY, {}) is None
    assert is_waiting(precedent(outcome=outcome(None)), AT + 13 * DAY, WINDOWS)
    assert label_of(precedent(), AT + 14 * DAY, {}) is not None


def test_a_reviewer_has_the_last_word() -> None:
    one = precedent(approvals=[], route="act")
    assert one.forecast.raw is not None
    assert label_of(one, LATER, {one.decision: False}) == Label(one.decision, "mail", one.forecast.raw, False)
    assert label_of(one, LATER, {}) is None


def test_the_same_lessons_have_the_same_name_in_any_order() -> None:
    cases, labels = [case(1), case(2, success=False)], [Label("d", "mail", 0.5, True)]
    assert digest_of(cases, labels) == digest_of(cases[::-1], labels)
    others: list[tuple[list[Case], list[Label]]] = [(cases[:1], labels), (cases, []), ([case(1), case(2)], labels)]
    assert len({digest_of(*other) for other in [(cases, labels), *others]}) == 4
