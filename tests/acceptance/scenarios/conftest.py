"""Gives every scenario its world: an empty folder, and in it the records that lie beside the test."""

import functools
import os
from pathlib import Path

import pytest
from typer.main import get_command

from integrations import bootstrap, cli
from tests.acceptance.scenarios.world import World

_read_once = functools.cache(bootstrap.load)
_commands = functools.cache(lambda build=cli.build: get_command(build()))


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The scenario's records, applied at the module's START. The fixture of `test_x.py` is `x.yaml`."""
    for name in [name for name in os.environ if name.startswith(("NEXTPLAY_", "OPENAI_", "SLACK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    # A process runs one command; here many run in one, and what is the same for all of them is made once.
    monkeypatch.setattr(bootstrap, "load", _read_once)
    monkeypatch.setattr(cli, "build", _commands)
    made = World(tmp_path)
    made.apply(Path(request.path).with_name(request.path.stem.removeprefix("test_") + ".yaml"), request.module.START)
    return made
