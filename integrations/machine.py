"""The machine of a deployment, with its checkpoints."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from integrations.db.away import away_told
from integrations.db.database import Database

if TYPE_CHECKING:
    from agent.domain.records import Run
    from agent.graph.context import Context
    from agent.graph.machine import Machine


class OnDemand:
    """Implements `agent.graph.context.Steps`. LangGraph takes a second to load, and most commands drive nothing: it waits for the first run."""

    def __init__(self, database: Database, closing: AsyncExitStack) -> None:
        self._database, self._closing = database, closing
        self._machine: Machine | None = None
        self._opening = asyncio.Lock()

    async def step(self, run: "Run", context: "Context", answer: Mapping[str, Any]) -> None:
        """Move the run on; see `agent.graph.machine`."""
        async with self._opening:
            with away_told():
                machine = self._machine = self._machine or await self._open()
        with away_told():  # checkpoints are kept past the store
            await machine.step(run, context, answer)

    async def _open(self) -> "Machine":
        await asyncio.to_thread(_load)  # whoever is served by this loop must not wait for it
        from agent.graph.build import build
        from agent.graph.machine import Machine
        from integrations.checkpoints import checkpoints_of

        return Machine(build(await self._closing.enter_async_context(checkpoints_of(self._database))))


def _load() -> None:
    import integrations.checkpoints.in_a_file  # noqa: F401  loaded is all that it shall be


@asynccontextmanager
async def machine(database: Database) -> AsyncIterator[OnDemand]:
    """The machine whose paused runs are kept where the database is."""
    async with AsyncExitStack() as closing:
        yield OnDemand(database, closing)
