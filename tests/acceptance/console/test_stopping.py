"""The server stops while a page's work goes on: it is given up before what it works with is closed."""

import asyncio
from pathlib import Path

from integrations.app import create_app
from integrations.console.visit import Console
from integrations.console.working import Work
from integrations.serving import doors_of
from tests.acceptance.workspaces import seeded


async def test_a_simulation_ends_with_the_server_while_its_database_is_open(folder: Path, quiet_world: Path) -> None:
    read = list[int]()

    async with seeded(folder, quiet_world) as workspace:
        app = create_app(doors_of(workspace, workspace.settings, with_engine=False))
        console: Console = app.state.console
        begun = asyncio.Event()

        async def simulate(_work: Work) -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                read.append(len(await workspace.service.decisions(limit=1)))

        async with app.router.lifespan_context(app):
            work = console.works.begin("trial", simulate)
            await begun.wait()
        assert not work.running
        assert read == [0], "it let go of what it worked with, which was still there"
