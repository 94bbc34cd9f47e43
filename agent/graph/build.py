"""The product on one screen: the state machine that turns an event into a decision, an ask or an effect.

    gather → propose → gate → rank → compose → check → record → act | ask | wait | finish

`revalidate` stands before every effect. `ask` holds the interrupt and nothing else. What each node does is in `nodes.py`, where a run goes
next in `routes.py`; what they work with comes through `Context`.
"""

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent.graph import effects, nodes, routes
from agent.graph.context import Context
from agent.graph.state import ACT, ASK, CHECK, COMPOSE, FINISH, GATE, GATHER, PROPOSE, RANK, RECORD, REVALIDATE, State
from agent.graph.steps import traced

Graph = CompiledStateGraph[State, Context, State, State]


def build(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Graph:
    """Wire the machine. Without a checkpointer it serves for drawing and for hosts that bring their own."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node(GATHER, traced(GATHER, nodes.gather))
    graph.add_node(PROPOSE, traced(PROPOSE, nodes.propose))
    graph.add_node(GATE, traced(GATE, nodes.gate))
    graph.add_node(RANK, traced(RANK, nodes.rank))
    graph.add_node(COMPOSE, traced(COMPOSE, nodes.compose))
    graph.add_node(CHECK, traced(CHECK, nodes.check))
    graph.add_node(RECORD, traced(RECORD, nodes.record))
    graph.add_node(ASK, effects.ask)
    graph.add_node(REVALIDATE, traced(REVALIDATE, effects.revalidate))
    graph.add_node(ACT, traced(ACT, effects.act))
    graph.add_node(FINISH, traced(FINISH, effects.finish))

    graph.add_conditional_edges(START, routes.enter)
    graph.add_conditional_edges(GATHER, routes.after_gather)
    graph.add_edge(PROPOSE, GATE)
    graph.add_edge(GATE, RANK)
    graph.add_edge(RANK, COMPOSE)
    graph.add_edge(COMPOSE, CHECK)
    graph.add_edge(CHECK, RECORD)
    graph.add_conditional_edges(RECORD, routes.after_record)
    graph.add_conditional_edges(ASK, routes.after_ask)
    graph.add_conditional_edges(REVALIDATE, routes.after_revalidate)
    graph.add_conditional_edges(ACT, routes.after_act)
    graph.set_finish_point(FINISH)
    return graph.compile(checkpointer=checkpointer)
