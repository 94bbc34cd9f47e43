"""Whole decisions: the record as it was written, joined with what became of it in tables of its own. One way for one and for many."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from pydantic_core import to_json
from sqlalchemy import Connection, Table, bindparam, select

from agent.domain.decision import ActionRecord, ApprovalRecord, Decision, OutcomeRecord, ProposalRecord, Reason, Record
from integrations.db.documents import listed
from integrations.db.packing import unpack
from integrations.db.prepared import Prepared
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
    return None if decision is None else joined(decision, Beside.read(connection, [decision_id]))


def whole(connection: Connection, ids: Sequence[str]) -> dict[str, Decision]:
    """Whole records, by id: of all of them in six statements."""
    bodies = {row["id"]: row["body"] for row in _BODIES.rows(connection, of=to_json(ids).decode())}
    beside = Beside.read(connection, list(bodies))
    return {one: joined(unpack(body), beside.only(one)) for one, body in bodies.items()}


class Became(TypedDict):
    """What became of one decision."""

    approvals: list[ApprovalRecord]
    actions: list[ActionRecord]
    outcome: OutcomeRecord | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside decisions in the tables that go on changing, by decision."""

    edits: Rows
    outcomes: Rows
    stops: Rows
    asks: Rows
    steps: Rows

    @classmethod
    def read(cls, connection: Connection, ids: Sequence[str]) -> "Beside":
        """In one statement for each table, however many decisions they are."""
        of = to_json(ids).decode()

        def rows(query: Prepared) -> Rows:
            found = defaultdict[str, list[dict[str, Any]]](list)
            for row in query.rows(connection, of=of):
                found[row.pop(_OF)].append(row)
            return dict(found)

        return cls(*map(rows, (_EDITS, _OUTCOMES, _STOPS, _ASKS, _STEPS)))

    def only(self, decision_id: str) -> "Beside":
        """What stands beside one of them."""
        parts = (self.edits, self.outcomes, self.stops, self.asks, self.steps)
        return Beside(*({decision_id: part[decision_id]} if decision_id in part else {} for part in parts))


def joined(decision: Decision, beside: Beside) -> Decision:
    """The record with its last edit, asks, actions, outcome and reasons of a later stop."""
    edits = beside.edits.get(decision.id)
    stops = [Reason(**row) for row in beside.stops.get(decision.id, ())]
    return decision.model_copy(
        update={
            **became(decision.id, beside),
            "proposal": ProposalRecord.model_validate(edits[-1]["proposal"]) if edits else decision.proposal,
            "reasons": [*decision.reasons, *stops],
        }
    )


def became(decision_id: str, beside: Beside) -> Became:
    """The asks, actions and outcome of a decision."""
    outcomes = beside.outcomes.get(decision_id)
    return {
        "approvals": [ApprovalRecord(**row) for row in beside.asks.get(decision_id, ())],
        "actions": [ActionRecord(**row) for row in beside.steps.get(decision_id, ())],
        "outcome": OutcomeRecord(**outcomes[0]) if outcomes else None,
    }


def _theirs(table: Table, model: type[Record] | tuple[str, ...], *order: str) -> Prepared:
    """The columns that a part of the record is made of, and whose part it is; of all decisions whose ids a JSON list names."""
    names = model if isinstance(model, tuple) else tuple(model.model_fields)
    query = select(*(table.c[name] for name in (_OF, *names))).where(table.c[_OF].in_(listed("of")))
    return Prepared(query.order_by(*(table.c[name] for name in order)))


_BODIES = Prepared(select(DECISIONS.c.id, DECISIONS.c.body).where(DECISIONS.c.id.in_(listed("of"))))
_BODY = select(DECISIONS.c.body).where(DECISIONS.c.id == bindparam("of"))
_EDITS = _theirs(EDITS, ("proposal",), "id")
_ASKS = _theirs(APPROVALS, ApprovalRecord, "round", "id")
_STEPS = _theirs(ACTIONS, ActionRecord, "step", "key")
_STOPS = _theirs(STOPS, Reason, "code")
_OUTCOMES = _theirs(OUTCOMES, OutcomeRecord)
