"""Jobs of the writer on either database: each that fails is undone alone, and savepoints are for those alone among which one fails."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError

from agent.errors import Unavailable
from integrations.db.database import Database
from integrations.db.errors import LostError
from tests.databases import ON_POSTGRES, either_url

__all__ = ["either_url"]
INSERT = text("INSERT INTO sandbox_meta (key, value) VALUES (:key, 'v')")
OURS = text("SELECT key FROM sandbox_meta WHERE value = 'v' ORDER BY key")
ME = text("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with closing(Database(url)) as opened:
        yield opened


@pytest.fixture
async def said(database: Database) -> AsyncIterator[list[str]]:
    """What the writer says of savepoints."""
    heard = list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.extend([statement] * statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO")))

    event.listen(database._backing.writing, "before_cursor_execute", note)
    yield heard
    event.remove(database._backing.writing, "before_cursor_execute", note)


def put(*keys: str, error: Exception | None = None) -> Any:
    def work(connection: Connection) -> None:
        for key in keys:
            connection.execute(INSERT, {"key": key})
        if error is not None:
            raise error

    return work


async def keys(database: Database) -> list[str]:
    return await database.read_core(lambda c: list(c.execute(OURS).scalars()))


async def together(database: Database, *works: Any) -> list[Any]:
    """In one transaction: the first holds it until all have queued up."""
    begun, gate = threading.Event(), threading.Event()

    def hold(_connection: Connection) -> None:
        begun.set()
        gate.wait()

    first = asyncio.create_task(database.write_core(hold))
    await asyncio.to_thread(begun.wait)
    waiting = [asyncio.create_task(database.write_core(work)) for work in works]
    await asyncio.sleep(0)
    gate.set()
    await first
    return await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.parametrize("failing", [put("a", error=ValueError("boom")), put("a", "a")])
async def test_one_that_is_alone_and_fails_leaves_nothing(database: Database, failing: Any) -> None:
    with pytest.raises((ValueError, IntegrityError)):
        await database.write_core(failing)
    assert await keys(database) == []
    await database.write_core(put("a"))
    assert await keys(database) == ["a"]


async def test_of_several_that_share_a_transaction_each_that_fails_leaves_nothing(database: Database) -> None:
    found = await together(
        database, put("a"), put("b", error=ValueError("boom")), put("c"), put("d", "a"), put("e", "e"), put("f"), put("b", error=KeyError("x"))
    )  # fmt: skip
    assert [type(one) for one in found] == [type(None), ValueError, type(None), IntegrityError, IntegrityError, type(None), KeyError]
    assert await keys(database) == ["a", "c", "f"]


@ON_POSTGRES
async def test_savepoints_are_for_batches_in_which_one_fails(database: Database, said: list[str]) -> None:
    """Each is two more ways to the server, while all other writers wait."""
    await database.write_core(put("a"))
    await together(database, put("b"), put("c"))
    with pytest.raises(ValueError, match="boom"):
        await database.write_core(put("d", error=ValueError("boom")))
    assert said == []
    await together(database, put("d"), put("e", error=ValueError("boom")))
    assert len([one for one in said if one.startswith("SAVEPOINT")]) == 2
    assert await keys(database) == ["a", "b", "c", "d"]


@ON_POSTGRES
@pytest.mark.parametrize("others", [0, 1])
async def test_work_that_hides_what_the_database_refused_is_not_called_done(database: Database, others: int) -> None:
    """PostgreSQL answers its commit by rolling back, and calls that no error."""

    def hides(connection: Connection) -> str:
        connection.execute(INSERT, {"key": "a"})
        with contextlib.suppress(IntegrityError):
            connection.execute(INSERT, {"key": "a"})
        return "done"

    found = await together(database, *[put("b")] * others, hides)
    assert [isinstance(one, Exception) for one in found] == [True] * (others + 1)
    assert await keys(database) == []


@ON_POSTGRES
@pytest.mark.parametrize("others", [0, 1])
async def test_one_whose_connection_ends_under_it_is_lost_and_the_next_is_written(database: Database, others: int) -> None:
    ended = lambda connection: connection.execute(ME)  # noqa: E731  it says what it is
    found = await together(database, *[put("a")] * others, ended)
    assert [isinstance(one, LostError) for one in found[:others]] == [True] * others
    assert isinstance(found[-1], Unavailable)
    await database.write_core(put("b"))
    assert await keys(database) == ["b"]


@ON_POSTGRES
async def test_a_single_statement_is_read_without_a_transaction_and_cannot_write(database: Database) -> None:
    def transacts(connection: Connection) -> bool:
        connection.execute(OURS)
        driver: Any = connection.connection.driver_connection
        return bool(driver.info.transaction_status)

    assert await database.glance(transacts)
    assert not await database.glance(transacts, single=True)
    assert await database.read_core(transacts), "the connection is as it was"
    with pytest.raises(Exception, match="read-only transaction"):
        await database.glance(put("a"), single=True)
