from collections.abc import Iterator

import pytest

from tests.chaos.crashes import Drivers
from tests.chaos.slack_side import Side


@pytest.fixture(scope="session")
def every_point(request: pytest.FixtureRequest) -> bool:
    """Whether to crash everywhere."""
    return bool(request.config.getoption("all_crash_points"))


@pytest.fixture(scope="session")
def side() -> Iterator[Side]:
    with Side() as side:
        yield side


@pytest.fixture(scope="session")
def drivers(side: Side) -> Iterator[Drivers]:
    del side  # it outlives them
    with Drivers(2) as drivers:
        yield drivers
