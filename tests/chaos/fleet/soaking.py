"""What a deployment takes up while it runs for long: memory, open files, the database's log and how far it is behind, looked at every few seconds."""

import asyncio
import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
from sqlalchemy import make_url

from tests.chaos.fleet.evidence import said
from tests.chaos.fleet.fleet import Fleet

LOOKS_EVERY_S = 5.0
PAGE_B = os.sysconf("SC_PAGE_SIZE")
PARTS = 6
"""The time is cut into so many parts. The first is left out: caches fill, pools open."""

_WAL = "SELECT coalesce(sum(size), 0) AS b FROM pg_ls_waldir()"
_DEPTH, _LAG, _UNTOLD = "nextplay_inbox_depth", "nextplay_engine_lag_seconds", "nextplay_messages_oldest_seconds"

Flat = Mapping[str, tuple[float, float]]
"""By what is looked at: how many times as much the last part may be of the second, and how much more on top of that."""

ALLOWED: Flat = {"memory MB": (1.15, 40), "open files": (1.1, 16), "log MB": (1.5, 80), "lag s": (1.5, 10), "inbox": (1.5, 200)}


@dataclass
class Soaking:
    """Looks at a fleet until cancelled. `token`: for `/metrics`."""

    fleet: Fleet
    token: str
    looks: list[Mapping[str, float]] = field(default_factory=list)

    async def look_along(self) -> None:
        """Look, over and over. While something fails there may be nothing to see."""
        async with httpx2.AsyncClient(base_url=self.fleet.url, timeout=5, trust_env=False) as client:
            while True:
                with contextlib.suppress(Exception):
                    self.looks.append(await self._look(client))
                await asyncio.sleep(LOOKS_EVERY_S)

    async def _look(self, client: httpx2.AsyncClient) -> dict[str, float]:
        answer = await client.get("/metrics", headers={"Authorization": f"Bearer {self.token}"})
        told = dict(_gauges(answer.text))
        pids = [process.pid for process in self.fleet.processes]
        return {
            "memory MB": sum(map(_memory, pids)) / 2**20, "open files": float(sum(map(_files, pids))),
            "log MB": await asyncio.to_thread(_log, self.fleet.direct) / 2**20, "lag s": told[_LAG], "inbox": told[_DEPTH], "untold s": told[_UNTOLD],
        }  # fmt: skip

    def parts(self) -> list[dict[str, float]]:
        """The median of each part, oldest first, by what was looked at."""
        assert len(self.looks) >= PARTS * 2, f"it was looked at only {len(self.looks)} times"
        each = len(self.looks) / PARTS
        cut = [self.looks[round(number * each) : round((number + 1) * each)] for number in range(PARTS)]
        return [{what: round(median(look[what] for look in part), 1) for what in part[0]} for part in cut]

    def grown(self, allowed: Flat = ALLOWED) -> Iterator[str]:
        """What is not flat."""
        parts = self.parts()
        for what, (times, more) in allowed.items():
            if parts[-1][what] > parts[1][what] * times + more:
                yield f"{what}: {[part[what] for part in parts]}"

    def figures(self) -> dict[str, Any]:
        """By what was looked at, part after part; and how often it was looked at."""
        parts = self.parts()
        return {"parts": {what: [part[what] for part in parts] for what in parts[0]}, "looks": len(self.looks)}


def _gauges(text: str) -> Iterator[tuple[str, float]]:
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name in (_DEPTH, _LAG, _UNTOLD):
            yield name, float(value)


def _memory(pid: int) -> int:
    """Bytes that are resident and its own."""
    _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    return (int(resident) - int(shared)) * PAGE_B


def _files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _log(url: str) -> int:
    """Bytes of the write-ahead log."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Path(f"{parsed.database}-wal").stat().st_size
    return int(said(url, _WAL)[0]["b"])
