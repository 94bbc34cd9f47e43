from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from agent.domain.deciding import decide
from agent.domain.evidence import Held
from agent.domain.modes import Friction, broken, held_by, mode_for, raised, surface_mode
from agent.domain.plays import Goal, Guardrail
from agent.domain.records import Cap
from tests.unit.domain.building import evidence, play, playbook, surface

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def cap(mode: Any = "suggest", surface: str = "s", kind: Any = "guardrail") -> Cap:
    return Cap(f"cap_{surface}_{mode}", surface, kind, mode, f"because of {mode}", "pb1", AT)


def test_of_several_caps_the_lowest_holds() -> None:
    assert held_by([cap(), cap("shadow", kind="unproven"), cap("off", "other")], "s") == Held("shadow", "because of shadow")
    assert held_by([cap()], "other") is None


@pytest.mark.parametrize(
    ("mode", "held", "required", "now"),
    [
        ("auto", None, False, "auto"),
        ("auto", "suggest", False, "suggest"),
        ("suggest", "suggest", False, "suggest"),
        ("off", "suggest", False, "off"),
        ("suggest", "shadow", False, "shadow"),
        ("auto", "shadow", True, "suggest"),
        ("shadow", "shadow", True, "shadow"),
    ],
)
def test_the_mode_in_force(mode: Any, held: Any, required: bool, now: str) -> None:
    """Friction never raises a mode, and never silences what a rule requires."""
    assert surface_mode(surface(mode=mode), Held(held, "x") if held else None, required=required) == now


def test_a_play_keeps_its_own_bound() -> None:
    held = replace(evidence(), held=Held("suggest", "x"))
    assert mode_for(surface(mode="auto"), play(max_mode="shadow"), held) == "shadow"
    assert mode_for(surface(mode="auto"), play(), held) == "suggest"


def test_a_decision_on_a_held_surface_asks_and_says_why() -> None:
    policy = playbook(on=surface(mode="auto"))
    free, held = decide(policy, evidence()), decide(policy, replace(evidence(), held=Held("suggest", "reopened: 6 of 20")))
    assert "mode_suggest" not in {one.code for one in free.reasons}
    assert held.route == "ask"
    assert "the surface is held at suggest: reopened: 6 of 20" in {one.text for one in held.reasons}
    assert decide(policy, replace(evidence(), held=Held("shadow", "x"))).route == "shadow"


LIMIT = Guardrail(name="reopened", at_most=0.1, min_n=20)


@pytest.mark.parametrize(
    ("delivered", "hit", "says"),
    [
        (20, 3, "reopened: 3 of 20 delivered in 28 days, more than 10%"),
        (20, 2, None),
        (19, 19, None),
        (0, 0, None),
    ],
)
def test_a_limit_breaks_only_above_it_and_with_enough_delivered(delivered: int, hit: int, says: str | None) -> None:
    assert broken(LIMIT, Friction(delivered, hit)) == says


def test_without_a_limit_nothing_breaks() -> None:
    assert broken(Guardrail(name="reopened"), Friction(100, 100)) is None


def test_a_guardrail_is_a_name_or_a_name_with_its_limit_and_old_playbooks_stay_what_they_were() -> None:
    goal = Goal.model_validate({"metric": "m", "guardrails": ["complaint", {"name": "reopened", "at_most": 0.1}]})
    assert goal.names == ("complaint", "reopened")
    assert goal.guardrails[1] == Guardrail(name="reopened", at_most=0.1, min_n=20, days=28)
    stored = goal.model_dump(mode="json")
    assert stored["guardrails"] == ["complaint", {"name": "reopened", "at_most": 0.1, "min_n": 20, "days": 28}]
    assert Goal.model_validate(stored) == goal
    with pytest.raises(ValidationError):
        Goal.model_validate({"metric": "m", "guardrails": [{"name": "reopened", "atmost": 0.1}]})


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [
        ({"s": "suggest"}, {"s": "auto"}, {"s": "suggest"}),
        ({"s": "shadow"}, {"s": "auto"}, {"s": "shadow"}),
        ({"s": "auto"}, {"s": "auto"}, {}),
        ({"s": "auto"}, {"s": "suggest"}, {}),
        ({"s": "shadow"}, {"s": "suggest"}, {}),
        ({"s": "suggest"}, {"s": "suggest", "new": "auto"}, {"new": "suggest"}),
    ],
)
def test_only_a_raise_to_auto_is_held(before: Any, after: Any, held: Any) -> None:
    assert raised(before, after) == held
