"""Group commit: one thread, one connection, one transaction and one fsync for everything that waits."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from agent.errors import Unavailable
from integrations.db.away import away_told
from integrations.db.driver import in_transaction, savepoint
from integrations.db.errors import ClosedError, LostError

T = TypeVar("T")
BATCH = 128
"""At most so many jobs share a commit, so that nobody waits long for others."""


class JobSession(Session):
    """The session that a job gets. The writer commits, for all jobs of the batch at once; a job that fails raises."""

    def commit(self) -> None:
        """Refuse: it would commit the work of others."""
        raise RuntimeError("the writer commits: return from the function to commit, raise to roll back")

    def rollback(self) -> None:
        """Refuse: it would undo the work of others."""
        raise RuntimeError("the writer rolls back: raise from the function")


@dataclass(eq=False, slots=True)
class Job:
    """One function to run, and whom to tell. `run` is told whether it is to undo itself alone where it fails. It may be run twice."""

    run: Callable[[Session, Connection, bool], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None

    def attempt(self, session: Session, connection: Connection, apart: bool) -> None:
        """Run it, and remember what came of it."""
        self.result, self.error = None, None
        try:
            with away_told():
                self.result = self.run(session, connection, apart)
        except BaseException as error:  # noqa: BLE001  whatever it raises is its caller's
            self.error = error

    def settle(self) -> None:
        """Give the caller the result or the error; runs in the caller's loop."""
        if self.future.done():  # the caller was cancelled meanwhile
            return
        if self.error is None:
            self.future.set_result(self.result)
        elif isinstance(self.error, StopIteration):  # a future cannot carry it
            self.future.set_exception(RuntimeError(f"the work raised {self.error!r}"))
        else:
            self.future.set_exception(self.error)


def in_session(work: Callable[[Session], T]) -> Callable[[Session, Connection, bool], T]:
    """Work on a session, in a savepoint of the session, so that a flush that fails undoes this job alone."""

    def run(session: Session, _connection: Connection, _apart: bool) -> T:
        try:
            with session.begin_nested():
                return work(session)
        finally:
            session.expunge_all()  # the next job must not see this one's objects

    return run


def on_connection(work: Callable[[Connection], T]) -> Callable[[Session, Connection, bool], T]:
    """Work on the bare connection, which costs half as much."""

    def run(_session: Session, connection: Connection, apart: bool) -> T:
        with savepoint(connection) if apart else nullcontext():
            return work(connection)

    return run


class Writer:
    """Runs jobs one after the other, of which each that fails undoes itself alone; `commit` makes a whole batch durable.

    While it does, every other writer waits, on PostgreSQL in whatever process, and each savepoint is two more ways to the server. So a batch is tried
    without; only where one fails, all are done again, each in a savepoint of its own.
    """

    def __init__(self, engine: Engine, alone: Callable[[], AbstractContextManager[None]], commit: Callable[[Session], None]) -> None:
        self._engine = engine
        self._alone = alone
        self._commit = commit
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._gate = Lock()
        self._open = True
        self.failing = False
        """Whether the latest batch could not be written."""
        self._thread = Thread(target=self._serve, name="nextplay-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Queue a job. Raises ClosedError after `stop`."""
        with self._gate:
            if not self._open:
                raise ClosedError
            self._queue.put(job)

    def stop(self) -> None:
        """Run what is queued, then end the thread. May be called twice."""
        with self._gate:
            if self._open:
                self._queue.put(None)
            self._open = False
        self._thread.join()

    def _serve(self) -> None:
        while (job := self._queue.get()) is not None:
            batch, more = self._gather(job)
            self._run(batch)
            _settle(batch)
            del batch, job  # nobody's results are kept alive while the thread waits
            if not more:
                return

    def _gather(self, first: Job) -> tuple[list[Job], bool]:
        batch = [first]
        while len(batch) < BATCH:
            try:
                job = self._queue.get_nowait()
            except Empty:
                return batch, True
            if job is None:
                return batch, False
            batch.append(job)
        return batch, True

    def _run(self, batch: list[Job]) -> None:
        try:
            with self._alone(), away_told():
                self._transact(batch)
            self.failing = any(isinstance(job.error, Unavailable) for job in batch)
        except BaseException as error:  # noqa: BLE001  the thread must live on; every caller is told
            self.failing = True
            for job in batch:
                job.error = job.error or error

    def _transact(self, batch: list[Job]) -> None:
        if not self._done(batch, apart=False) and len(batch) > 1:
            self._done(batch, apart=True)

    def _done(self, batch: list[Job], *, apart: bool) -> bool:
        """Run a batch and commit it; where not each job is `apart`, the first that fails undoes them all, and it is False."""
        with JobSession(self._engine, expire_on_commit=False) as session:
            connection = session.connection()
            for job in batch:
                job.attempt(session, connection, apart)
                failed = job.error is not None and not apart
                if not in_transaction(connection, broken=failed) and not (failed and len(batch) > 1):
                    raise LostError("", "Is the disk full or failing? Trying again is safe.") from job.error
                if failed:
                    return False
            self._commit(session)
        return True


def _settle(batch: Iterable[Job]) -> None:
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[Job]] = defaultdict(list)
    for job in batch:
        by_loop[job.loop].append(job)
    for loop, jobs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_all, jobs)
        except RuntimeError:  # the loop was closed: nobody waits any more
            continue


def _settle_all(jobs: list[Job]) -> None:
    for job in jobs:
        job.settle()
