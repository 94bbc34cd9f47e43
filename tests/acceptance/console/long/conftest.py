"""A world of 100,000 decisions, 5,000 of which have an ask that waits, served for tests that look at every page and do the main things there."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from integrations.bootstrap import open_workspace
from integrations.settings import Settings
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import DATABASE, alone
from tests.benchmarks.long_history import lengthen, live

DECISIONS, PENDING = 100_000, 5_000


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Making that world takes a minute and 2 GB: `make pages` does."""
    if not config.getoption("--every-page"):
        skip = pytest.mark.skip(reason="every page over 100,000 decisions: make pages")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def long_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which that world lies. It is made once, and in a folder that --history names only if it is not there yet."""
    named = request.config.getoption("--history")
    folder = Path(named).resolve() if named else tmp_path_factory.mktemp("long")
    if not (folder / DATABASE).exists():
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder):
            asyncio.run(_make(folder / DATABASE))
    yield folder
    if not named:
        (folder / DATABASE).unlink()


async def _make(file: Path) -> None:
    settings = Settings(_env_file=None, database_url=f"sqlite:///{file}")
    lived = await live(settings, file)
    async with open_workspace(settings) as workspace:
        now = workspace.clock()
    lengthen(file, lived, now, decisions=DECISIONS, pending=PENDING)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def long(long_folder: Path) -> AsyncIterator[Served]:
    """A server with that world. No engine runs, so that what waits goes on waiting."""
    with alone(long_folder):
        async with serving(long_folder, long_folder / DATABASE, at=None, engine=False) as served:
            yield served
