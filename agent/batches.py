"""Long histories, so many decisions at a time: what is done with them is done beside the event loop, or in another process."""

from collections.abc import AsyncIterator

from agent.ports import Sealed

BATCH = 100
"""Decisions that are taken at a time."""


async def in_batches(history: AsyncIterator[Sealed]) -> AsyncIterator[list[Sealed]]:
    """The same decisions in the same order, none of the batches empty."""
    batch: list[Sealed] = []
    async for one in history:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
