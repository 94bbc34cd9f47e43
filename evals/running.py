"""Plays many cases: side by side in processes of their own, each result kept as soon as it is there."""

import asyncio
import functools
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.playbook.loader import DEFAULT, load
from evals.findings import Finding
from evals.judging import judge
from evals.letters import letters
from evals.loading import Loaded
from evals.measuring import measures
from evals.prepared import prepare
from evals.results import Result
from evals.stage import Props, play
from integrations import logging

_read_once = functools.cache(load)


@dataclass(frozen=True, slots=True)
class Task:
    """One playing of one case."""

    loaded: Loaded
    attempt: int

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from the others."""
        return self.loaded.id, self.attempt


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be played, and with what."""

    cases: Sequence[Loaded]
    times: int = 1
    jobs: int = 0
    playbook: Path = DEFAULT
    model: Mapping[str, Any] = field(default_factory=dict)
    judge: str | None = None
    """The model that judges what customers are sent; None: nobody does."""

    def tasks(self) -> list[Task]:
        """Every playing; the attempts of a case stand apart, so that its first results come early."""
        return [Task(one, attempt) for attempt in range(1, self.times + 1) for one in self.cases]

    def fingerprint(self) -> dict[str, Any]:
        """What must be the same for results to belong together."""
        model = {name: str(value) for name, value in self.model.items() if "key" not in name}
        cases = {one.id: one.hash for one in self.cases}
        return {"cases": cases, "times": self.times, "playbook": _read_once(self.playbook).version, "model": model, "judge": self.judge}


def run(
    plan: Plan,
    *,
    done: Sequence[Result] = (),
    judged: Callable[[Result], Result] = lambda result: result,
    told: Callable[[Result], None] = lambda _result: None,
    folder: Path | None = None,
) -> list[Result]:
    """Play what is not done yet; `told` hears of each result as it comes, `judged`. Raises PlaybookError for a playbook that does not load.

    Databases that were prepared once are kept in `folder`, for runs that follow each other.
    """
    _read_once(plan.playbook)
    finished = {(one.id, one.attempt) for one in done}
    left = [task for task in plan.tasks() if task.key not in finished]
    results = list(done)
    with _folder() as place:
        worlds = asyncio.run(prepare([task.loaded.case for task in left], (folder or place) / "worlds"))
        props = {"worlds": worlds, "playbook": plan.playbook, "model": dict(plan.model), "folder": place, "with_letters": plan.judge is not None}
        for result in map(judged, _played(left, props, min(plan.jobs or os.cpu_count() or 1, len(left) or 1))):
            results.append(result)
            told(result)
    return sorted(results, key=lambda one: (one.id, one.attempt))


def play_case(
    loaded: Loaded, *, attempt: int, worlds: Mapping[str, Path], playbook: Path, model: Mapping[str, Any], folder: Path, with_letters: bool = False
) -> Result:
    """Play and judge one case. What the machine raises is a finding of the case, and keeps no other from being played."""
    props = Props(worlds, playbook, _read_once, model)
    place = Path(tempfile.mkdtemp(dir=folder))
    result = functools.partial(Result, loaded.suite, loaded.name, loaded.hash, _read_once(playbook).version, attempt)
    try:
        seen = asyncio.run(play(loaded.case, loaded.name, props, place))
    except Exception as error:  # noqa: BLE001  whatever a case dies of is what is wrong with it
        return result((Finding("crashed", f"{type(error).__name__}: {error}"),))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return result(tuple(judge(loaded.case, seen)), measures(loaded.case, seen), tuple(letters(seen)) if with_letters else ())


def _played(tasks: Sequence[Task], props: Mapping[str, Any], jobs: int) -> Iterator[Result]:
    if jobs == 1:
        logging.configure(level="CRITICAL", style="console")
        yield from (play_case(task.loaded, attempt=task.attempt, **props) for task in tasks)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _quietly) as pool:
        waiting: list[Future[Result]] = [pool.submit(play_case, task.loaded, attempt=task.attempt, **props) for task in tasks]
        try:
            yield from (one.result() for one in as_completed(waiting))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _quietly() -> None:
    logging.configure(level="CRITICAL", style="console")


@contextmanager
def _folder() -> Iterator[Path]:
    """Memory where there is some to write to: every case makes a database of its own, and none is kept."""
    memory = Path("/dev/shm")  # noqa: S108  a folder of our own is made in it
    with tempfile.TemporaryDirectory(prefix="nextplay-evals-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)
