import asyncio
from pathlib import Path

import pytest

from integrations.bootstrap import open_workspace
from tests.acceptance.workspaces import alone
from tests.chaos.driver import settings_in
from tests.chaos.stories import START
from tests.simulation.town import town


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the town; lives are led in copies."""
    folder = tmp_path_factory.mktemp("town")
    with alone(folder):
        asyncio.run(_make(folder))
    return folder


async def _make(folder: Path) -> None:
    async with open_workspace(settings_in(folder), at=START) as workspace:
        await workspace.sandbox.apply(town())
        await workspace.index.settle()
