"""These tests ask a real model, and so they run when they are asked for: by `make test-model`, one after the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.workspaces import alone, make_world
from tests.model.serving import LocalModel

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--real-model", action="store_true", help="ask the model that `make test-model` installs; fails where there is none")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The option is unknown when this folder was not named on the command line."""
    if not config.getoption("real_model", default=False):
        skip = pytest.mark.skip(reason="a real model is asked by `make test-model`, which installs it (130 MB)")
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def model() -> Iterator[LocalModel]:
    """One model for all tests: it answers one question at a time."""
    with LocalModel() as running:
        yield running


@pytest.fixture(scope="session")
def seeded_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of the seeded world; tests work on copies."""
    return make_world(tmp_path_factory.mktemp("seeded"))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder to work in, with nothing of the developer's environment."""
    with alone(tmp_path):
        yield tmp_path
