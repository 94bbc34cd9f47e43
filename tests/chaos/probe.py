"""Crash points: a count before and after every commit and every outside call, and a kill -9 at one of them."""

import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Lock
from typing import Any, Literal

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from sqlmodel import Session

from integrations.db.database import Database
from integrations.sandbox.effects import SandboxEffects
from tests.chaos.notes import Notes
from tools.ports import Command, Effects, Receipt

POINTS = "point"


class Probe:
    """Counts the points that a process passes, and kills it at number `die_at`; without that, writes down their names."""

    def __init__(self, notes: Notes, die_at: int | None) -> None:
        self._notes = notes
        self._die_at = die_at
        self._passed = 0
        self._lock = Lock()  # commits happen in the writer's thread, calls in the loop's

    def __call__(self, name: str) -> None:
        """Pass one point."""
        with self._lock:
            self._passed += 1
            if self._die_at is None:
                self._notes.add(POINTS, name=name)
            elif self._passed == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    @asynccontextmanager
    async def around(self, name: str) -> AsyncIterator[None]:
        """Two points: before and after."""
        self(f"before {name}")
        yield
        self(f"after {name}")


class ProbedDatabase(Database):
    """The real database, with a point on either side of each commit."""

    def __init__(self, url: str, probe: Probe) -> None:
        self._probe = probe
        super().__init__(url)

    def _commit(self, session: Session) -> None:
        self._probe("before commit")
        super()._commit(session)
        self._probe("after commit")


class ProbedEffects:
    """The real target, with points around each call. It also writes down each call, and whether the effect was there
    already: a target that recognises its marker would hide that it was asked twice.
    """

    def __init__(self, inner: Effects, probe: Probe, notes: Notes) -> None:
        self._inner, self._probe, self._notes = inner, probe, notes

    async def execute(self, command: Command) -> Receipt:
        """Pass the call on."""
        async with self._probe.around(f"execute {command.kind}"):
            self._note("call", command, already=await self._is_done(command.marker))
            receipt = await self._inner.execute(command)
            self._note("return", command)
            return receipt

    async def look_up(self, command: Command) -> Receipt | Literal["absent", "unknowable"]:
        """Pass the call on."""
        async with self._probe.around(f"look up {command.kind}"):
            return await self._inner.look_up(command)

    def _note(self, kind: str, command: Command, **said: bool) -> None:
        """Which process did what to whom, and when: the monotonic clock is the same for all processes of a machine."""
        self._notes.add(kind, marker=command.marker, target=command.target, process=os.getpid(), at=time.monotonic(), **said)

    async def _is_done(self, marker: str) -> bool:
        assert isinstance(self._inner, SandboxEffects), "only the sandbox shows its log"
        return any(done["marker"] == marker for done in await self._inner.log())


@contextmanager
def probed_checkpoints(probe: Probe) -> Iterator[None]:
    """Points around what the graph writes to its checkpoints. For a process that does nothing else meanwhile."""
    savers = (AsyncSqliteSaver, AsyncPostgresSaver)
    plain = [(saver, name, getattr(saver, name)) for saver in savers for name in ("aput", "aput_writes", "adelete_thread")]
    try:
        for saver, name, method in plain:
            setattr(saver, name, _probed(method, name, probe))
        yield
    finally:
        for saver, name, method in plain:
            setattr(saver, name, method)


def _probed(method: Callable[..., Any], name: str, probe: Probe) -> Callable[..., Any]:
    async def call(*args: Any, **named: Any) -> Any:
        async with probe.around(f"checkpoint {name}"):
            return await method(*args, **named)

    return call
