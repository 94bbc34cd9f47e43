"""What the service and the graph need of the store: every method is one transaction, and says so by its name.

The store is the truth. A method that changes something either commits all of it or nothing, and is durable when it returns.
"""

from typing import Protocol

from agent.listing import Lists
from agent.ports.asks import Asks, OpenAsk
from agent.ports.changes import Changes
from agent.ports.decisions import DecisionRow, Decisions, Kept, Option, Outline, Sealed
from agent.ports.effects import Effects, History
from agent.ports.inbox import Accepted, Arrival, Inbox
from agent.ports.measures import Measures, Pace, Tally
from agent.ports.models import Line, Models, ModelVersion, Reign, Training
from agent.ports.operating import AuditEntry, Operating
from agent.ports.outcomes import Outcomes, Scope

__all__ = [
    "Accepted",
    "Arrival",
    "AuditEntry",
    "DecisionRow",
    "History",
    "Kept",
    "Line",
    "ModelVersion",
    "OpenAsk",
    "Option",
    "Outline",
    "Pace",
    "Reign",
    "Scope",
    "Sealed",
    "Store",
    "Tally",
    "Training",
]


class Store(Lists, Inbox, Decisions, Models, Asks, Effects, Operating, Outcomes, Changes, Measures, Protocol):
    """The system of record."""
