"""What the sandbox's readers share: reading together, with the faults that a fixture has set."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from integrations.sandbox import records
from tools.ports import SourceError

T = TypeVar("T")
Clock = Callable[[], datetime]
Pause = Callable[[], Awaitable[None]]

SLOW_S = 30.0
"""How long a source that is set to `slow` keeps its caller waiting."""


class Store(Protocol):
    """The part of the database that the sandbox needs: transactions, and quick looks."""

    async def glance(self, work: Callable[[Connection], T], *, single: bool = False) -> T: ...
    async def read_core(self, work: Callable[[Connection], T]) -> T: ...
    async def write_core(self, work: Callable[[Connection], T]) -> T: ...


async def thirty_seconds() -> None:
    """The pause of a slow source."""
    await asyncio.sleep(SLOW_S)


def fault(connection: Connection, source: str) -> str:
    """What a fixture's `faults` say of a source: `ok`, `down`, `slow` or `unknowable`."""
    record = records.living(connection, "faults", source)
    return str(record.data["mode"]) if record else "ok"


@dataclass(frozen=True, slots=True)
class Ask:
    """One read that waits for its batch; `answer` becomes its fault mode and what it found. Asks of the same `question` (None: like no other)
    are worked on once. `single`: its work is one statement.
    """

    source: str
    work: Callable[[Connection], Any]
    question: Hashable
    single: bool
    answer: asyncio.Future[tuple[str, Any]]


class Together:
    """Runs reads that are asked for at the same time in one transaction.

    A gathering asks some twenty small questions at once: so they see one moment, and one look answers them all. One that is asked alone, in one
    statement, needs none for that; the fault mode may be of a moment before.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asks: list[Ask] = []
        self._trips: asyncio.Task[None] | None = None

    async def read(self, source: str, work: Callable[[Connection], T], question: Hashable = None, *, single: bool = False) -> tuple[str, T | None]:
        """The source's fault mode, and what `work` found; None while the source is set to `down`."""
        ask = Ask(source, work, question, single, asyncio.get_running_loop().create_future())
        self._asks.append(ask)
        if self._trips is None or self._trips.done():
            self._trips = asyncio.ensure_future(self._travel())
        return await ask.answer

    async def _travel(self) -> None:
        while self._asks:
            await asyncio.sleep(0)  # whoever is about to ask comes along
            asks, self._asks = self._asks, []
            await self._answer(asks)

    async def _answer(self, asks: list[Ask]) -> None:
        try:
            alone = len(asks) == 1 and asks[0].single
            found: list[Any] = await self._store.glance(lambda connection: list(_answers(connection, asks)), single=alone)
        except Exception as error:  # noqa: BLE001  whoever asked is told
            found = [error] * len(asks)
        for ask, answer in zip(asks, found, strict=True):
            if ask.answer.done():  # its asker was cancelled meanwhile
                continue
            if isinstance(answer, Exception):
                ask.answer.set_exception(answer)
            else:
                ask.answer.set_result(answer)


def _answers(connection: Connection, asks: list[Ask]) -> Iterator[Any]:
    modes = {record.id: str(record.data["mode"]) for record in records.all_of(connection, "faults")}
    found: dict[Hashable, Any] = {}
    for ask in asks:
        key = id(ask) if ask.question is None else (ask.source, ask.question)
        if key not in found:
            found[key] = _answer(connection, ask, modes.get(ask.source, "ok"))
        yield found[key]


def _answer(connection: Connection, ask: Ask, mode: str) -> Any:
    try:
        return mode, None if mode == "down" else ask.work(connection)
    except Exception as error:  # noqa: BLE001  one ask that fails must not fail the others
        return error


class Source:
    """Base of the sandbox's readers."""

    def __init__(self, together: Together, *, pause: Pause = thirty_seconds) -> None:
        self._together = together
        self._pause = pause

    async def _read(self, source: str, work: Callable[[Connection], T], question: Hashable = None, *, single: bool = False) -> T:
        """Read as the named source. Raises SourceError while it is set to `down`, and waits while it is set to
        `slow`. Those who have the same `question` at the same time share what is found. `single`: the work is one statement.
        """
        mode, found = await self._together.read(source, work, question, single=single)
        if mode == "down":
            raise SourceError(source, "the sandbox has it set to down")
        if mode == "slow":
            await self._pause()
        return found  # type: ignore[return-value]  # only `down` leaves it out
