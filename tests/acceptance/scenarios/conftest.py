"""Gives every scenario its world: an empty folder, the fixture that lies beside the test, and a playbook that is read once for all of them."""

import functools
import os
from pathlib import Path

import pytest

from integrations import bootstrap
from tests.acceptance.scenarios.world import World

_read_once = functools.cache(bootstrap.load)


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The scenario's records, applied at the module's START. The fixture of `test_x.py` is `x.yaml`."""
    for name in [name for name in os.environ if name.startswith(("NEXTPLAY_", "OPENAI_", "SLACK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bootstrap, "load", _read_once)  # reading the playbook takes longer than all the rest of a command
    made = World(tmp_path)
    made.command("sandbox", "reset")
    made.apply(Path(request.path).with_name(request.path.stem.removeprefix("test_") + ".yaml"), request.module.START)
    return made
