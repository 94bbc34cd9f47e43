"""Many writers, one transaction: what they share, and what they must not."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session

from integrations.db.database import Database
from integrations.db.errors import BusyError, ClosedError, LostError
from integrations.db.sandbox_rows import SandboxMeta
from integrations.db.sqlite import FileLock, beside
from integrations.db.writer import BATCH


class Watched(Database):
    """Counts commits, and can be told to fail one; `gate` holds the writer back until jobs have queued up."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.commits = 0
        self.fail_next: Exception | None = None
        super().__init__(url, **settings)

    def _commit(self, session: Session) -> None:
        self.commits += 1
        error, self.fail_next = self.fail_next, None
        if error:
            raise error
        super()._commit(session)


@pytest.fixture
def database(url: str) -> Any:
    opened = Watched(url)
    yield opened
    opened.close()


def put(key: str) -> Any:
    return lambda session: session.connection().exec_driver_sql("INSERT INTO sandbox_meta (key, value) VALUES (?, 'v')", (key,)) and key


def put_row(key: str) -> Any:
    return lambda session: session.add(SandboxMeta(key=key, value="v"))


def put_core(key: str) -> Any:
    return lambda c: c.exec_driver_sql("INSERT INTO sandbox_meta (key, value) VALUES (?, 'v')", (key,)) and key


async def keys(database: Database) -> set[str]:
    found = await database.read(lambda session: session.connection().exec_driver_sql("SELECT key FROM sandbox_meta").all())
    return {row.key for row in found}


@asynccontextmanager
async def busy(database: Database) -> AsyncIterator[None]:
    """Keep the writer waiting inside a commit of its own, so that what is queued meanwhile shares the next one."""
    entered, gate = threading.Event(), threading.Event()

    def hold_up(_session: Session) -> None:
        entered.set()
        gate.wait(10)

    first = asyncio.ensure_future(database.write(hold_up))
    assert await asyncio.to_thread(entered.wait, 10)
    try:
        yield
        await asyncio.sleep(0)  # lets the tasks made meanwhile queue their jobs
    finally:
        gate.set()
    await first


async def together(database: Watched, *jobs: Any) -> list[Any]:
    """Run the jobs in one batch."""
    async with busy(database):
        tasks = [asyncio.ensure_future(job) for job in jobs]
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_jobs_that_wait_share_a_commit(database: Watched) -> None:
    before = database.commits
    assert await together(database, *(database.write(put(f"k{n}")) for n in range(50))) == [f"k{n}" for n in range(50)]
    assert database.commits == before + 2
    assert len(await keys(database)) == 50


async def test_a_batch_has_an_end(database: Watched) -> None:
    before = database.commits
    await together(database, *(database.write(put(f"k{n}")) for n in range(BATCH + 1)))
    assert database.commits == before + 3


def raising(work: Any, error: BaseException) -> Any:
    def both(handle: Any) -> None:
        work(handle)
        raise error

    return both


async def test_a_job_that_fails_undoes_itself_alone(database: Watched) -> None:
    boom = ValueError("boom")
    results = await together(
        database,
        database.write(put("a")),
        database.write(raising(put("b"), boom)),
        database.write_core(raising(put_core("c"), boom)),
        database.write(put("a")),
        database.write_core(put_core("a")),
        database.write(put_row("a")),
        database.write(put_row("d")),
        database.write_core(put_core("e")),
        database.write(raising(put("g"), StopIteration())),
    )
    assert results[1] is boom
    assert results[2] is boom
    assert [type(result) for result in results[3:6]] == [IntegrityError] * 3
    assert isinstance(results[8], RuntimeError)
    assert await keys(database) == {"a", "d", "e"}


async def test_a_commit_that_fails_fails_everybody(database: Watched) -> None:
    full = OSError("disk full")

    def arm(_session: Session) -> None:
        database.fail_next = full

    own = database.write(raising(put("c"), ValueError("own")))
    results = await together(database, database.write(put("a")), database.write_core(put_core("b")), own, database.write(arm))
    assert (results[0], results[1], results[3]) == (full, full, full)
    assert str(results[2]) == "own"
    assert await keys(database) == set()
    assert await database.write(put("later")) == "later"


async def test_a_transaction_that_the_database_drops_fails_everybody(database: Watched) -> None:
    await database.write(
        lambda s: s.connection().exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON sandbox_meta WHEN NEW.key = 'x' BEGIN SELECT RAISE(ROLLBACK, 'disk'); END"
        )
    )
    results = await together(database, database.write(put("a")), database.write_core(put_core("x")), database.write(put("b")))
    assert isinstance(results[0], LostError)
    assert isinstance(results[1], IntegrityError)
    assert isinstance(results[2], LostError)
    assert await keys(database) == set()
    assert await database.write(put("later")) == "later"


async def test_a_read_sees_what_was_acknowledged(database: Watched) -> None:
    for number in range(30):
        await database.write(put(f"k{number}"))
        assert f"k{number}" in await keys(database)


async def test_reads_cannot_write(database: Watched) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        await database.read(put("a"))


async def test_a_glance_is_taken_on_the_spot_and_never_waits_for_a_lock(database: Watched) -> None:
    await database.write(put("a"))
    threads = []

    def look(connection: Connection, *, locked: bool = False) -> Any:
        threads.append(threading.current_thread())
        if locked and threads == [threading.main_thread()]:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY_RECOVERY
            raise OperationalError("SELECT", {}, error)
        return connection.exec_driver_sql("SELECT key FROM sandbox_meta").scalars().all()

    assert await database.glance(look) == ["a"]
    assert threads == [threading.main_thread()]
    threads.clear()
    assert await database.glance(lambda connection: look(connection, locked=True)) == ["a"]
    assert len(set(threads)) == 2, "tried here, then where it may wait"
    with pytest.raises(OperationalError, match="readonly"):
        await database.glance(put_core("b"))
    database.close()
    with pytest.raises(ClosedError):
        await database.glance(look)


async def test_jobs_cannot_commit_or_roll_back_for_others(database: Watched) -> None:
    for misuse in (lambda s: s.commit(), lambda s: s.rollback()):
        results = await together(database, database.write(put("a")), database.write(misuse))
        assert "the writer" in str(results[1])
        await database.write(lambda s: s.connection().exec_driver_sql("DELETE FROM sandbox_meta"))


async def test_a_cancelled_caller_harms_nobody(database: Watched) -> None:
    async with busy(database):
        cancelled, other = (asyncio.ensure_future(database.write(put(key))) for key in "ab")
        await asyncio.sleep(0)
        cancelled.cancel()
    assert await other == "b"
    assert cancelled.cancelled()


async def test_closing_finishes_what_is_queued(url: str) -> None:
    database = Database(url)
    tasks = [asyncio.ensure_future(database.write(put(f"k{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    database.close()
    database.close()
    assert len(await asyncio.gather(*tasks)) == 20
    with pytest.raises(ClosedError):
        await database.write(put("z"))


async def test_every_connection_has_the_profile(database: Watched) -> None:
    def profile(session: Session) -> dict[str, Any]:
        names = ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "busy_timeout", "query_only")
        return {name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}

    common = {"journal_mode": "wal", "foreign_keys": 1, "trusted_schema": 0, "busy_timeout": 5000}
    assert await database.write(profile) == {**common, "synchronous": 2, "query_only": 0}
    readers = await asyncio.gather(*(database.read(profile) for _ in range(8)))
    assert readers == [{**common, "synchronous": 2, "query_only": 1}] * 8
    pages = "PRAGMA wal_autocheckpoint"
    assert await database.read(lambda s: s.connection().exec_driver_sql(pages).scalar()) == 0


async def test_a_lock_that_is_kept_too_long_is_reported(url: str, tmp_path: Path) -> None:
    database = Database(url, busy_s=0.05)
    other = FileLock(beside(database.file, ".lock"), 0.05)
    try:
        with other.held(), pytest.raises(BusyError, match="Another process has kept"):
            await database.write(put("a"))
        assert await database.write(put("b")) == "b"
        assert await keys(database) == {"b"}
    finally:
        other.close()
        database.close()


async def test_a_stranger_who_holds_the_file_is_reported(url: str) -> None:
    database = Database(url, busy_s=0.05)
    stranger = sqlite3.connect(database.file)
    try:
        stranger.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError):
            await database.write(put("a"))
        stranger.rollback()
        assert await database.write(put("b")) == "b"
    finally:
        stranger.close()
        database.close()


async def test_a_database_answers_while_somebody_reads_and_not_while_nobody_can_write(url: str) -> None:
    """What /readyz asks for: to be readable is not enough."""
    database, stranger = Database(url, busy_s=0.05), sqlite3.connect(url.removeprefix("sqlite:///"))
    try:
        await database.answers()
        stranger.execute("BEGIN IMMEDIATE")
        assert await keys(database) == set()
        with pytest.raises(BusyError):
            await database.write(put("a"))
        with pytest.raises(BusyError):
            await database.answers()
        stranger.rollback()
        await database.answers()
        assert await keys(database) == set(), "nothing stays of what it wrote to see"
    finally:
        stranger.close()
        database.close()
