"""One run's trip through the graph: on from where it paused, else in where our tables say."""

from collections.abc import Mapping
from typing import Any

from langgraph.types import Command

from agent.domain.records import Run
from agent.graph.build import Graph
from agent.graph.context import Context


class Machine:
    """Implements `agent.graph.context.Steps` on a graph and its checkpoints, which are a cache: what is lost there is entered anew."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def step(self, run: Run, context: Context, answer: Mapping[str, Any]) -> None:
        """Move the run on until it ends, waits or asks. `answer`: what people said to its current round; empty when nobody was asked."""
        config: Any = {"configurable": {"thread_id": run.id}}
        paused = await self._paused(config, answer) if run.state == "asking" else None
        given: Any = Command(resume={paused: answer}) if paused else _entry(run, answer)
        if not paused and run.state == "asking":
            await self._forget(run.id)
        result = await self._graph.ainvoke(given, config, context=context, durability="exit")
        if "__interrupt__" not in result:
            await self._forget(run.id)

    async def _paused(self, config: Any, answer: Mapping[str, Any]) -> str | None:
        """The id of the interrupt that this answer belongs to, if the checkpoint still has it."""
        if self._graph.checkpointer is None:
            return None
        snapshot = await self._graph.aget_state(config)
        fitting = [i for i in snapshot.interrupts if i.value.get("nextplay", {}).get("round") == answer["round"]]
        return fitting[0].id if fitting else None

    async def _forget(self, run_id: str) -> None:
        """Drop the checkpoint of a run that is not paused."""
        if self._graph.checkpointer is not None and not isinstance(self._graph.checkpointer, bool):
            await self._graph.checkpointer.adelete_thread(run_id)


def _entry(run: Run, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Where a run without a checkpoint enters."""
    if run.state == "asking":
        return {"run_id": run.id, "entry": "revalidate" if answer.get("approved") else "finish", "answer": dict(answer)}
    return {"run_id": run.id, "entry": run.entry}
