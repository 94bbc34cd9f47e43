"""A sandbox to mail from."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.db import migrations
from integrations.db.database import Database
from integrations.sandbox.sandbox import Sandbox
from tests.unit.sandbox.conftest import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "nextplay.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(schema: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(schema, tmp_path / "mail.db")
    opened = Database(f"sqlite:///{tmp_path / 'mail.db'}")
    yield opened
    opened.close()


@pytest.fixture
def sandbox(database: Database, clock: HandClock) -> Sandbox:
    return Sandbox(database, clock)
