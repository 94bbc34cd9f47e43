"""Everything that is true of PostgreSQL alone: its connections, and the lock that lets one process write at a time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from select import POLLIN, poll
from time import monotonic
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from integrations.db.errors import LostError, UnsuitableError

BACKEND = "postgresql"
EXAMPLE = "Write it as postgresql+psycopg://user:password@host/nextplay in NEXTPLAY_DATABASE_URL."
WRITERS = 0x6E_65_78_74
"""The advisory lock that whoever writes takes first: "next" in ASCII."""

CONNECT_S = 5
NOT_DEAD: Mapping[str, Any] = {
    "keepalives": 1, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000,
}  # fmt: skip
"""A host that has gone without a word is noticed after about ten seconds, and not when TCP gives up. Nothing of it concerns a socket in a file."""

TRUSTED_S = 1.0
"""A connection that was used so lately, and is silent, is not tried before it is used: that takes as long as most of what is asked."""

LOCK_NOT_AVAILABLE, DEADLOCK, TOO_LATE = "55P03", "40P01", "57014"
_IN_TRANSACTION, _IN_BROKEN = 2, 3
"""As libpq numbers them."""
_USED = "used"
"""When a connection was last in use, in seconds of the monotonic clock."""


def address_of(url: str) -> URL:
    """The address, with the driver that we have. Raises UnsuitableError where the driver is not installed, or the address names no database."""
    parsed = make_url(url)
    if parsed.get_driver_name() != "psycopg":
        raise UnsuitableError(f"The driver {parsed.get_driver_name()} is not supported.", EXAMPLE)
    if not parsed.database:
        raise UnsuitableError("The address names no database.", EXAMPLE)
    try:
        import psycopg  # noqa: F401  an extra: whoever uses SQLite need not have it
    except ImportError:
        raise UnsuitableError("PostgreSQL needs a driver that is not installed.", "Run: pip install 'nextplay[postgres]'") from None
    return parsed


def told(url: URL) -> str:
    """The address as the driver itself reads it, for whoever speaks to it without SQLAlchemy."""
    return url.set(drivername=BACKEND).render_as_string(hide_password=False)


def shown(url: str) -> str:
    """The address without its password."""
    return make_url(url).render_as_string(hide_password=True)


def writing_engine(url: URL, busy_s: float) -> Engine:
    """One connection whose transactions wait for every other writer first, in whatever process.

    All of our writing transactions may then read first and write what follows from it, as in SQLite. They are short, and share commits; and no
    isolation level has to be trusted.
    """
    engine = _engine(url, size=1, timeout_s=busy_s, read_only=False)

    @event.listens_for(engine, "begin")
    def alone(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITERS})

    return engine


def reading_engines(url: URL, busy_s: float, size: int) -> tuple[Engine, Engine]:
    """Connections that cannot write, in two ways: each transaction sees one moment; and, for single statements, none at all. Such a statement sees
    one moment anyway, and a transaction around it is two more ways to the server.
    """
    engine = _engine(url, size=size, timeout_s=busy_s, read_only=True)
    return engine.execution_options(isolation_level="REPEATABLE READ"), engine.execution_options(isolation_level="AUTOCOMMIT")


def _engine(url: URL, *, size: int, timeout_s: float, read_only: bool) -> Engine:
    options = {"timezone": "UTC", "lock_timeout": int(timeout_s * 1000), "default_transaction_read_only": "on" if read_only else "off"}
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={
            "connect_timeout": CONNECT_S,
            "application_name": "nextplay",
            **NOT_DEAD,
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        },
    )
    _try_before_use(engine)
    return engine


def _try_before_use(engine: Engine) -> None:
    """Like SQLAlchemy's own `pool_pre_ping`, but for connections of which nobody knows."""

    @event.listens_for(engine, "checkin")
    def used(_driver: Any, record: ConnectionPoolEntry) -> None:
        record.info[_USED] = monotonic()

    @event.listens_for(engine, "checkout")
    def tried(driver: Any, record: ConnectionPoolEntry, _fairy: Any) -> None:
        lately = record.info.get(_USED)
        if lately is None:
            return  # it has just been made
        try:
            if monotonic() - lately >= TRUSTED_S or not silent(driver):
                engine.dialect.do_ping(driver)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def silent(driver: Any) -> bool:
    """Whether nothing has come on a driver's line that nobody asked for: what a server says when it ends, or its hanging up. Raises the driver's
    Error where it is closed.
    """
    line = poll()
    line.register(driver.fileno(), POLLIN)
    return not line.poll(0)


def is_locked(error: DBAPIError) -> bool:
    """Whether a statement gave up waiting for another connection."""
    return getattr(error.orig, "sqlstate", None) in (LOCK_NOT_AVAILABLE, DEADLOCK, TOO_LATE)


def in_transaction(connection: Connection, *, broken: bool = False) -> bool:
    """Whether the transaction is still there, and takes statements, unless it may be `broken`."""
    if connection.invalidated or connection.closed:
        return False
    driver = connection.connection.driver_connection
    fine = (_IN_TRANSACTION, _IN_BROKEN) if broken else (_IN_TRANSACTION,)
    return driver is not None and not driver.closed and driver.info.transaction_status in fine


def rows(connection: Connection, statement: str, *values: Any) -> list[Any]:
    """What a reading statement gives, column by column."""
    return list(connection.exec_driver_sql(_spelled(statement), values).all())


def write(connection: Connection, statement: str, values: Sequence[Sequence[Any]]) -> None:
    """Run a writing statement once for each row of values."""
    if values:
        connection.exec_driver_sql(_spelled(statement), [tuple(row) for row in values])


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Undo what happens inside when it raises."""
    if connection.closed:
        raise LostError
    with connection.begin_nested():
        yield


def _spelled(statement: str) -> str:
    return statement.replace("%", "%%").replace("?", "%s")
