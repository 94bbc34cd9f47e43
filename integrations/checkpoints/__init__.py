"""The checkpoints of runs that wait for people: a cache in a place of its own, because the runs table rebuilds what is lost."""

from contextlib import AbstractAsyncContextManager

from integrations.checkpoints.paused import Saver
from integrations.db.database import Database
from integrations.db.sqlite import beside


def checkpoints_of(database: Database) -> AbstractAsyncContextManager[Saver]:
    """Those that belong to a database: in a file beside it, or in a schema of its server."""
    if database.address is not None:
        from integrations.checkpoints.on_a_server import paused_on_a_server

        return paused_on_a_server(database.address)
    from integrations.checkpoints.in_a_file import paused_runs

    return paused_runs(beside(database.file, ".checkpoints"))
