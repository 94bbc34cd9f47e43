from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from integrations.settings import Settings
from tests.integration.world import World, settings, world_of


@pytest.fixture
async def make_world() -> AsyncIterator[Callable[..., World]]:
    """Build worlds with other settings or doors; all are closed in the end."""
    made: list[World] = []

    def make(made_with: Settings | None = None, **changes: Any) -> World:
        made.append(world_of(made_with or settings(), **changes))
        made[-1].logged = logged
        return made[-1]

    with capture_logs() as logged:
        yield make
    for world in made:
        await world.http.aclose()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()
