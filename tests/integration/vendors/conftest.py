"""A database with the tables of the copy, and time that stands still until it is moved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from integrations.db import migrations
from integrations.db.database import Database
from integrations.sandbox.sandbox import Sandbox
from integrations.vendors.copy import Copy
from tests.integration.vendors.fake import Acme, acme
from tests.unit.domain.building import AT


@dataclass
class Watch:
    """The deployment's clock."""

    at: datetime = AT

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    migrations.upgrade(url)
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def sandbox(database: Database, watch: Watch) -> Sandbox:
    return Sandbox(database, watch)


@pytest.fixture
def copy(database: Database) -> Copy:
    return Copy(database)


@pytest.fixture
def vendor(sandbox: Sandbox) -> Acme:
    return acme(sandbox)
