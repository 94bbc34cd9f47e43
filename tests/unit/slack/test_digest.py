from dataclasses import replace
from datetime import timedelta

import pytest

from agent.domain.decision import reason
from integrations.slack.card import Card
from integrations.slack.digest import Held
from integrations.telling.case import Case
from tests.unit.cli.made import AT, decision
from tests.unit.db.build import approval

HOUR = timedelta(hours=1)


def held(name: str, *, ends: timedelta, worth: float = 1.0, required: bool = False) -> Held:
    made = decision()
    chosen = next(c for c in made.candidates if c.id == made.choice)
    assert chosen.score is not None
    chosen = chosen.model_copy(update={"score": replace(chosen.score, priority=worth)})
    reasons = [reason("required")] if required else made.reasons
    case = Case(made.model_copy(update={"candidates": [chosen], "reasons": reasons}), AT)
    return Held(name, Card(case, replace(approval(), expires_at=AT + ends), None, {}))


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (held("a", ends=9 * HOUR, required=True), held("b", ends=HOUR / 2, worth=1e9)),
        (held("a", ends=HOUR / 2), held("b", ends=2 * HOUR, worth=1e9)),
        (held("a", ends=HOUR / 4), held("b", ends=HOUR / 2, worth=1e9)),
        (held("a", ends=9 * HOUR, worth=500), held("b", ends=2 * HOUR, worth=400)),
    ],
    ids=["what a rule requires", "what ends within the hour", "the first to end", "the most valuable"],
)
def test_what_comes_first(first: Held, then: Held) -> None:
    assert [one.post for one in sorted([then, first], key=lambda one: one.order)] == [first.post, then.post]
