"""Several processes that decide again: each is told the playbooks once, and then takes decisions as the store holds them."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from multiprocessing import get_context
from typing import Any, TypeVar

from agent.domain.model import PRIORS
from agent.learning.storing import model_from_json, model_to_json
from agent.playbook.storing import playbook_from_json, playbook_to_json
from agent.simulating import ONLY_PRIORS, Alone, Conditions, Crew, Rerun

FEW = 500
"""Decisions below which to start processes takes longer than they save."""

Given = TypeVar("Given")
Found = TypeVar("Found")
Book = tuple[str, dict[str, Any]]

_RERUN: list[Rerun] = []
"""What a worker process decides with; set when it starts."""


def hire(rerun: Rerun, decisions: int) -> AbstractContextManager[Crew]:
    """As many processes as there are processors; none besides this one where there is little to do, or one processor."""
    hands = len(os.sched_getaffinity(0))
    return nullcontext(Alone(rerun)) if decisions < FEW or hands < 2 else processes(rerun, hands)


@contextmanager
def processes(rerun: Rerun, hands: int) -> Iterator[Crew]:
    """So many processes. They are started afresh: a copy of this one would share its database and its threads."""
    draft = (rerun.draft.version, playbook_to_json(rerun.draft))
    own = {version: playbook_to_json(book) for version, book in rerun.own.items()}
    models = {version: model_to_json(model) for version, model in rerun.models.items() if version != PRIORS.version}
    told = (draft, own, models, rerun.conditions, rerun.in_full)
    pool = ProcessPoolExecutor(hands, mp_context=get_context("spawn"), initializer=_begin, initargs=told)
    try:
        yield _Processes(pool, hands)
    finally:
        pool.shutdown(cancel_futures=True)


class _Processes:
    def __init__(self, pool: ProcessPoolExecutor, hands: int) -> None:
        self._pool, self.hands = pool, hands

    async def do(self, work: Callable[[Rerun, Given], Found], thing: Given) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._pool, _do, work, thing)


def _begin(draft: Book, own: Mapping[str, dict[str, Any]], made: Mapping[str, str], conditions: Conditions, in_full: bool) -> None:
    books = {version: playbook_from_json(version, stored) for version, stored in own.items()}
    models = {**ONLY_PRIORS, **{version: model_from_json(version, text) for version, text in made.items()}}
    _RERUN[:] = [Rerun(playbook_from_json(*draft), books, conditions, models, in_full=in_full)]


def _do(work: Callable[[Rerun, Given], Found], thing: Given) -> Found:
    return work(_RERUN[0], thing)
