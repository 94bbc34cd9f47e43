"""Hosts whose clocks are wrong and are set while everything runs: real processes, whose calls for the time are answered by libfaketime.

It comes with most distributions (`apt install faketime`). What counts seconds is left alone, as it is when somebody sets a clock.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.chaos.fleet.fleet import Fleet

LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib")
APART_S = (0.5, 3.0)
"""So much time lies between two settings."""


def library() -> Path | None:
    """Where libfaketime is; None where it is not installed."""
    found = (path for place in LIBRARIES for path in Path(place).glob("**/faketime/libfaketimeMT.so.1"))
    return next(found, None)


@dataclass
class WrongClocks:
    """The clocks of hosts, by the name of the process that runs there. `folder`: where each is set, in a file."""

    folder: Path
    library: Path
    away_s: dict[str, int] = field(default_factory=dict)

    def __call__(self, process: str) -> Mapping[str, str]:
        """The environment of a process on its host."""
        self.set(process, self.away_s.get(process, 0))
        return {
            "LD_PRELOAD": str(self.library), "FAKETIME_TIMESTAMP_FILE": str(self._file(process)), "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip

    def set(self, process: str, away_s: int) -> None:
        """Set the clock of a host so many seconds away from the true time."""
        self.away_s[process] = away_s
        written = self.folder / f".{process}-clock"
        written.write_text(f"{away_s:+d}\n")
        written.replace(self._file(process))

    def _file(self, process: str) -> Path:
        return self.folder / f"{process}-clock"


@dataclass
class Setter:
    """Sets the clocks of hosts forward, back and right, so often."""

    clocks: WrongClocks
    processes: tuple[str, ...]
    dice: Random
    times: int
    by_s: int

    async def __call__(self, fleet: Fleet) -> dict[str, Any]:
        """Set them."""
        for _ in range(self.times):
            await asyncio.sleep(self.dice.uniform(*APART_S))
            self.clocks.set(self.dice.choice(self.processes), self.dice.choice((-self.by_s, 0, self.by_s)))
        await fleet.ready()
        return {"clocks set": self.times}
