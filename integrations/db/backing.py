"""Where a database is kept: a file of SQLite, or PostgreSQL. What `Database` needs of either."""

from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from integrations.db import postgres, sqlite
from integrations.db.errors import BusyError

READERS = 4


class Backing(Protocol):
    """The connections of an open database, and what keeps writers apart.

    `glancing`: connections on which a few rows are read so quickly that nobody need leave the event loop for them; None where a network is between.
    `looking`: the reading ones, where a network is between, for work of a single statement.
    `path`: the file that it is; None where it is no file of ours. `address`: where the server is; None where there is none.
    """

    writing: Engine
    reading: Engine
    looking: Engine
    glancing: Engine | None
    path: Path | None
    address: URL | None

    def alone(self) -> AbstractContextManager[None]:
        """Held over every writing transaction. Raises BusyError where somebody else keeps it for too long."""
        ...

    def dispose(self) -> None:
        """Close what is open, for good."""
        ...


class InAFile:
    """SQLite: its file, and the lock beside it."""

    def __init__(self, url: str, busy_s: float) -> None:
        self.path: Path | None = sqlite.prepare(url)
        self.address: URL | None = None
        self._lock = sqlite.FileLock(sqlite.beside(self.path, ".lock"), busy_s)
        self.writing = sqlite.writing_engine(self.path, busy_s)
        self.reading = self.looking = sqlite.reading_engine(self.path, busy_s, READERS)
        self.glancing: Engine | None = sqlite.reading_engine(self.path, 0, 1)
        try:
            with self._lock.held():
                sqlite.use_wal(self.writing)
        except BaseException:
            self._close()
            self._lock.close()
            raise

    def alone(self) -> AbstractContextManager[None]:
        """The lock."""
        return self._lock.held()

    def dispose(self) -> None:
        """Close everything. The last connection to close runs a checkpoint. If another process holds the lock, ours is not the last."""
        with suppress(BusyError), self._lock.held():
            self._close()
        self._close()
        self._lock.close()

    def _close(self) -> None:
        for engine in (self.reading, self.glancing, self.writing):
            if engine is not None:
                engine.dispose()


class OnAServer:
    """PostgreSQL: its transactions wait for each other by themselves."""

    def __init__(self, url: str, busy_s: float) -> None:
        address = postgres.address_of(url)
        self.path: Path | None = None
        self.address: URL | None = address
        self.writing = postgres.writing_engine(address, busy_s)
        self.reading, self.looking = postgres.reading_engines(address, busy_s, READERS)
        self.glancing: Engine | None = None

    def alone(self) -> AbstractContextManager[None]:
        """Nothing: each writing transaction begins with taking the lock."""
        return nullcontext()

    def dispose(self) -> None:
        """Close everything."""
        self.reading.dispose()
        self.writing.dispose()


def is_on_a_server(url: str) -> bool:
    """Whether an address is one of PostgreSQL. Anything else is taken for SQLite, which says what is wrong with it."""
    try:
        return make_url(url).get_backend_name() == postgres.BACKEND
    except ArgumentError:
        return False


def shown(url: str) -> str:
    """Where a database is, as it may be printed: its file, or its address without the password. Raises UnsuitableError."""
    return postgres.shown(url) if is_on_a_server(url) else str(sqlite.file_of(url))


def backing_of(url: str, busy_s: float) -> Backing:
    """Open what the address names. Raises UnsuitableError, BusyError."""
    return OnAServer(url, busy_s) if is_on_a_server(url) else InAFile(url, busy_s)
