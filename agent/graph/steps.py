"""A node as one step of a trace. `ask` is none: whoever waits there waits for people."""

from collections.abc import Awaitable
from functools import wraps
from typing import Any, Protocol

from langgraph.runtime import Runtime

from agent.graph.context import Context
from agent.graph.state import State


class Node(Protocol):
    """What LangGraph calls."""

    def __call__(self, state: State, runtime: Runtime[Context]) -> Awaitable[dict[str, Any]]: ...


def traced(name: str, node: Node) -> Node:
    """The node, noted by whoever measures."""

    @wraps(node)
    async def step(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
        with runtime.context.trace.step(name):
            return await node(state, runtime)

    return step
