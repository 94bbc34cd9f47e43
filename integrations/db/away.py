"""A database that does not answer, or cannot write: said so that whoever asked knows to try again."""

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import SQLITE_BUSY, SQLITE_CANTOPEN, SQLITE_FULL, SQLITE_IOERR, SQLITE_LOCKED

from sqlalchemy.exc import DBAPIError

from agent.errors import Unavailable
from integrations.db.errors import AwayError, BusyError, LostError
from integrations.db.postgres import DEADLOCK, LOCK_NOT_AVAILABLE, TOO_LATE

_NO_CONNECTION = ("08", "57P", "53")
"""Classes of SQLSTATE: connections that failed, an operator's shutdown, and a server without room."""

_STATELESS = ("OperationalError", "InterfaceError", "PoolTimeout", "ConnectionTimeout")
"""The driver gives no state where it never had a connection, or lost it."""

_NOT_OF_A_SERVER = "no SQLSTATE"
_WAITED = (LOCK_NOT_AVAILABLE, DEADLOCK, TOO_LATE)


@contextmanager
def away_told() -> Iterator[None]:
    """Raise AwayError where the database was not there, BusyError where somebody was in the way for too long, LostError where the disk fails.

    It takes SQLAlchemy's errors, and those of a driver to which somebody speaks without it.
    """
    try:
        yield
    except Exception as error:
        if (told := _told(error)) is not None:
            raise told from error
        raise


def _told(error: Exception) -> Unavailable | None:
    """What an error means to whoever asked; None where it says that a statement is wrong, or is no driver's."""
    said = error.orig if isinstance(error, DBAPIError) else error
    if (code := getattr(said, "sqlite_errorcode", None)) is not None:
        return _of_a_file(int(code) & 0xFF)
    state = getattr(said, "sqlstate", _NOT_OF_A_SERVER)
    if state == _NOT_OF_A_SERVER:
        return None
    if state in _WAITED:
        return BusyError("Another process has kept the database for too long.", "Try again.")
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return AwayError() if lost or (state.startswith(_NO_CONNECTION) if state else type(said).__name__ in _STATELESS) else None


def _of_a_file(code: int) -> Unavailable | None:
    if code in (SQLITE_BUSY, SQLITE_LOCKED):
        return BusyError("Another process has kept the database for too long.", "Look for a stopped or hanging process that uses it, then try again.")
    return LostError("", "Is the disk full or failing? Trying again is safe.") if code in (SQLITE_FULL, SQLITE_IOERR, SQLITE_CANTOPEN) else None
