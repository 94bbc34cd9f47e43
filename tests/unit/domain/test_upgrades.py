"""Stored decisions are brought to the shape of today, one pure step at a time."""

import pytest

from agent.domain.decision import SCHEMA_VERSION
from agent.domain.upgrades import UnknownShape, upgrade


def _renamed(stored: dict[str, object]) -> dict[str, object]:
    return {**{key: value for key, value in stored.items() if key != "old"}, "new": stored["old"]}


def test_a_record_of_today_is_left_alone() -> None:
    stored = {"schema_version": SCHEMA_VERSION, "id": "dec_1"}
    assert upgrade(stored) == stored


def test_steps_run_in_order_up_to_the_wanted_version() -> None:
    steps = {1: _renamed, 2: lambda stored: {**stored, "added": True}}
    assert upgrade({"schema_version": 1, "old": 5}, steps, to=3) == {"schema_version": 3, "new": 5, "added": True}


def test_a_record_without_a_version_is_the_first() -> None:
    assert upgrade({"old": 5}, {1: _renamed}, to=2) == {"new": 5, "schema_version": 2}


def test_a_record_of_a_newer_release_is_refused() -> None:
    with pytest.raises(UnknownShape, match="upgrade Nextplay"):
        upgrade({"schema_version": SCHEMA_VERSION + 1})


def test_a_missing_step_is_refused() -> None:
    with pytest.raises(UnknownShape, match="1 to 2"):
        upgrade({"schema_version": 1}, {}, to=2)
