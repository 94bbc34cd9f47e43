"""What holds for every test."""

from collections.abc import Iterator

import pytest

WHOLE = {
    "--all-crash-points": "kill at every point of every story (make crash)",
    "--whole-storm": "as many proposals, threads and minutes as are promised (make storm)",
}
"""What takes long: a slice of it is in every run of the tests."""


def pytest_addoption(parser: pytest.Parser) -> None:
    for option, what in WHOLE.items():
        parser.addoption(option, action="store_true", help=what)


@pytest.fixture(autouse=True, scope="session")
def _terminal_of_one_size() -> Iterator[None]:
    """What is printed does not depend on the terminal in which the tests happen to run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "100")
        patch.delenv("LINES", raising=False)
        yield
