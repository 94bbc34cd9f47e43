"""Workspaces for acceptance tests: the seeded world, made once and copied, under settings that take nothing from outside."""

import asyncio
import functools
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from integrations import bootstrap
from integrations.bootstrap import Workspace, open_workspace
from integrations.settings import Settings

START = datetime(2026, 11, 10, 10, tzinfo=UTC)
"""The moment of the seeded world: a Tuesday, 11:00 in Berlin and 05:00 in New York."""

DATABASE = "nextplay.db"

_read_once = functools.cache(bootstrap.load)


@contextmanager
def alone(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    """Work in the folder with no setting of the developer's own, and read each playbook once for all tests."""
    with pytest.MonkeyPatch.context() as changed:
        for name in [name for name in os.environ if name.startswith(("NEXTPLAY_", "OPENAI_", "SLACK_"))]:
            changed.delenv(name)
        changed.setenv("NEXTPLAY_DATABASE_URL", f"sqlite:///{folder / DATABASE}")
        changed.chdir(folder)
        changed.setattr(bootstrap, "load", _read_once)
        yield changed


def settings_in(folder: Path, **changes: Any) -> Settings:
    """A deployment whose database lies in the folder."""
    return Settings(**{"database_url": f"sqlite:///{folder / DATABASE}", "_env_file": None, **changes})


@asynccontextmanager
async def seeded(folder: Path, world: Path, **options: Any) -> AsyncIterator[Workspace]:
    """A workspace on a copy of the seeded world, or on what the folder holds already; its clock stands at START.

    `options` are settings, or those of `open_workspace`.
    """
    own = {name: options.pop(name) for name in ("open_database", "wrap_effects", "writer") if name in options}
    if not (folder / DATABASE).exists():
        shutil.copy(world, folder / DATABASE)
    async with open_workspace(settings_in(folder, **options), at=START, **own) as workspace:
        yield workspace


def make_world(folder: Path) -> Path:
    """The database of the seeded world, to be copied."""

    async def make() -> None:
        async with open_workspace(settings_in(folder), at=START) as workspace:
            await workspace.sandbox.seed()

    with alone(folder):
        asyncio.run(make())
    return folder / DATABASE
