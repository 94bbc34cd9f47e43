"""Whole decisions: the record as it was written, joined with what became of it in tables of its own. One way for one and for many."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, bindparam, select

from agent.domain.decision import ActionRecord, ApprovalRecord, Decision, OutcomeRecord, ProposalRecord, Reason, Record
from integrations.db.packing import unpack
from integrations.db.tables import ACTIONS, APPROVALS, DECISIONS, EDITS, OUTCOMES, STOPS

_OF = "decision_id"
Rows = Mapping[str, list[dict[str, Any]]]
"""The rows of one table, by the decision that they are of."""


def as_written(connection: Connection, decision_id: str) -> Decision | None:
    """The record as it was first written."""
    packed = connection.execute(_BODY, {"of": decision_id}).scalar()
    return None if packed is None else unpack(packed)


def load_decision(connection: Connection, decision_id: str) -> Decision | None:
    """The whole record, joined from its tables."""
    decision = as_written(connection, decision_id)
    return None if decision is None else joined(decision, Beside(connection, [decision_id]))


class Beside:
    """What stands beside decisions in the tables that go on changing: read in one statement for each table, however many decisions they are."""

    def __init__(self, connection: Connection, ids: list[str]) -> None:
        def rows(query: Select[Any]) -> Rows:
            found = defaultdict[str, list[dict[str, Any]]](list)
            for row in connection.execute(query, {"of": ids}).mappings():
                found[row[_OF]].append(_without_key(row))
            return found

        self.edits, self.outcomes, self.stops = rows(_EDITS), rows(_OUTCOMES), rows(_STOPS)
        self.asks, self.steps = rows(_ASKS), rows(_STEPS)


def joined(decision: Decision, beside: Beside) -> Decision:
    """The record with its last edit, asks, actions, outcome and reasons of a later stop."""
    edits, outcomes = beside.edits.get(decision.id), beside.outcomes.get(decision.id)
    stops = [Reason(**row) for row in beside.stops.get(decision.id, ())]
    return decision.model_copy(
        update={
            "proposal": ProposalRecord.model_validate(edits[-1]["proposal"]) if edits else decision.proposal,
            "approvals": [ApprovalRecord(**row) for row in beside.asks.get(decision.id, ())],
            "actions": [ActionRecord(**row) for row in beside.steps.get(decision.id, ())],
            "outcome": OutcomeRecord(**outcomes[0]) if outcomes else None,
            "reasons": [*decision.reasons, *stops],
        }
    )


def _without_key(row: RowMapping) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != _OF}


def _fields(table: Table, model: type[Record]) -> Select[Any]:
    """The columns that a part of the record is made of, and whose part it is."""
    return _theirs(table, *model.model_fields)


def _theirs(table: Table, *names: str) -> Select[Any]:
    return select(*(table.c[name] for name in (_OF, *names))).where(table.c[_OF].in_(bindparam("of", expanding=True)))


_BODY = select(DECISIONS.c.body).where(DECISIONS.c.id == bindparam("of"))
_EDITS = _theirs(EDITS, "proposal").order_by(EDITS.c.id)
_ASKS = _fields(APPROVALS, ApprovalRecord).order_by(APPROVALS.c.round, APPROVALS.c.id)
_STEPS = _fields(ACTIONS, ActionRecord).order_by(ACTIONS.c.step, ACTIONS.c.key)
_STOPS = _fields(STOPS, Reason).order_by(STOPS.c.code)
_OUTCOMES = _fields(OUTCOMES, OutcomeRecord)
