"""Durable acknowledgements: how many events a second are on disk before the sender hears so, against one commit for each request."""

import asyncio
import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path

from agent.arrivals import run_for
from agent.domain.event import Event
from agent.ports import Arrival
from integrations.db import migrations
from integrations.db.database import Database
from integrations.db.store import SqlStore
from tests.benchmarks.figures import Figure

EVENTS, SENDERS = 3000, 64
AT = datetime(2026, 11, 10, 10, tzinfo=UTC)


async def measure(folder: Path) -> list[Figure]:
    """The same inserts, once shared between senders in group commits, once with only one sender: every insert its own commit."""
    together = await _per_second(folder / "together.db", EVENTS, SENDERS)
    alone = await _per_second(folder / "alone.db", EVENTS // 5, 1)
    return [
        Figure("acknowledged, 64 senders at once", together, "/s", alone, "one commit for each", "5 times"),
    ]


async def _per_second(path: Path, count: int, senders: int) -> float:
    url = f"sqlite:///{path}"
    migrations.upgrade(url)
    database = Database(url)
    store = SqlStore(database)
    queue = iter(range(count))

    async def send() -> None:
        for number in queue:
            arrival = _arrival(number)
            await store.accept([(arrival, run_for(arrival.event, AT))], AT)

    started = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(senders)))
    took = time.perf_counter() - started
    database.close()
    return count / took


def _arrival(number: int) -> Arrival:
    event = Event("bench", f"e{number}", "deal.stage_changed", AT, AT, "deal", f"deal_{number}", data={"stage": "contract_sent"})
    raw = f'{{"id": "e{number}", "type": "deal.stage_changed"}}'.encode()
    return Arrival(event, raw, hashlib.sha256(raw).hexdigest())
