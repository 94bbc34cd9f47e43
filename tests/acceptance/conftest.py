from collections.abc import Iterator
from pathlib import Path

import pytest

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
