from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.acceptance.browsing import browsing, kept_shots
from tests.acceptance.workspaces import alone, make_quiet, make_world


@pytest.fixture(scope="session")
def seeded_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of the seeded world; tests work on copies."""
    return make_world(tmp_path_factory.mktemp("seeded"))


@pytest.fixture(scope="session")
def quiet_world(seeded_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same world at an hour at which the clock has nothing to tell."""
    return make_quiet(tmp_path_factory.mktemp("quiet"), seeded_world)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder to work in, with nothing of the developer's environment."""
    with alone(tmp_path):
        yield tmp_path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests of pages; they are marked with `IN_A_BROWSER`."""
    async with browsing() as opened:
        yield opened


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where screenshots are kept."""
    return kept_shots(tmp_path)
