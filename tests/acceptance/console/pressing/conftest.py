"""What the tests of pressing share: a world in which dozens of asks wait, made once and copied for each part of the console."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agent.arrivals import arrival_of
from agent.domain.event import Event
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import DATABASE, START, alone, seeded

DEALS, TICKETS = range(1, 48), range(1, 25)
UNDO_S = 600
"""So long can an approval be undone: no test is late."""


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Every action takes minutes: `make pages` presses them."""
    if not config.getoption("--every-page"):
        skip = pytest.mark.skip(reason="every action in a browser: make pages")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def busy_world(quiet_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a world in which every deal has moved on and every ticket has come in."""
    folder = tmp_path_factory.mktemp("busy")
    moved = [Event("crm", f"evt_deal_{n}", "deal.stage_changed", START, START, "deal", f"deal_{n:03}", None, "u_katrin") for n in DEALS]
    came = [Event("helpdesk", f"evt_ticket_{n}", "ticket.created", START, START, "ticket", f"tic_{n:03}") for n in TICKETS]

    async def make() -> None:
        async with seeded(folder, quiet_world) as workspace:
            await workspace.service.accept([arrival_of(event) for event in [*moved, *came]])
            await workspace.engine.settle()

    with alone(folder):
        asyncio.run(make())
    return folder / DATABASE


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def busy(busy_world: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """A server with that world for all tests of a module: each takes a decision of its own."""
    folder = tmp_path_factory.mktemp("pressing")
    with alone(folder):
        async with serving(folder, busy_world, undo_s=UNDO_S) as served:
            yield served
