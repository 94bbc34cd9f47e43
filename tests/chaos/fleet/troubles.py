"""What is done to a fleet while it works: processes killed and paused, connections reset and silent, the database stopped, locked or without room."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import create_engine, text

from tests.chaos.fleet.fleet import Fleet
from tests.chaos.fleet.processes import Kept
from tests.chaos.fleet.proxy import FaultProxy

APART_S = (0.5, 4.0)
"""So much time lies between two kills."""

RESET_EVERY_S = (0.02, 0.4)
PAUSED_S = 14.0
"""Longer than a worker may be silent before others take over what it does."""


def of(times: int, share: float) -> int:
    """So many of it; never none."""
    return max(round(times * share), 1)


@dataclass
class Killer:
    """Kills the web, a worker, or the web and a worker, each only once it works again."""

    dice: Random
    kills: int
    killed: dict[str, int] = field(default_factory=dict)

    async def __call__(self, fleet: Fleet) -> dict[str, Any]:
        """Kill so often; how often whom."""
        for _ in range(self.kills):
            await asyncio.sleep(self.dice.uniform(*APART_S))
            for process in await self._victims(fleet):
                process.kill()
                kind = process.name.rstrip("0123456789")
                self.killed[kind] = self.killed.get(kind, 0) + 1
        await fleet.ready()
        return {"kills": sum(self.killed.values()), "killed": self.killed}

    async def _victims(self, fleet: Fleet) -> list[Kept]:
        while not (able := [process for process in fleet.processes if process.works]):  # noqa: ASYNC110  a process tells nobody
            await asyncio.sleep(0.05)
        first = self.dice.choice(able)
        both = self.dice.random() < 0.25
        other = [process for process in able if (process is fleet.web) != (first is fleet.web)]
        return [first, self.dice.choice(other)] if both and other else [first]


@dataclass
class Pauser:
    """Stops workers in the midst of their work, for longer than they may be silent, and lets them go on: by then others do what they did."""

    dice: Random
    pauses: int

    async def __call__(self, fleet: Fleet) -> dict[str, Any]:
        """Pause so often."""
        for _ in range(self.pauses):
            victim = self.dice.choice(fleet.workers)
            await victim.working()
            await asyncio.sleep(self.dice.uniform(0, 1))
            victim.pause()
            await asyncio.sleep(PAUSED_S)
            victim.go_on()
        await fleet.ready()
        return {"pauses": self.pauses}


@dataclass
class Resets:
    """All connections are reset, over and over, for so many seconds."""

    proxy: FaultProxy
    dice: Random
    seconds: float

    async def __call__(self, fleet: Fleet) -> dict[str, Any]:
        """Make it."""
        ends, storms = time.monotonic() + self.seconds, 0
        while time.monotonic() < ends:
            await asyncio.sleep(self.dice.uniform(*RESET_EVERY_S))
            self.proxy.reset_all()
            storms += 1
        began = time.monotonic()
        await fleet.ready()
        recovered_s = round(time.monotonic() - began, 2)
        return {"resets of all": storms, "connections reset": self.proxy.resets, "recovered after s at most": recovered_s}


@dataclass
class Repeated:
    """A fault that begins, lasts, and ends, so often. `recovered`: after each the web must be ready again within so many seconds."""

    name: str
    times: int
    begin: Callable[[], Any]
    end: Callable[[], Any]
    lasts_s: Callable[[], float]
    between_s: float
    recovered_s: list[float] = field(default_factory=list)

    async def __call__(self, fleet: Fleet) -> dict[str, Any]:
        """Make it; how long each recovery took."""
        for _ in range(self.times):
            await asyncio.sleep(self.between_s)
            await asyncio.to_thread(self.begin)
            await asyncio.sleep(self.lasts_s())
            await asyncio.to_thread(self.end)
            began = time.monotonic()
            await fleet.ready()
            self.recovered_s.append(round(time.monotonic() - began, 2))
        return {self.name: self.times, "recovered after s at most": max(self.recovered_s, default=0.0)}


def terminate(url: str, least: int) -> Callable[[Fleet], Any]:
    """The server ends connections of the fleet, one after the other, until it has ended so many."""

    async def make(fleet: Fleet) -> dict[str, Any]:
        ended = 0
        while ended < least:
            await asyncio.sleep(0.3)
            ended += await asyncio.to_thread(_terminate_one, url)
        await fleet.ready()
        return {"terminated": ended}

    return make


def _terminate_one(url: str) -> int:
    one = (
        "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name LIKE 'nextplay%' ORDER BY random() LIMIT 1) AS chosen"
    )
    engine = create_engine(url)
    try:
        with engine.connect() as server:
            return int(server.execute(text(one)).scalar_one())
    finally:
        engine.dispose()


@contextmanager
def intruder(file: Path) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """Somebody who locks the file against writing, as a backup by another program may, and lets go of it."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=30)
    try:
        yield lambda: _say(connection, "BEGIN IMMEDIATE"), lambda: _say(connection, "ROLLBACK")
    finally:
        connection.close()


def _say(connection: sqlite3.Connection, statement: str) -> None:
    connection.execute(statement)
