"""What holds for every test."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def _terminal_of_one_size() -> Iterator[None]:
    """What is printed does not depend on the terminal in which the tests happen to run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "100")
        patch.delenv("LINES", raising=False)
        yield
