"""Rules as data."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from agent.domain.rules import EffectKind
from tests.unit.domain.building import AT, rule


def test_an_effect_may_be_written_as_one_word() -> None:
    assert rule(effect="forbid") == rule(effect={"kind": "forbid"})
    assert rule(effect="ask").effect.kind is EffectKind.ASK


@pytest.mark.parametrize(
    ("changes", "on"),
    [
        ({}, True),
        ({"enabled": False}, False),
        ({"from": "2026-11-23"}, True),
        ({"from": "2026-11-24"}, False),
        ({"until": "2026-11-23"}, True),
        ({"until": "2026-11-22"}, False),
        ({"from": date(2026, 11, 1), "until": date(2026, 11, 30)}, True),
    ],
)
def test_in_force(changes: dict[str, Any], on: bool) -> None:
    assert rule(**changes).in_force(AT) is on


def test_settings_may_name_parameters() -> None:
    one = rule(params={"limit": 3, "pause": "14d"}, effect={"kind": "cap", "per": "params.pause", "limit": "params.limit"})
    assert one.setting(one.effect.limit) == 3
    assert one.span(one.effect.per) == timedelta(days=14)
    assert one.setting("other") == "other"
    with pytest.raises(KeyError):
        one.setting("params.unknown")
    with pytest.raises(ValueError, match="not a duration"):
        rule(params={"pause": "soon"}).span("params.pause")


@pytest.mark.parametrize("changes", [{"layer": "manners"}, {"effect": "allow"}, {"on_missing": "maybe"}, {"colour": "red"}])
def test_what_the_schema_does_not_know_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rule(**changes)
