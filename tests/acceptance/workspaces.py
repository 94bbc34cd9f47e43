"""Workspaces for acceptance tests: the seeded world, made once and copied, under settings that take nothing from outside."""

import asyncio
import functools
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.clock import clock_events
from agent.domain.event import Event
from agent.playbook.loader import load
from integrations import bootstrap
from integrations.bootstrap import Workspace, open_workspace
from integrations.settings import Settings

START = datetime(2026, 11, 10, 10, tzinfo=UTC)
"""The moment of the seeded world: a Tuesday, 11:00 in Berlin and 05:00 in New York."""

DATABASE = "nextplay.db"

PATIENT_S = 60
"""Seconds for gathering: on a busy machine facts must not be missing for want of time, or decisions would differ."""

_read_once = functools.cache(load)


@contextmanager
def alone(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    """Work in the folder with no setting of the developer's own, and read each playbook once for all tests."""
    with pytest.MonkeyPatch.context() as changed:
        for name in [name for name in os.environ if name.startswith(("NEXTPLAY_", "OPENAI_", "SLACK_"))]:
            changed.delenv(name)
        changed.setenv("NEXTPLAY_DATABASE_URL", f"sqlite:///{folder / DATABASE}")
        changed.setenv("NEXTPLAY_GATHER_DEADLINE_S", f"{PATIENT_S}")
        changed.chdir(folder)
        changed.setattr(bootstrap, "load", _read_once)
        yield changed


def settings_in(folder: Path, **changes: Any) -> Settings:
    """A deployment whose database lies in the folder."""
    usual = {"database_url": f"sqlite:///{folder / DATABASE}", "gather_deadline_s": PATIENT_S, "_env_file": None}
    return Settings(**{**usual, **changes})


@asynccontextmanager
async def seeded(folder: Path, world: Path, **options: Any) -> AsyncIterator[Workspace]:
    """A workspace on a copy of the seeded world, or on what the folder holds already; its clock stands at START.

    `options` are settings, or those of `open_workspace`; without a moment `at` which its clock stands it goes on from the world's own.
    """
    at = options.pop("at", START)
    own = {name: options.pop(name) for name in ("open_database", "wrap", "writer", "wall") if name in options}
    if not (folder / DATABASE).exists():
        for file in world.parent.glob(f"{DATABASE}*"):
            shutil.copy(file, folder / file.name)
    async with open_workspace(settings_in(folder, **options), at=at, **own) as workspace:
        yield workspace


def make_world(folder: Path) -> Path:
    """The database of the seeded world, to be copied; its articles are embedded already, or every copy that is served would do so."""

    async def make() -> None:
        async with open_workspace(settings_in(folder), at=START) as workspace:
            await workspace.sandbox.seed()
            await workspace.index.settle()

    with alone(folder):
        asyncio.run(make())
    return folder / DATABASE


def make_quiet(folder: Path, world: Path) -> Path:
    """A world in which the clock finds nothing to tell at START, so that everything decided there was brought by a test."""

    async def make() -> None:
        async with seeded(folder, world) as workspace:
            await workspace.sandbox.apply(json.dumps(_calmed(await _told(workspace))))
            assert await _told(workspace) == []

    with alone(folder):
        asyncio.run(make())
    return folder / DATABASE


async def _told(workspace: Workspace) -> list[Event]:
    """What the clock finds due at START."""
    return [event async for part in clock_events(workspace.sandbox.sources, workspace.playbook, START) for event in part]


def _calmed(told: Iterable[Event]) -> dict[str, list[dict[str, str]]]:
    """A fixture that takes away what each event of the clock is about."""
    calm = {"deal": {"last_activity_at": "@-1d"}, "ticket": {"sla_due_at": "@+5h"}, "contract": {"end": "@+400d"}}
    fixture: dict[str, list[dict[str, str]]] = {}
    for kind, subject in sorted({(event.subject_kind, event.subject_id) for event in told}):
        fixture.setdefault(f"{kind}s", []).append({"id": subject, **calm[kind]})
    return fixture
