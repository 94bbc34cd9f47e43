"""The machine for tools that open a graph by `langgraph.json`: LangGraph Studio, `langgraph dev`. To look at; it is driven by `agent.service`."""

from agent.graph.build import Graph, build

graph: Graph = build()
"""Without a checkpointer: such hosts bring their own. Nothing is opened or read to make it."""
