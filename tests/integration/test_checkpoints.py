"""Checkpoints are kept of runs that wait for people, and of no others."""

from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.graph import START, StateGraph
from langgraph.types import Command, interrupt

from agent.arrivals import arrival_of
from integrations.bootstrap import Workspace
from integrations.checkpoints.in_a_file import PausedRuns, paused_runs
from integrations.db.sqlite import beside
from tests.chaos.world import created, lead, opened, smoke, world


class _State(TypedDict, total=False):
    ask: dict[str, Any]
    answer: str


async def rows(saver: PausedRuns) -> list[tuple[str, int]]:
    """How much is stored, by table."""
    counted = []
    for table in ("checkpoints", "writes"):
        async with saver.conn.execute(f"SELECT count(*) FROM {table}") as cursor:
            counted.append((table, (await cursor.fetchone() or [0])[0]))
    return counted


def graph_of(node: Any, saver: PausedRuns) -> Any:
    graph = StateGraph(_State)
    graph.add_node("prepare", lambda state: {"ask": state.get("ask", {})})
    graph.add_node("work", node)
    graph.add_edge(START, "prepare")
    graph.add_edge("prepare", "work")
    return graph.compile(checkpointer=saver)


RUN: Any = {"configurable": {"thread_id": "run_1"}}


async def test_a_run_that_asks_is_resumed_and_then_forgotten(tmp_path: Path) -> None:
    async with paused_runs(tmp_path / "c") as saver:
        graph = graph_of(lambda state: {"answer": interrupt(state["ask"])}, saver)
        await graph.ainvoke({"ask": {"what": "may I?"}}, RUN, durability="exit")
        assert await rows(saver) == [("checkpoints", 1), ("writes", 1)]

        result = await graph.ainvoke(Command(resume="yes"), RUN, durability="exit")
        await saver.adelete_thread("run_1")

        assert result["answer"] == "yes"
        assert await rows(saver) == [("checkpoints", 0), ("writes", 0)]


async def test_of_a_run_that_asks_nobody_nothing_is_written(tmp_path: Path) -> None:
    async with paused_runs(tmp_path / "c") as saver:
        await graph_of(lambda _: {"answer": "done"}, saver).ainvoke({"ask": {}}, RUN, durability="exit")
        assert await rows(saver) == [("checkpoints", 0), ("writes", 0)]
        await saver.adelete_thread("run_1")


async def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(_: Any) -> Any:
        raise LookupError("no")

    async with paused_runs(tmp_path / "c") as saver:
        with pytest.raises(LookupError):
            await graph_of(fail, saver).ainvoke({"ask": {}}, RUN, durability="exit")
        assert await rows(saver) == [("checkpoints", 0), ("writes", 0)]


async def test_what_another_process_kept_is_found_and_deleted(tmp_path: Path) -> None:
    async with paused_runs(tmp_path / "c") as first, paused_runs(tmp_path / "c") as second:
        ask = graph_of(lambda state: {"answer": interrupt(state["ask"])}, first)
        await second.aget_tuple(RUN)
        await second.adelete_thread("run_1")
        await ask.ainvoke({"ask": {"what": "may I?"}}, RUN, durability="exit")

        assert await second.aget_tuple(RUN) is not None
        await second.adelete_thread("run_1")

        assert await rows(first) == [("checkpoints", 0), ("writes", 0)]


async def test_only_runs_that_wait_for_people_have_checkpoints(tmp_path: Path) -> None:
    async with opened(tmp_path) as workspace:
        await workspace.sandbox.apply(world(accounts=1))
        await workspace.service.accept([arrival_of(event) for event in [*smoke(range(1), range(3)), created("refund_0_0")]])
        await workspace.engine.settle()
        asking = {ask.decision_id.replace("dec_", "run_") for ask in await workspace.service.waiting()}
        assert await threads(workspace) == asking
        assert asking

        for ask in await workspace.service.waiting():
            await workspace.service.answer(ask.id, "approve", who=lead(0))
        await workspace.engine.settle()
        assert await threads(workspace) == set()


async def threads(workspace: Workspace) -> set[str]:
    """The runs that have a checkpoint."""
    async with paused_runs(beside(workspace.database.file, ".checkpoints")) as saver:
        return {str(found.config["configurable"]["thread_id"]) async for found in saver.alist(None)}
