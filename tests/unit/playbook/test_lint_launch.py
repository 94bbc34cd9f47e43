"""Whoever asks less of a surface before it acts by itself says why."""

from pathlib import Path
from typing import Any

import pytest

from agent.playbook.lint import check
from tests.unit.playbook.folders import surface, write


def found(folder: Path, launch: dict[str, Any], wide: str = "about: ours\n") -> list[tuple[str, str, int | None]]:
    return [
        (one.severity, one.file, one.line)
        for one in check(write(folder, surfaces=[surface(launch=launch)], playbook=wide))
        if "launch" in one.message
    ]


@pytest.mark.parametrize("lower", [{"decisions_at_least": 10}, {"unknown_at_most": 0.2}, {"endorsed_at_least": 0.5, "why": " "}])
def test_a_surface_that_asks_for_less_must_say_why(tmp_path: Path, lower: dict[str, Any]) -> None:
    [(severity, file, line)] = found(tmp_path / "a", lower)
    assert (severity, file) == ("error", "surfaces/all.yaml")
    assert line is not None
    assert found(tmp_path / "b", {**lower, "why": "twelve contracts end a quarter"}) == []


def test_asking_for_more_needs_no_reason(tmp_path: Path) -> None:
    assert found(tmp_path, {"decisions_at_least": 100, "unknown_at_most": 0.02}) == []


def test_what_is_asked_of_all_is_what_a_surface_is_held_against(tmp_path: Path) -> None:
    strict = "launch: {decisions_at_least: 100}\n"
    assert found(tmp_path / "a", {"decisions_at_least": 100}, strict) == []
    assert [file for _, file, _ in found(tmp_path / "b", {"decisions_at_least": 50}, strict)] == ["surfaces/all.yaml"]


def test_less_for_all_needs_a_reason_once(tmp_path: Path) -> None:
    assert found(tmp_path / "a", {}, "launch: {acts_at_least: 0.01}\n") == [("error", "playbook.yaml", None)]
    assert found(tmp_path / "b", {}, "launch: {acts_at_least: 0.01, why: we start small}\n") == []
