from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.serving import Served, serving


@pytest.fixture
async def served(folder: Path, quiet_world: Path) -> AsyncIterator[Served]:
    """A server with the seeded world, at an hour at which the clock has nothing to tell."""
    async with serving(folder, quiet_world) as opened:
        yield opened
