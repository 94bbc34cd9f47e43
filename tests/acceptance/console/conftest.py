from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.console.every_page import MANY, addresses
from tests.acceptance.console.hostile import FEW, MOST, make_hostile
from tests.acceptance.console.visiting import visit
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import alone

ADMIN = "mia.brandt@tessera.example"


@pytest.fixture
async def served(folder: Path, quiet_world: Path) -> AsyncIterator[Served]:
    """A server with the seeded world, at an hour at which the clock has nothing to tell."""
    async with serving(folder, quiet_world) as opened:
        yield opened


@pytest.fixture(scope="session")
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether all is looked at, or a slice of it."""
    return bool(request.config.getoption("--every-page"))


@pytest.fixture(scope="session")
def hostile_world(seeded_world: Path, tmp_path_factory: pytest.TempPathFactory, whole: bool) -> Path:
    """The database of a world in which 200 hostile tickets were decided, or a few of them; tests work on copies."""
    return make_hostile(tmp_path_factory.mktemp("hostile"), seeded_world, MOST if whole else FEW)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hostile(hostile_world: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One server with that world, for tests that only look."""
    folder = tmp_path_factory.mktemp("served")
    async with AsyncExitStack() as closing:
        with alone(folder):  # while it is opened: what holds as long as this fixture would hold for tests of all kinds
            opened = await closing.enter_async_context(serving(folder, hostile_world))
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def every_page(hostile: Served, whole: bool) -> dict[str, list[str]]:
    """By route, addresses of pages of it in that world: many, or one of each."""
    edits = [f"/console/queue/{ask.id}/edit" for ask in await hostile.workspace.service.waiting()]  # only who is asked is led there
    return await addresses(await visit(hostile, ADMIN, "admin"), MANY if whole else 1, edits[:1])
