"""The processes of a fleet: each is started anew as soon as it has ended, as a service manager does."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]
NEXTPLAY = ("-c", "from integrations.cli import main; raise SystemExit(main())")
STARTS_WITHIN_S = 300.0
"""Two seconds are usual; a machine may be very busy."""

ENDS_WITHIN_S = 40.0


@dataclass
class Kept:
    """One process that is kept alive. `sign`: what it writes once it works."""

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    sign: str
    starts: int = 0
    deaths: int = 0
    """How often it ended by itself."""
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    _meant_to_end: bool = False

    @property
    def log(self) -> Path:
        """What its latest incarnation wrote."""
        return self.folder / f"{self.name}-{self.starts}.log"

    @property
    def pid(self) -> int:
        """Of its latest incarnation."""
        assert self._process is not None, f"{self.name} was never started"
        return self._process.pid

    @property
    def works(self) -> bool:
        """Whether it lives, and has said that it works."""
        return self._process is not None and self._process.poll() is None and self.sign in self.log.read_text()

    def start(self) -> None:
        """Start it."""
        self.starts += 1
        with self.log.open("w") as log:
            command = [sys.executable, *self.command]
            self._process = subprocess.Popen(command, cwd=self.folder, env=dict(self.environment), stdout=log, stderr=log)  # noqa: S603  ours

    def kill(self) -> None:
        """Kill -9. Whoever keeps it alive starts it anew."""
        self._meant_to_end = True
        os.kill(self.pid, signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    async def keep(self) -> None:
        """Start it anew whenever it has ended, until cancelled."""
        while True:
            if self._process is None or self._process.poll() is not None:
                self.deaths += self._process is not None and not self._meant_to_end
                self._meant_to_end = False
                self.start()
            await asyncio.sleep(0.05)

    async def working(self) -> None:
        """Wait until it works."""
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self.works:
            assert time.monotonic() < deadline, f"{self.name} does not work: {self.log.read_text()[-3000:]}"
            await asyncio.sleep(0.05)

    def end(self) -> int:
        """Ask it to end, and wait; its exit code. Nobody may keep it alive any more."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        return self._process.wait()
