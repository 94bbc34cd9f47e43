import asyncio
from datetime import datetime
from pathlib import Path

import pytest

from integrations.bootstrap import open_workspace
from tests.acceptance.workspaces import alone
from tests.chaos.driver import settings_in
from tests.simulation.town import SEASONS, town


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the town in each season; lives are led in copies."""
    folder = tmp_path_factory.mktemp("town")
    for season, start in SEASONS.items():
        (folder / season).mkdir()
        with alone(folder / season):
            asyncio.run(_make(folder / season, start))
    return folder


async def _make(folder: Path, start: datetime) -> None:
    async with open_workspace(settings_in(folder), at=start) as workspace:
        await workspace.sandbox.apply(town())
        await workspace.index.settle()
