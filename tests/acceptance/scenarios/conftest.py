"""Gives every scenario its world: a folder with an empty database, and in it records that lie beside the test, or among the worlds of the evals."""

import functools
import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from agent.playbook.loader import load
from evals.loading import WORLDS
from integrations import bootstrap, cli
from tests.acceptance.scenarios.world import World

_read_once = functools.cache(load)
_commands = functools.cache(lambda build=cli.build: get_command(build()))


def _settle_in(folder: Path, patch: pytest.MonkeyPatch) -> World:
    """An operator's shell in the folder. A process runs one command; here many run in one, and what is the same for all is made once."""
    for name in [name for name in os.environ if name.startswith(("NEXTPLAY_", "OPENAI_", "SLACK_"))]:
        patch.delenv(name)
    patch.setattr(bootstrap, "load", _read_once)
    patch.setattr(cli, "build", _commands)
    patch.chdir(folder)
    return World(folder)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which nothing has happened yet."""
    folder = tmp_path_factory.mktemp("empty")
    with pytest.MonkeyPatch.context() as patch:
        _settle_in(folder, patch).command("sandbox", "reset")
    gc.freeze()  # what is loaded by now stays; to look through all of it now and then takes longer than a command
    yield folder
    gc.unfreeze()


@pytest.fixture
def world(request: pytest.FixtureRequest, empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The scenario's records, applied at the module's START. The fixture of `test_x.py` is `x.yaml`, which the evals play too.

    Whatever was done in it, the sealed log must agree with the tables in the end.
    """
    shutil.copytree(empty, tmp_path, dirs_exist_ok=True)
    made = _settle_in(tmp_path, monkeypatch)
    own = Path(request.path).with_name(request.path.stem.removeprefix("test_") + ".yaml")
    made.apply(own if own.exists() else WORLDS / own.name, request.module.START)
    yield made
    made.command("audit", "verify")
