"""Gives every scenario its world: a folder with an empty database, and in it the records that lie beside the test."""

import functools
import os
import shutil
from pathlib import Path

import pytest
from typer.main import get_command

from agent.playbook.loader import load
from integrations import bootstrap, cli
from tests.acceptance.scenarios.world import World

_read_once = functools.cache(load)
_commands = functools.cache(lambda build=cli.build: get_command(build()))


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process runs one command; here many run in one, and what is the same for all of them is made once."""
    for name in [name for name in os.environ if name.startswith(("NEXTPLAY_", "OPENAI_", "SLACK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(bootstrap, "load", _read_once)
    monkeypatch.setattr(cli, "build", _commands)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which nothing has happened yet."""
    folder = tmp_path_factory.mktemp("empty")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        World(folder).command("sandbox", "reset")
    return folder


@pytest.fixture
def world(request: pytest.FixtureRequest, empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The scenario's records, applied at the module's START. The fixture of `test_x.py` is `x.yaml`."""
    shutil.copytree(empty, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    made = World(tmp_path)
    made.apply(Path(request.path).with_name(request.path.stem.removeprefix("test_") + ".yaml"), request.module.START)
    return made
