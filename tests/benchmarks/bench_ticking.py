"""One pass of the clock over the copy of a large portal: what it finds due is told once, and what is not due costs nothing."""

import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from integrations.bootstrap import open_workspace
from integrations.sandbox import records
from integrations.sandbox.records import Record
from integrations.settings import Settings
from tests.benchmarks.figures import Figure

AT = datetime(2026, 11, 10, 10, tzinfo=UTC)
DEALS, CONTRACTS, TICKETS = 200_000, 20_000, 50_000
CHUNK = 10_000


async def measure(folder: Path) -> list[Figure]:
    """How long the first pass takes, which tells what is due, and each later one, which finds the same; and the memory that both need."""
    async with open_workspace(Settings(database_url=f"sqlite:///{folder / 'nextplay.db'}"), at=AT) as workspace:
        every = _records()
        while part := list(islice(every, CHUNK)):
            await workspace.database.write_core(partial(_put, part))
        before = _peak_mb()
        took, told = [], []
        for _ in range(3):
            started = time.perf_counter()
            told.append((await workspace.service.tick()).events)
            took.append(time.perf_counter() - started)
    return [
        Figure(f"first pass over {DEALS:,} deals, {told[0]:,} things due", took[0], "s"),
        Figure("a later pass, nothing new", min(took[1:]), "s"),
        Figure("memory on top of what was used before", _peak_mb() - before, "MB"),
    ]


def _put(part: list[Record], connection: Connection) -> None:
    records.put(connection, *part)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _records() -> Iterator[Record]:
    """A tenth of the deals is open, and half of these are silent; a few contracts and tickets are due."""
    for n in range(DEALS):
        last = AT - timedelta(days=10 if n % 20 == 0 else 2)
        yield _record("deals", n, name=f"Deal {n}", stage="proposal" if n % 10 == 0 else "won", last_activity_at=last.isoformat())
    for n in range(CONTRACTS):
        yield _record("contracts", n, status="active", end=(AT + timedelta(days=n % 730)).isoformat(), notice_days=30)
    for n in range(TICKETS):
        due = AT + timedelta(minutes=30 if n % 5_000 == 0 else -600)
        yield _record("tickets", n, subject=f"Ticket {n}", status="open" if n % 10 == 0 else "solved", sla_due_at=due.isoformat())


def _record(kind: str, number: int, **data: Any) -> Record:
    return Record(kind, f"{kind}_{number}", {"id": f"{kind}_{number}", "account": f"acc_{number % 50_000}", **data}, 1, AT)
