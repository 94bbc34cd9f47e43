"""Several processes that decide again: they take decisions as the store holds them, and are told the playbooks with the first."""

import asyncio
import gc
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_all_start_methods, get_context
from typing import Any, TypeVar

from agent.domain.model import PRIORS
from agent.learning.storing import model_from_json, model_to_json
from agent.looking_back import Hire
from agent.playbook.storing import playbook_from_json, playbook_to_json
from agent.simulating import ONLY_PRIORS, Alone, Crew, Rerun

FEW = 500
"""Decisions that one process has looked at before others have begun."""

_NEW_OBJECTS = 100_000
"""After so many objects Python looks for garbage in cycles: those of about forty decisions."""

Given = TypeVar("Given")
Found = TypeVar("Found")

_RERUN: dict[bytes, Rerun] = {}
"""What a worker process decides with, by what it was told."""


@dataclass(frozen=True, slots=True)
class StandingBy:
    """Processes that wait for something to look at. `hire` gives them to a simulation."""

    hire: Hire
    pool: ProcessPoolExecutor | None = None

    def meanwhile(self, work: Callable[[Given], Found], thing: Given) -> Callable[[], Found]:
        """Begin something in one of them, where there are any. What comes of it is had by the call, which may have to wait."""
        return self.pool.submit(work, thing).result if self.pool else partial(work, thing)


@contextmanager
def standing_by() -> Iterator[StandingBy]:
    """Processes for whatever is to be looked at while the context is open, as many as there are processors.

    Where that is safe they are forked at once, and have everything loaded. So enter this before anything is opened or started that a copy of this
    process would share: a database, a thread. Elsewhere they are started when there is enough to do.
    """
    hands = _processors()
    if hands < 2:
        yield StandingBy(lambda rerun, _decisions: nullcontext(Alone(rerun)))
    elif threading.active_count() > 1 or "fork" not in get_all_start_methods():
        yield StandingBy(partial(hire, hands=hands))
    else:
        with _pool("fork", hands) as pool:
            for ready in [pool.submit(_begin) for _ in range(hands)]:
                ready.result()
            yield StandingBy(lambda rerun, decisions: nullcontext(Alone(rerun) if decisions < FEW else _Processes(pool, hands, rerun)), pool)


def beside_a_server(rerun: Rerun, decisions: int) -> AbstractContextManager[Crew]:
    """As many as there are processors, for a process that serves meanwhile: started afresh, for a copy would share its connections."""
    hands = _processors()
    return hire(rerun, decisions, hands) if hands > 1 else nullcontext(Alone(rerun))


def hire(rerun: Rerun, decisions: int, hands: int) -> AbstractContextManager[Crew]:
    """So many processes, started afresh; none besides this one where there is little to do."""
    return nullcontext(Alone(rerun)) if decisions < FEW else processes(rerun, hands)


@contextmanager
def processes(rerun: Rerun, hands: int) -> Iterator[Crew]:
    """So many processes, which share nothing with this one."""
    with _pool("spawn", hands) as pool:
        yield _Processes(pool, hands, rerun)


@contextmanager
def _pool(how: str, hands: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(hands, mp_context=get_context(how), initializer=_begin)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _processors() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Processes:
    def __init__(self, pool: ProcessPoolExecutor, hands: int, rerun: Rerun) -> None:
        self._pool, self.hands, self._told = pool, hands, _told(rerun)

    async def do(self, work: Callable[[Rerun, Given], Found], thing: Given) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._pool, _do, self._told, work, thing)


def _told(rerun: Rerun) -> bytes:
    """What another process must know to decide alike."""
    draft = (rerun.draft.version, playbook_to_json(rerun.draft))
    own = {version: playbook_to_json(book) for version, book in rerun.own.items()}
    models = {version: model_to_json(model) for version, model in rerun.models.items() if version != PRIORS.version}
    return pickle.dumps((draft, own, models, rerun.conditions, rerun.in_full))


def _heard(told: bytes) -> Rerun:
    draft, own, made, conditions, in_full = pickle.loads(told)  # noqa: S301  from the process that started this one
    books = {version: playbook_from_json(version, stored) for version, stored in own.items()}
    models = {**ONLY_PRIORS, **{version: model_from_json(version, text) for version, text in made.items()}}
    return Rerun(playbook_from_json(*draft), books, conditions, models, in_full=in_full)


def _begin() -> None:
    """Whoever interrupts the command means the process that they started; it ends the others.

    What is opened here goes as it came, without cycles: Python need not look for them often.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


def _do(told: bytes, work: Callable[[Rerun, Any], Any], thing: Any) -> Any:
    if told not in _RERUN:
        _RERUN.clear()
        _RERUN[told] = _heard(told)
    return work(_RERUN[told], thing)
