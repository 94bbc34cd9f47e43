"""Schema migrations, run through functions: users need no alembic.ini."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from integrations.db import postgres
from integrations.db.all_rows import Row
from integrations.db.away import away_told
from integrations.db.backing import is_on_a_server
from integrations.db.driver import is_sqlite
from integrations.db.migrations.scope import OPTIONS
from integrations.db.sqlite import FileLock, beside, file_of, prepare, use_wal, writing_engine
from integrations.db.triggers import FUNCTIONS, ON_A_SERVER, TRIGGERS

BUSY_S = 30.0
"""A migration may wait so long for running processes to finish their commits."""


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to `revision`, making it if need be; all or nothing. Raises BusyError, UnsuitableError."""
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Take the database back to `revision` (`base`: empty). What only later revisions can hold is lost."""
    _run(url, lambda config: command.downgrade(config, revision))


def check(url: str) -> list[str]:
    """What keeps the database from being as the code expects it, in sentences; empty when it is ready to use."""
    if not is_on_a_server(url) and not file_of(url).exists():
        return [f"There is no database at {file_of(url)}. Run: nextplay db upgrade"]
    with _writing(url) as connection:
        return _revision(connection) or [*_schema(connection), *_triggers(connection)]


def _run(url: str, migrate: Callable[[Config], None]) -> None:
    with _writing(url) as connection:
        config = _config()
        config.attributes["connection"] = connection
        migrate(config)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _writing(url: str) -> AbstractContextManager[Connection]:
    return _on_a_server(url) if is_on_a_server(url) else _in_a_file(url)


@contextmanager
def _on_a_server(url: str) -> Iterator[Connection]:
    engine = postgres.writing_engine(postgres.address_of(url), BUSY_S)
    try:
        with away_told(), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _in_a_file(url: str) -> Iterator[Connection]:
    path = prepare(url)
    lock, engine = FileLock(beside(path, ".lock"), BUSY_S), writing_engine(path, BUSY_S)
    try:
        with lock.held():
            try:
                use_wal(engine)
                with engine.begin() as connection:
                    yield connection
            finally:
                engine.dispose()
    finally:
        lock.close()


_ARMED = text("SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal AND tgenabled = 'O'")
_DOES = text("SELECT proname, prosrc FROM pg_proc JOIN pg_namespace AS n ON n.oid = pronamespace WHERE n.nspname = current_schema()")


def _revision(connection: Connection) -> list[str]:
    found = MigrationContext.configure(connection).get_current_revision()
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    if found == wanted:
        return []
    return [f"The schema is at revision {found or 'none'}, not {wanted}. Run: nextplay db upgrade"]


def _schema(connection: Connection) -> list[str]:
    context = MigrationContext.configure(connection, opts=OPTIONS)
    return [f"The schema differs: {difference}" for difference in compare_metadata(context, Row.metadata)]


def _triggers(connection: Connection) -> list[str]:
    if is_sqlite(connection):
        found = {row.name: row.sql for row in connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))}
        bad = [name for name, sql in TRIGGERS.items() if found.get(name) != sql]
    else:
        armed = set(connection.execute(_ARMED).scalars())
        does = {row.proname: row.prosrc for row in connection.execute(_DOES)}
        bad = sorted({*(ON_A_SERVER - armed), *(name for name, body in FUNCTIONS.items() if does.get(name) != body)})
    return [f"The trigger {name} is missing or was changed. Restore the database from a backup." for name in bad]
