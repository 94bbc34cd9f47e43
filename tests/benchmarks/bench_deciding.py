"""Whole decisions: from a stored webhook to a recorded decision in the seeded sandbox, against a bare graph of eight empty nodes.

Both save when a run ends or pauses (`durability="exit"`), unsynced. The bare graph saves every run, ours those that ask people; what we
record is synced.
"""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

import aiosqlite
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, StateGraph

from agent.arrivals import arrival_of
from agent.domain.event import Event
from integrations.bootstrap import open_workspace
from integrations.settings import Settings
from tests.benchmarks.figures import Figure

AT = datetime(2026, 11, 10, 10, tzinfo=UTC)
BARE_RUNS = 300


async def measure(folder: Path) -> list[Figure]:
    """Decisions a second, and what one of them weighs on disk."""
    bare = await _bare_runs_per_second(folder / "bare.db")
    settings = Settings(database_url=f"sqlite:///{folder / 'nextplay.db'}")
    async with open_workspace(settings, at=AT) as workspace:
        await workspace.sandbox.seed()
        before = await workspace.database.read(_bytes_stored)
        morning = events()
        started = time.perf_counter()
        await workspace.service.accept([arrival_of(event) for event in morning])
        await workspace.engine.settle()
        took = time.perf_counter() - started
        rows = await workspace.service.decisions(limit=1000)
        after = await workspace.database.read(_bytes_stored)
    return [
        Figure("decisions, webhook to record", len(rows) / took, "/s", bare, "bare graph of 8 nodes, same saver", "half of it"),
        Figure("bytes a decision (record, evidence, ledger, audit)", (after - before) / max(len(rows), 1), "B"),
    ]


def events(at: datetime = AT) -> list[Event]:
    """A morning's worth of deals, tickets and usage in the seeded world."""
    deals = [Event("bench", f"d{i}", "deal.stage_changed", at, at, "deal", f"deal_{i:03d}") for i in range(1, 58)]
    tickets = [Event("bench", f"t{i}", "ticket.created", at, at, "ticket", f"tic_{i:03d}") for i in range(1, 91)]
    usage = [Event("bench", f"u{i}", "usage.reported", at, at, "account", f"acc_{i:03d}") for i in range(1, 54)]
    return [*deals, *tickets, *usage]


def _bytes_stored(session: Any) -> int:
    pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
    return int(pages) * int(session.connection().exec_driver_sql("PRAGMA page_size").scalar())


class _Plain(TypedDict, total=False):
    run_id: str


async def _bare_runs_per_second(path: Path) -> float:
    async with aiosqlite.connect(os.fspath(path)) as connection:
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=NORMAL")
        saver = AsyncSqliteSaver(connection)
        await saver.setup()
        return await bare_runs(saver)


async def bare_runs(saver: BaseCheckpointSaver[Any]) -> float:
    """Runs a second of the bare graph, saved when they end."""
    graph = _bare_graph().compile(checkpointer=saver)
    started = time.perf_counter()
    for number in range(BARE_RUNS):
        config: Any = {"configurable": {"thread_id": f"t{number}"}}
        await graph.ainvoke({"run_id": f"t{number}"}, config, durability="exit")
    return BARE_RUNS / (time.perf_counter() - started)


def _bare_graph() -> StateGraph[_Plain, None, _Plain, _Plain]:
    graph: StateGraph[_Plain, None, _Plain, _Plain] = StateGraph(_Plain)

    async def nothing(state: _Plain) -> dict[str, str]:
        return {}

    names = [f"n{number}" for number in range(8)]
    for name in names:
        graph.add_node(name, nothing)
    for first, second in zip([START, *names], names, strict=False):
        graph.add_edge(first, second)
    return graph
