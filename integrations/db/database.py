"""The database: writes share commits in one thread, reads run beside them, and quick looks need no thread at all."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from integrations.db.away import away_told
from integrations.db.backing import READERS, backing_of
from integrations.db.driver import is_locked
from integrations.db.errors import ClosedError, UnsuitableError
from integrations.db.writer import Job, Writer, in_session, on_connection
from integrations.telemetry import TELEMETRY

T = TypeVar("T")


class Database:
    """An open database. `busy_s`: how long to wait for another process.

    A write is durable when `write` returns, and every `read` that starts afterwards sees it.
    """

    def __init__(self, url: str, *, busy_s: float = 5.0) -> None:
        self._backing = backing_of(url, busy_s)
        self._glancer: Connection | None = None
        self._glancing = Lock()
        self._closed = False
        self._writer = Writer(self._backing.writing, self._backing.alone, self._commit)
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="nextplay-reader")

    @property
    def path(self) -> Path | None:
        """The file that it is; None where it is on a server."""
        return self._backing.path

    @property
    def file(self) -> Path:
        """The same, for whoever puts something beside it. Raises UnsuitableError where it is on a server."""
        if self.path is None:
            raise UnsuitableError("Nothing can be put beside a database on a server.", "Name a file of SQLite in NEXTPLAY_DATABASE_URL.")
        return self.path

    @property
    def address(self) -> URL | None:
        """The server that it is on; None where it is a file."""
        return self._backing.address

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction of its own; returns its result once that is on disk. If it raises, nothing stays.

        `work` runs in the writer's thread, maybe twice: it must be quick, and must neither commit nor keep the session. A caller
        that is cancelled does not know whether the work was done.
        """
        return await self._submit(in_session(work))

    async def write_core(self, work: Callable[[Connection], T]) -> T:
        """The same for work that needs no session; cheaper."""
        return await self._submit(on_connection(work))

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run `work` on one moment of the database, in a thread, on a connection that cannot write."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, work)

    async def read_core(self, work: Callable[[Connection], T]) -> T:
        """The same for work that needs no session; cheaper."""
        return await self._read_along(work, self._backing.reading)

    async def glance(self, work: Callable[[Connection], T], *, single: bool = False) -> T:
        """The same for a quick `work`, on the caller's own thread: the way to another and back costs more than a few rows.

        It never waits: where something is locked, the work goes to a thread after all. So it may run twice. `single`: it says one statement.
        """
        if self._closed:
            raise ClosedError
        if self._backing.glancing is None:
            return await self._read_along(work, self._backing.looking if single else self._backing.reading)
        try:
            return self._glance(work, self._backing.glancing)
        except OperationalError as error:
            if not is_locked(error):
                raise
        return await self.read_core(work)

    async def time(self) -> datetime:
        """The time by the clock of its server, which whoever shares it can agree on; where it is a file, by this host's."""
        if self.path is not None:
            return datetime.now(UTC)
        return await self.read_core(lambda connection: connection.execute(text("SELECT clock_timestamp()")).scalar_one())

    async def answers(self) -> None:
        """Read, and pass by the writer; where the latest write failed, write. Raises what keeps it from that."""
        await self.read_core(lambda connection: connection.execute(text("SELECT 1")).scalar())
        await self.write_core(_try_to_write if self._writer.failing else _pass_by)

    def close(self) -> None:
        """Finish what is queued and close every connection. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._writer.stop()
        self._threads.shutdown()
        if self._glancer is not None:
            self._glancer.close()
            self._glancer = None
        self._backing.dispose()

    def _commit(self, session: Session) -> None:
        """Commit one batch. A test overrides this to fail or die before or after."""
        Session.commit(session)

    def _glance(self, work: Callable[[Connection], T], engine: Engine) -> T:
        """On a connection that stays open: to take one out of a pool and put it back costs more than most glances."""
        with self._glancing:
            if self._glancer is None:
                self._glancer = engine.connect()
            try:
                return work(self._glancer)
            finally:
                self._glancer.rollback()

    def _read(self, work: Callable[[Session], T]) -> T:
        with away_told(), Session(self._backing.reading, expire_on_commit=False) as session:
            return work(session)

    async def _read_along(self, work: Callable[[Connection], T], engine: Engine) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _read_core, work, engine)

    async def _submit(self, run: Callable[[Session, Connection, bool], T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with TELEMETRY.step("commit"):
            self._writer.submit(Job(run, future, loop))
            return await future


def _read_core(work: Callable[[Connection], T], engine: Engine) -> T:
    with away_told(), engine.connect() as connection:
        return work(connection)


def _pass_by(_connection: Connection) -> None:
    """Nothing is written; but whoever keeps others from writing keeps this waiting, too."""


def _try_to_write(connection: Connection) -> None:
    """Something that takes room on the disk, and is taken away with it."""
    connection.execute(text("INSERT INTO sandbox_meta (key, value) VALUES ('written', '') ON CONFLICT (key) DO UPDATE SET value = excluded.value"))
    connection.execute(text("DELETE FROM sandbox_meta WHERE key = 'written'"))
