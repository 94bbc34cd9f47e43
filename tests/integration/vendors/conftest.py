"""A copy of what a vendor has, time that stands still until it is moved, and a deployment that is connected to two vendors."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from integrations.bootstrap import Workspace, open_workspace
from integrations.cli.demo_story import START
from integrations.cli.demo_vendors import Vendors, fill_copy, open_vendors
from integrations.db.database import Database
from integrations.sandbox.sandbox import Sandbox
from integrations.settings import Settings
from integrations.vendors.copy import Copy
from tests.acceptance.workspaces import alone
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


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Workspace, Vendors]]:
    """A deployment that is connected to doubles of HubSpot and Zendesk, and has read both."""
    with alone(tmp_path):
        async with open_vendors() as vendors, open_workspace(vendors.settings(Settings(_env_file=None)), at=START) as workspace:
            await fill_copy(workspace, vendors)
            yield workspace, vendors
