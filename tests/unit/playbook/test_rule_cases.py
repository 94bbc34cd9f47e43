"""Every case of every rule that ships, judged by the real gate."""

from pathlib import Path

import pytest
from pytest import ParameterSet  # noqa: PT013  a type, which reads better by its own name

from agent.playbook.cases import CaseResult, run_cases
from agent.playbook.loader import DEFAULT, STARTER, load
from tests.unit.playbook.folders import built, rule, when


def _cases() -> list[ParameterSet]:
    return [
        pytest.param(result, id=f"{folder.name}:{result.rule}:{result.case}") for folder in (DEFAULT, STARTER) for result in run_cases(load(folder))
    ]


@pytest.mark.parametrize("result", _cases())
def test_rule_case(result: CaseResult) -> None:
    assert result.passed, f"expected {result.expected}, got {result.matched}: {dict(result.clauses)}"


@pytest.mark.parametrize("folder", [DEFAULT, STARTER])
def test_every_case_was_run(folder: Path) -> None:
    playbook = load(folder)
    ran = {(result.rule, result.case) for result in run_cases(playbook)}
    assert ran == {(r.id, case.name) for r in playbook.rules.values() for case in r.cases}


def test_a_failing_clause_is_no_pass(tmp_path: Path) -> None:
    odd = rule(when=when("deal.stage > 3"), cases=[{"name": "x", "play": "nudge", "matches": True}])
    (result,) = run_cases(built({"rules": [odd]}, tmp_path))
    assert result.matched
    assert not result.passed


def test_a_case_states_history_touches_and_the_hour(tmp_path: Path) -> None:
    def of(name: str, facts: dict[str, float], effect: dict[str, object], clauses: tuple[str, ...] = ()) -> dict[str, object]:
        case = {"name": "x", "play": "nudge", "facts": facts, "matches": True}
        return rule(id=name, effect=effect, when=when(*clauses), cases=[case])

    rules = [
        of("cap", {"touches.contact": 2}, {"kind": "cap", "per": "7d", "limit": 2}),
        of("all", {"touches.account": 3}, {"kind": "cap", "per": "7d", "limit": 3}),
        of("pause", {"history.days_since_rejected": 2}, {"kind": "cooldown", "of": ["rejected"], "per": "3d"}),
        of("undone", {"history.days_since_override": 2}, {"kind": "forbid"}, ("history.days_since_override < 3.0",)),
        of("quiet", {"clock.hour": 5}, {"kind": "defer", "until": "recipient_hours"}),
    ]
    rules[-1]["params"] = {"open_hour": 6}
    results = list(run_cases(built({"rules": rules}, tmp_path)))
    assert [result.rule for result in results if not result.passed] == []
