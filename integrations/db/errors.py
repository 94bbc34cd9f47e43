"""What can go wrong with the database, besides `agent.errors.NotFound` and `Refused`."""

from agent.errors import InvalidInput, Refused, Unavailable


class UnsuitableError(InvalidInput):
    """The database address, its place or its files cannot be used."""


class BusyError(Unavailable):
    """Another process holds the database for longer than we may wait; nothing was written."""


class LostError(Unavailable):
    """The database threw the whole transaction away; nothing of it was written."""


class ClosedError(Unavailable):
    """The database is closed; nothing can be read or written any more."""


class NotApprovedError(Refused):
    """The database refused to start an action whose exact content is not approved."""


class AwayError(Unavailable):
    """The database does not answer."""

    def __init__(self) -> None:
        super().__init__("", "Look whether PostgreSQL runs, and whether NEXTPLAY_DATABASE_URL names it. What was acknowledged is kept.")
