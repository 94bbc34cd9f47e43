"""A sandbox on a fresh database file."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from integrations.db.database import Database
from integrations.sandbox.sandbox import Sandbox

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class HandPause:
    """The pause of a slow source: tells that somebody waits, until they are let go."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> None:
        self.begun.set()
        await self.go.wait()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def pause() -> HandPause:
    return HandPause()


@pytest.fixture
def sandbox(database: Database, clock: HandClock, pause: HandPause) -> Sandbox:
    return Sandbox(database, clock, pause=pause)
