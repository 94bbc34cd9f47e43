"""A store on a fresh database file."""

from collections.abc import AsyncIterator

import pytest

from integrations.db.database import Database
from integrations.db.store import SqlStore
from tests.databases import either_url

__all__ = ["either_url"]

KEY = bytes(range(32))


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    database = Database(url)
    try:
        yield SqlStore(database, key=KEY)
    finally:
        database.close()
