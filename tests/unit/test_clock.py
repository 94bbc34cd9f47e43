"""When the clock begins to tell of a renewal is said by the playbook, in one place."""

from datetime import timedelta
from typing import Any

import pytest

from agent.clock import WINDOW_RULE, renewal_window
from agent.domain.playbook import Playbook
from agent.domain.rules import Rule
from agent.playbook.loader import DEFAULT, load


def _rule(rule_id: str, **params: Any) -> Rule:
    return Rule.model_validate(
        {"id": rule_id, "owner": "o@x.example", "why": "a test", "layer": "applicability", "effect": "forbid", "params": params}
    )


@pytest.mark.parametrize(
    ("rules", "days"),
    [([_rule(WINDOW_RULE, days=45)], 45), ([_rule("another", days=45)], 90), ([_rule(WINDOW_RULE)], 90)],
    ids=["the rule says", "no such rule", "a rule that does not say"],
)
def test_the_window_is_what_the_rule_says(rules: list[Rule], days: int) -> None:
    assert renewal_window(Playbook.of([], [], rules, "v")) == timedelta(days=days)


def test_the_default_playbook_has_the_rule() -> None:
    assert isinstance(load(DEFAULT).rules[WINDOW_RULE].params["days"], int | float)
