"""A sandbox to mail from."""

import pytest

from integrations.db.database import Database
from integrations.sandbox.sandbox import Sandbox
from tests.unit.sandbox.conftest import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def sandbox(database: Database, clock: HandClock) -> Sandbox:
    return Sandbox(database, clock)
