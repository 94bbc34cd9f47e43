"""Known-bad versions are used neither here nor by whoever installs with our constraints, and the pins allow no way back to them."""

import sqlite3
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from integrations.cli.checks import SAFE_SQLITE

ROOT = Path(__file__).parents[2]
FLOORS: dict[NormalizedName, dict[str, Any]] = {
    canonicalize_name(name): said for name, said in yaml.safe_load(Path(__file__).with_name("dependency_floors.yaml").read_text()).items()
}
PINNED = {
    canonicalize_name(name): Version(pin)
    for name, _, pin in (line.partition("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
}


def floor(name: NormalizedName) -> Version:
    return Version(str(FLOORS[name]["at_least"]))


@pytest.mark.parametrize("name", FLOORS)
def test_what_is_pinned_and_what_is_installed_is_above_its_floor(name: NormalizedName) -> None:
    assert FLOORS[name]["why"]
    assert name in PINNED, f"{name} has a floor and is used no more: take it off the list"
    assert PINNED[name] >= floor(name), FLOORS[name]["why"]
    try:
        installed = Version(version(name))
    except PackageNotFoundError:
        return
    assert installed >= floor(name), FLOORS[name]["why"]


def test_what_we_ask_for_ourselves_cannot_be_below() -> None:
    """Whoever installs without our constraints gets at least this."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [one for extra in project["optional-dependencies"].values() for one in extra]
    asked = [Requirement(one) for one in [*project["dependencies"], *extras]]
    below = [str(one) for one in asked if (name := canonicalize_name(one.name)) in FLOORS and not _least(one) >= floor(name)]
    assert below == []


def _least(asked: Requirement) -> Version:
    return max((Version(one.version) for one in asked.specifier if one.operator in (">=", "==", "~=")), default=Version("0"))


def test_a_version_below_is_told_from_one_above() -> None:
    assert Version("1.0.0") < floor(canonicalize_name("starlette")) <= Version("1.0.1")


def test_checkpoints_are_loaded_strictly_from_the_first_import_on() -> None:
    """LangGraph still loads anything by default."""
    said = "import os; os.environ.pop('LANGGRAPH_STRICT_MSGPACK', None); import agent; print(os.environ['LANGGRAPH_STRICT_MSGPACK'])"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603  ours
    assert done.stdout.strip() == "true"


def test_an_sqlite_that_may_damage_its_log_is_guarded() -> None:
    """Before 3.51.3 two connections that checkpoint at once can: ours never do, by the lock file."""
    assert SAFE_SQLITE == (3, 51, 3)
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        from integrations.db.backing import InAFile

        assert "alone" in vars(InAFile)
