"""`--every-fault` makes all seeded faults; without it a slice of them, so that `make test` stays quick."""

import pytest

from tests.evals.faults import FAULTS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-fault", action="store_true", help="make every seeded fault of tests/evals/faults.py, not only a slice")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fault" in metafunc.fixturenames:
        every = metafunc.config.getoption("every_fault", default=False)  # unknown when this folder was not named on the command line
        metafunc.parametrize("fault", FAULTS if every else FAULTS[::2], ids=lambda fault: fault.name.replace(" ", "-"))
