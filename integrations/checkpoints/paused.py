"""Checkpoints are kept of what waits for people, and of nothing else."""

from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple

Saver = BaseCheckpointSaver[str]

INTERRUPT = "__interrupt__"
"""Under this name LangGraph keeps what an interrupt asks."""


class OnlyPaused(Saver):
    """Writes nothing of a run that ends without having asked anybody: it would be deleted at once, because nothing can resume there.

    It goes before a saver that can write: `class X(OnlyPaused, SomeSaver)`.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._without: set[str] = set()

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The run's checkpoint. That there is none is remembered until one is written."""
        found = await super().aget_tuple(config)
        if found is None:
            self._without.add(_run(config))
        return found

    async def aput(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, new_versions: ChannelVersions
    ) -> RunnableConfig:
        """Keep it if the run asks somebody, or did before."""
        if _run(config) in self._without and not checkpoint["channel_values"].get("ask"):
            return {"configurable": {**config["configurable"], "checkpoint_id": checkpoint["id"]}}
        self._without.discard(_run(config))
        return await super().aput(config, checkpoint, metadata, new_versions)

    async def aput_writes(self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = "") -> None:
        """Keep what belongs to a checkpoint that is kept; which may be written after it."""
        if _run(config) not in self._without or any(channel == INTERRUPT for channel, _ in writes):
            await super().aput_writes(config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete what is there."""
        if thread_id in self._without:
            self._without.discard(thread_id)
        else:
            await super().adelete_thread(thread_id)


def _run(config: RunnableConfig) -> str:
    return str(config["configurable"]["thread_id"])
