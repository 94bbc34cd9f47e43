"""A database that does not answer: said so that whoever asked knows to try again."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from integrations.db.errors import AwayError, BusyError
from integrations.db.postgres import is_locked

_NO_CONNECTION = ("08", "57P", "53")
"""Classes of SQLSTATE: connections that failed, an operator's shutdown, and a server without room."""


@contextmanager
def away_told() -> Iterator[None]:
    """Raise AwayError where PostgreSQL was not there, and BusyError where somebody was in the way for too long."""
    try:
        yield
    except DBAPIError as error:
        if not hasattr(error.orig, "sqlstate"):  # SQLite's
            raise
        if is_locked(error):
            raise BusyError("Another process has kept the database for too long.", "Try again.") from error
        if error.connection_invalidated or _is_away(error):
            raise AwayError from error
        raise


def _is_away(error: DBAPIError) -> bool:
    """The driver gives no state where it never had a connection, or lost it."""
    state = getattr(error.orig, "sqlstate", None)
    return state.startswith(_NO_CONNECTION) if state else isinstance(error, OperationalError | InterfaceError)
