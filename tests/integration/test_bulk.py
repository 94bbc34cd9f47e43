"""Bulk changes that nobody marked: held back, at a cost that grows with their number and no faster."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from agent.arrivals import arrival_of
from integrations.bootstrap import open_workspace
from integrations.db.database import Database
from integrations.settings import Settings
from tests.chaos.stories import START
from tests.chaos.world import created, world

T = TypeVar("T")
PER_MINUTE = 20


class Counted(Database):
    """The database, counting what is read."""

    rows = 0
    reads = 0

    async def read_core(self, work: Callable[[Connection], T]) -> T:
        found = await super().read_core(work)
        self.reads += 1
        self.rows += len(found) if isinstance(found, list) else 1
        return found


async def read_by(folder: Path, changes: int) -> tuple[int, int]:
    """How many reads and rows it took to hold so many changes of one actor, made within seconds."""
    settings = Settings(database_url=f"sqlite:///{folder / 'nextplay.db'}", bulk_per_minute=PER_MINUTE, _env_file=None)
    async with open_workspace(settings, at=START + timedelta(minutes=1), open_database=Counted) as workspace:
        await workspace.sandbox.apply(world(accounts=1))
        made = [replace(created(f"t_{n}"), actor="u_9", occurred_at=START + n * timedelta(milliseconds=20)) for n in range(changes)]
        await workspace.service.accept([arrival_of(change) for change in made])
        database = workspace.database
        assert isinstance(database, Counted)
        database.rows = database.reads = 0

        await workspace.engine.settle()

        (hold,) = await workspace.service.holds()
        assert hold.events == changes
        return database.reads, database.rows


@pytest.mark.parametrize("changes", [60, 240])
async def test_the_cost_of_a_change_does_not_grow_with_their_number(tmp_path: Path, changes: int) -> None:
    """Each looks at its nearest neighbours only: so many before it and after it that one more would be too many."""
    reads, rows = await read_by(tmp_path, changes)
    assert reads <= changes * 6
    assert rows <= changes * (2 * (PER_MINUTE + 1) + 6)


async def test_as_many_as_are_allowed_are_not_held(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'nextplay.db'}", bulk_per_minute=PER_MINUTE, _env_file=None)
    async with open_workspace(settings, at=START + timedelta(minutes=1)) as workspace:
        made = [replace(created(f"t_{n}"), actor="u_9", occurred_at=START + n * timedelta(seconds=3)) for n in range(3 * PER_MINUTE)]
        await workspace.service.accept([arrival_of(change) for change in made])
        await workspace.engine.settle()
        assert await workspace.service.holds() == []
