"""Plays a scenario on a fleet: senders send, people answer, somebody watches, trouble is made; then everything comes to an end, and is checked."""

import asyncio
import contextlib
import json
import platform
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.chaos.fleet import checker
from tests.chaos.fleet.deliveries import Delivery, storm
from tests.chaos.fleet.evidence import Evidence, said, still_open
from tests.chaos.fleet.fleet import AUDIT_KEY, OPERATOR, Fleet
from tests.chaos.fleet.lines import Lines, Row
from tests.chaos.fleet.people import People
from tests.chaos.fleet.senders import Senders

WATCHES_EVERY_S = 1.0
SENDERS, PEOPLE = "senders.jsonl", "people.jsonl"
_ENDED_ASKS = "SELECT id, state, answered_by, digest FROM approvals WHERE state NOT IN ('open', 'snoozed')"
_IN_SILENT_HANDS = (
    "SELECT coalesce(round(max(extract(epoch FROM now() - last_heartbeat)), 1), 0) AS s "
    "FROM nextplay_jobs.procrastinate_jobs AS job JOIN nextplay_jobs.procrastinate_workers AS worker ON worker.id = job.worker_id "
    "WHERE status = 'doing'"
)
"""How long the worker has been silent that has had a job in hand for longest since its heart last beat."""
_OPEN_RUNS = "SELECT id, state, attempts, wake_at, error FROM runs WHERE state NOT IN ('closed', 'parked', 'held', 'dead') LIMIT 20"
_JOBS = "SELECT id, task_name, status, attempts, scheduled_at, now() AS now, worker_id, lock, args FROM nextplay_jobs.procrastinate_jobs LIMIT 60"
_WORKERS = "SELECT id, now() - last_heartbeat AS silent_for FROM nextplay_jobs.procrastinate_workers"

Trouble = Callable[[Fleet], Awaitable[dict[str, Any]]]


@dataclass
class Played:
    """A fleet with its world around it."""

    fleet: Fleet
    senders: Senders
    people: People
    ended_asks: dict[str, Row] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    async def storm(self, deliveries: list[Delivery], trouble: Trouble | None = None, *, all_of_it: bool = False) -> None:
        """Send all of it; with trouble, as long as that is made, unless it is to be `all_of_it`."""
        began = time.monotonic()
        sending = asyncio.create_task(self.senders.send(deliveries))
        if trouble is not None:
            self.figures |= await trouble(self.fleet)
            self.senders.stopped = not all_of_it
            self.figures["deliveries under trouble"] = len(self.senders.took_s)
        self.figures["deliveries"] = await sending
        self.figures["sending s"] = round(time.monotonic() - began, 1)

    async def drained(self, within_s: float) -> None:
        """Wait until nothing is open any more."""
        began = time.monotonic()
        while open_ := await asyncio.to_thread(still_open, self.fleet.direct):
            assert time.monotonic() - began < within_s, f"after {within_s:.0f} s there are still open: {open_}{self._waiting()}"
            await asyncio.sleep(0.25)
        self.figures["drained after s"] = round(time.monotonic() - began, 1)

    def _waiting(self) -> str:
        """What is open, and what workers have before them, for whoever looks why it takes so long."""
        lists = (_OPEN_RUNS, _JOBS, _WORKERS) if self.fleet.workers else (_OPEN_RUNS,)
        return "".join(f"\n{' '.join(map(str, row.values()))}" for query in lists for row in said(self.fleet.direct, query))

    async def watch(self) -> None:
        """Remember each ask that has ended, as it was when that was first seen, and how long jobs were in silent hands."""
        while True:
            with contextlib.suppress(Exception):  # the database may be away, and then there is nothing to be seen
                for row in await asyncio.to_thread(said, self.fleet.direct, _ENDED_ASKS):
                    self.ended_asks.setdefault(row["id"], row)
                if self.fleet.workers:
                    [silent] = await asyncio.to_thread(said, self.fleet.direct, _IN_SILENT_HANDS)
                    self.figures["longest in silent hands s"] = max(float(silent["s"]), self.figures.get("longest in silent hands s", 0.0))
            await asyncio.sleep(WATCHES_EVERY_S)

    def evidence(self) -> Evidence:
        """What it came to."""
        folder = self.fleet.folder
        return Evidence.of(
            self.fleet.direct, senders=folder / SENDERS, people=folder / PEOPLE, helpdesk=self.fleet.helpdesk_log, key_file=folder / AUDIT_KEY,
            ended_asks=self.ended_asks,
        )  # fmt: skip


@asynccontextmanager
async def playing(made: Fleet, dice: Random, **how: Any) -> AsyncIterator[Played]:
    """The world around a fleet, as long as the context is open. `how`: of the senders."""
    senders = Senders(made.url, Lines(made.folder / SENDERS), Random(dice.random()), **how)  # noqa: S311  chance, not secrets
    people = People(made.url, made.tokens, made.tokens[OPERATOR], Lines(made.folder / PEOPLE), Random(dice.random()))  # noqa: S311
    played = Played(made, senders, people)
    tasks = {asyncio.create_task(people.answer_all()), asyncio.create_task(played.watch())}
    try:
        yield played
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), f"the world around it failed: {ended}"


def storm_for(made: Fleet, count: int, dice: Random) -> list[Delivery]:
    """So many deliveries, that tell of all tickets."""
    return storm(count, made.tickets, dice, made.offset_s)


def summary(played: Played, evidence: Evidence, seed: int) -> dict[str, Any]:
    """The figures of a scenario."""
    took = sorted(played.senders.took_s)
    at = {name: round(took[min(int(len(took) * share), len(took) - 1)] * 1000) for name, share in (("p50", 0.5), ("p99", 0.99))} if took else {}
    return {
        "seed": seed, **checker.figures(evidence), **played.figures, "acknowledged in ms": at, "answers": dict(played.senders.statuses),
        "longest answer s": round(played.senders.longest_s, 2), "deaths of their own": sum(one.deaths for one in played.fleet.processes),
        "machine": machine(),
    }  # fmt: skip


def machine() -> dict[str, Any]:
    """What it ran on, without a date."""
    import os

    return {"processors": os.cpu_count(), "system": platform.system(), "python": platform.python_version(), "load": round(os.getloadavg()[0], 1)}


def keep(folder: Path | None, name: str, figures: dict[str, Any]) -> None:
    """Write a scenario's figures down, where that is asked for."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
