"""A copy of what a vendor has, and time that stands still until it is moved."""

from dataclasses import dataclass
from datetime import datetime

import pytest

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
def sandbox(database: Database, watch: Watch) -> Sandbox:
    return Sandbox(database, watch)


@pytest.fixture
def copy(database: Database) -> Copy:
    return Copy(database)


@pytest.fixture
def vendor(sandbox: Sandbox) -> Acme:
    return acme(sandbox)
