from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.workspaces import alone, make_quiet, make_world


@pytest.fixture(scope="session")
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether to take all of it."""
    return bool(request.config.getoption("whole_storm"))


@pytest.fixture(scope="session")
def calm_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeded world at an hour at which the clock has nothing to tell."""
    return make_quiet(tmp_path_factory.mktemp("calm"), make_world(tmp_path_factory.mktemp("made")))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder to work in, with nothing of the developer's environment."""
    place = tmp_path / "place"
    place.mkdir()
    with alone(place):
        yield place
