"""A store on a fresh database file; the schema is made once and copied."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from integrations.db import migrations
from integrations.db.database import Database
from integrations.db.store import SqlStore

KEY = bytes(range(32))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "nextplay.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def url(template: Path, tmp_path: Path) -> str:
    shutil.copy(template, tmp_path / "nextplay.db")
    return f"sqlite:///{tmp_path / 'nextplay.db'}"


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    database = Database(url)
    try:
        yield SqlStore(database, key=KEY)
    finally:
        database.close()
