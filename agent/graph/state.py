"""What a run carries between nodes, and what a checkpoint keeps: ids and small words only, plain JSON.

Nodes are never renamed and names never reused: a paused run of an older version resumes by them.
"""

from typing import Any, Literal, TypedDict

GATHER, PROPOSE, GATE, RANK, COMPOSE, CHECK, RECORD = "gather", "propose", "gate", "rank", "compose", "check", "record"
ASK, REVALIDATE, ACT, FINISH = "ask", "revalidate", "act", "finish"

Entry = Literal["gather", "ask", "revalidate", "act", "finish"]


class State(TypedDict, total=False):
    """`entry`: where this drive enters. `route`: the decision's. `next`: what the last node found. `ask`: what the interrupt shows. `answer`: what
    people said."""

    run_id: str
    entry: Entry
    route: str
    next: str
    ask: dict[str, Any]
    answer: dict[str, Any]
