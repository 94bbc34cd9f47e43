"""`--every-fault` makes all seeded faults; without it a slice of them, so that `make test` stays quick."""

import pytest

from tests.evals.faults import FAULTS, Fault


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-fault", action="store_true", help="make every seeded fault of tests/evals/faults.py, not only a slice")


def _made(config: pytest.Config) -> list[Fault]:
    every = config.getoption("every_fault", default=False)  # unknown when this folder was not named on the command line
    return list(FAULTS if every else FAULTS[::3])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fault" in metafunc.fixturenames:
        metafunc.parametrize("fault", _made(metafunc.config), ids=lambda fault: fault.name.replace(" ", "-"))


@pytest.fixture(scope="session")
def faults(pytestconfig: pytest.Config) -> list[Fault]:
    """Those that are made in this run."""
    return _made(pytestconfig)
