"""What one process plans, another hears of at once; a line that breaks is up again by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime

import pytest

from integrations.db.database import Database
from integrations.db.slack import Post, SlackStore
from tests.databases import intruder

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WITHIN_S = 20.0
on_a_server = pytest.mark.parametrize("url", ["postgres"], indirect=True)


def post(id_: str) -> Post:
    return Post(id_, "ask", NOW, NOW, email="ann@example.com")


@asynccontextmanager
async def hearing(url: str) -> AsyncIterator[asyncio.Event]:
    """Set at every word that another process hears."""
    heard = asyncio.Event()
    with closing(Database(url)) as other:
        listening = asyncio.create_task(SlackStore(other).hear(heard.set))
        try:
            yield heard
        finally:
            listening.cancel()
            await asyncio.wait({listening})


async def told(heard: asyncio.Event) -> None:
    async with asyncio.timeout(WITHIN_S):
        await heard.wait()
    heard.clear()


@on_a_server
async def test_what_is_planned_is_heard_of_in_other_processes(url: str, database: Database) -> None:
    async with hearing(url) as heard:
        await told(heard)  # the line is up
        await SlackStore(database).plan([post("1")])
        await told(heard)


@on_a_server
async def test_who_plans_nothing_says_nothing(url: str, database: Database) -> None:
    """Or a desk that looks whether there is something to plan would wake itself for ever."""
    async with hearing(url) as heard:
        await told(heard)
        await SlackStore(database).plan([])
        await SlackStore(database).plan([post("1")])
        await told(heard)
        await SlackStore(database).plan([])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await heard.wait()


@on_a_server
async def test_a_line_that_broke_is_up_again_and_that_is_a_word_too(url: str, database: Database) -> None:
    async with hearing(url) as heard:
        await told(heard)
        with intruder(url, None) as hands:
            assert hands.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nextplay-hearing'")
        await told(heard)
        await SlackStore(database).plan([post("1")])
        await told(heard)


async def test_in_a_file_there_is_no_other_process(url: str) -> None:
    async with asyncio.timeout(WITHIN_S), hearing(url) as heard:
        with closing(Database(url)) as database:
            await SlackStore(database).hear(heard.set)
            await SlackStore(database).plan([post("1")])
    assert not heard.is_set()
