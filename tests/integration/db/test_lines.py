"""Connections to PostgreSQL: one that the server ended is never used; one that was used a moment ago is not tried first."""

import asyncio
from contextlib import closing

import pytest
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from sqlalchemy import make_url, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from integrations.db import postgres
from integrations.db.database import Database
from integrations.db.pooling import EvenPool
from tests.databases import intruder

pytestmark = pytest.mark.parametrize("url", ["postgres"], indirect=True)
END = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'nextplay' AND datname = current_database()"


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Which connections were tried."""
    tried, ping = list[object](), PGDialect_psycopg.do_ping

    def noted(self: PGDialect_psycopg, driver: object) -> bool:
        tried.append(driver)
        return bool(ping(self, driver))  # type: ignore[no-untyped-call]  # SQLAlchemy says nothing of its types

    monkeypatch.setattr(PGDialect_psycopg, "do_ping", noted)
    return tried


async def one(database: Database) -> int:
    return int(await database.read_core(lambda c: c.execute(text("SELECT 1")).scalar_one()))


async def written(database: Database) -> int:
    return int(await database.write_core(lambda c: c.execute(text("SELECT 1")).scalar_one()))


async def test_what_the_server_ended_is_replaced_before_it_is_used(url: str) -> None:
    with closing(Database(url)) as database:
        for _ in range(3):
            assert (await one(database), await written(database)) == (1, 1)
            with intruder(url, None) as hands:
                assert hands.execute(END) >= 2


async def test_what_was_used_a_moment_ago_is_not_tried(url: str, tries: list[object]) -> None:
    with closing(Database(url)) as database:
        for _ in range(20):
            assert (await one(database), await written(database)) == (1, 1)
    assert len(tries) < 20, "a machine that stood still for a second tries one, not all"


async def test_what_was_not_used_for_a_while_is_tried(url: str, tries: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "TRUSTED_S", 0.0)
    with closing(Database(url)) as database:
        for _ in range(3):
            assert await one(database) == 1
    assert len(tries) >= 2


async def test_a_pool_whose_connections_all_died_gives_a_living_one_at_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = list[float]()

    async def noted(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(seconds)

    monkeypatch.setattr("psycopg_pool.pool_async.asleep", noted)
    pool: EvenPool[AsyncConnection[TupleRow]] = EvenPool(
        postgres.told(make_url(url)), kwargs={"application_name": "nextplay"}, min_size=8, max_size=8, open=False
    )
    async with pool:
        await pool.wait()
        with intruder(url, None) as hands:
            assert hands.execute(END) == 8
        for _ in range(20):
            async with pool.connection() as connection:
                found = await (await connection.execute("SELECT 1")).fetchone()
                assert found == (1,)
    assert max(waits) == 0


async def test_who_gives_up_while_connections_are_tried_has_given_up(url: str) -> None:
    """And the trying goes on: broken off in the middle, it would lose connections for good."""
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Slow(EvenPool[AsyncConnection[TupleRow]]):
        async def check(self) -> None:
            begun.set()
            await may_end.wait()
            await super().check()
            ended.set()

    async with Slow(postgres.told(make_url(url)), kwargs={"application_name": "nextplay"}, min_size=2, open=False) as pool:
        await pool.wait()
        with intruder(url, None) as hands:
            assert hands.execute(END) == 2
        asking = asyncio.create_task(pool.getconn())
        await begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        may_end.set()
        async with asyncio.timeout(20):
            await ended.wait()
        async with pool.connection() as connection:
            assert await (await connection.execute("SELECT 1")).fetchone() == (1,)
