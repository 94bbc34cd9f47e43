from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest

from tests.chaos.fleet.fleet import a_file
from tests.chaos.fleet.play import keep
from tests.postgres import Cluster, Server


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is too large for every run, before anything is made for it."""
    if not config.getoption("whole_chaos"):
        for item in items:
            if item.get_closest_marker("whole"):
                item.add_marker(pytest.mark.skip(reason="a slice of it is in every run, all of it with: make chaos"))


@pytest.fixture(scope="session")
def share(request: pytest.FixtureRequest) -> float:
    """Of the whole so much is taken, where there is no time for all of it. The figures say how much was done."""
    return float(request.config.getoption("chaos_share"))


@pytest.fixture(scope="session")
def patience(request: pytest.FixtureRequest) -> float:
    """So many times as long everything may take. The figures say so."""
    return float(request.config.getoption("chaos_patience"))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Of everything that is drawn in a test: the one that is given, else a new one, which is printed."""
    given = request.config.getoption("chaos_seed")
    drawn = SystemRandom().randrange(1_000_000) if given is None else int(given)
    print(f"--chaos-seed={drawn}")
    return drawn


@pytest.fixture
def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311  chance, not secrets


@pytest.fixture
def figures(request: pytest.FixtureRequest, share: float, patience: float) -> Callable[[str, dict[str, Any]], None]:
    """Keeps the figures of a scenario, by its name, in the folder that is given."""
    folder = request.config.getoption("figures")
    return lambda name, found: keep(Path(folder) if folder else None, name, {"share": share, "patience": patience, **found})


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of its own, which may be stopped; with fsync, as it is run."""
    with Cluster() as started:
        yield started


@pytest.fixture(scope="session")
def cluster_server(cluster: Cluster) -> Server:
    """The same, where fresh databases are to be had."""
    return Server(cluster.url)


@pytest.fixture
def direct(request: pytest.FixtureRequest, tmp_path: Path, template: Path) -> str:
    """A fresh database with our schema, of the kind that the test names."""
    return a_file(tmp_path, template) if request.param == "sqlite" else str(request.getfixturevalue("cluster_server").fresh())
