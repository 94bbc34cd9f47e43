"""Everything that is true of SQLite alone: its connections, its place on disk, and the lock between processes."""

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import SQLITE_BUSY, SQLITE_LOCKED
from sqlite3 import Connection as DriverConnection
from sqlite3 import DatabaseError as DriverError
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from integrations.db.errors import BusyError, LostError, UnsuitableError
from integrations.db.mounts import refuse_network

EXAMPLE = "Write it as sqlite:///path/to/nextplay.db in NEXTPLAY_DATABASE_URL."
CHECKPOINT_PAGES = 1000
POLL_S = 0.002


def file_of(url: str) -> Path:
    """The file that a database address names. Raises UnsuitableError when it names none that we can use."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UnsuitableError("That is not a database address.", EXAMPLE) from error
    if parsed.get_backend_name() != "sqlite":
        raise UnsuitableError(f"{parsed.get_backend_name()} is not supported.", EXAMPLE)
    if parsed.database in (None, "", ":memory:") or str(parsed.database).startswith("file:"):
        raise UnsuitableError("The database must be a plain file, so that it outlives the process.", EXAMPLE)
    return Path(str(parsed.database)).absolute()


def prepare(url: str, mounts: str | None = None) -> Path:
    """The database file of `url`, made if need be, for its owner only.

    Raises UnsuitableError on a network file system, or when the file cannot be made.
    """
    path = file_of(url)
    refuse_network(path, mounts)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise UnsuitableError(f"{path} cannot be made: {error.strerror}.", "Name a file that you may write.") from error
    return path


def beside(path: Path, suffix: str) -> Path:
    """A file that belongs to the database and lies next to it."""
    return path.with_name(path.name + suffix)


class FileLock:
    """One writer among all processes, by a lock file beside the database.

    SQLite before 3.51.3 can damage a WAL file when one connection starts it anew while another one's checkpoint is
    still copying from it. Many systems ship an affected version. Whoever writes therefore holds this lock over BEGIN,
    COMMIT and the checkpoint that COMMIT may run, so that no two connections ever write or checkpoint at the same
    time. It also means that BEGIN IMMEDIATE has nobody to wait for.
    """

    def __init__(self, path: Path, wait_s: float) -> None:
        self._path = path
        self._wait_s = wait_s
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock. Raises BusyError when another process keeps it for longer than we may wait."""
        self._take()
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _take(self) -> None:
        deadline = time.monotonic() + self._wait_s
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # Polling, because a blocking flock in a thread could not be given up; writers hold the lock for
                # milliseconds.
                if time.monotonic() >= deadline:
                    raise BusyError(
                        f"Another process has kept {self._path} for {self._wait_s:g} s.",
                        "Look for a stopped or hanging nextplay process, then try again.",
                    ) from None
                time.sleep(POLL_S)
            else:
                return

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def writing_engine(path: Path, busy_s: float) -> Engine:
    """One connection whose transactions take the write lock at BEGIN.

    A transaction that reads first and writes later cannot wait for another writer: SQLite refuses at once, whatever
    the busy timeout.
    """
    return _engine(
        path,
        busy_s,
        size=1,
        begin="BEGIN IMMEDIATE",
        pragmas={"synchronous": "FULL", "wal_autocheckpoint": CHECKPOINT_PAGES},
    )


def reading_engine(path: Path, busy_s: float, size: int) -> Engine:
    """Connections that cannot write and never checkpoint; each transaction sees one moment.

    In WAL mode a reader waits for nobody, but for who opens, closes or repairs the file at the same moment.
    """
    return _engine(path, busy_s, size=size, begin="BEGIN", pragmas={"query_only": "ON", "wal_autocheckpoint": 0})


def use_wal(engine: Engine) -> None:
    """Switch the file to write-ahead logging; it stays so. Raises UnsuitableError when it is not such a database."""
    try:
        driver = engine.raw_connection()
        try:
            mode = driver.cursor().execute("PRAGMA journal_mode = WAL").fetchone()[0]
        finally:
            driver.close()
    except (DriverError, DBAPIError) as error:
        what = f"{engine.url.database} cannot be opened as a database: {getattr(error, 'orig', error)}."
        raise UnsuitableError(what, "See that it is a SQLite file that may be written, on a disk with room: df, ls -l.") from error
    if mode != "wal":
        raise UnsuitableError(f"{engine.url.database} stays in {mode} mode.", "Put it on a local disk.")


def in_transaction(connection: Connection) -> bool:
    """Whether the transaction is still there. A full or failing disk makes SQLite roll all of it back by itself."""
    driver = connection.connection.driver_connection
    return bool(driver is not None and driver.in_transaction)


def is_locked(error: DBAPIError) -> bool:
    """Whether a statement was refused because another connection is in the way."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in (SQLITE_BUSY, SQLITE_LOCKED)


def rows(connection: Connection, statement: str, *values: Any) -> list[Any]:
    """What a reading statement gives, column by column as it is stored. Said to the driver directly: SQLAlchemy takes three times as long.

    It is part of the connection's transaction, and of one moment with what else is read there.
    """
    if not connection.in_transaction():
        connection.begin()
    driver = connection.connection.driver_connection
    if driver is None:
        raise LostError
    try:
        return list(driver.execute(statement, values))
    except DriverError as error:
        raise DBAPIError.instance(statement, None, error, DriverError, dialect=connection.dialect) from error


def write(connection: Connection, statement: str, values: Sequence[Sequence[Any]]) -> None:
    """Run a writing statement once for each row of values, said to the driver directly. Only within a transaction that writes."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise LostError
    try:
        driver.executemany(statement, values)
    except DriverError as error:
        raise DBAPIError.instance(statement, None, error, DriverError, dialect=connection.dialect) from error


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Undo what happens inside when it raises. Said to the driver directly: SQLAlchemy takes longer than the insert."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise LostError
    driver.execute("SAVEPOINT job")
    try:
        yield
    except BaseException:
        if driver.in_transaction:
            driver.execute("ROLLBACK TO job")
            driver.execute("RELEASE job")
        raise
    driver.execute("RELEASE job")


def _engine(path: Path, busy_s: float, *, size: int, begin: str, pragmas: dict[str, Any]) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"timeout": busy_s, "check_same_thread": False},
    )
    settings = {"busy_timeout": int(busy_s * 1000), "foreign_keys": "ON", "trusted_schema": "OFF", **pragmas}

    @event.listens_for(engine, "connect")
    def profile(driver: DriverConnection, _record: object) -> None:
        # The driver would begin transactions on its own, but never before SAVEPOINT, SELECT or DDL: BEGIN below is
        # ours alone.
        driver.isolation_level = None
        cursor = driver.cursor()
        for name, value in settings.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
