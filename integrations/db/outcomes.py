"""What came of a decision, as one row that grows: used by whoever learns something of it, within their own transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, insert, select, update

from agent.domain.decision import OutcomeRecord
from agent.domain.records import DATA_TASK
from agent.errors import NotFound
from agent.ports import AuditEntry
from integrations.db.audit_chain import Chain
from integrations.db.tables import ACTIONS, DECISIONS, OUTCOMES

OVERRIDDEN = "overridden"
"""The guardrail that says that a person undid what we did."""

UNKNOWN: dict[str, Any] = {
    "result": None,
    "metric": None,
    "value": None,
    "at": None,
    "guardrails": [],
    "attribution": None,
}
_OUTCOME = [OUTCOMES.c[name] for name in OutcomeRecord.model_fields]


def observe(connection: Connection, chain: Chain, decision_id: str, outcome: dict[str, Any], audit: AuditEntry, at: datetime | None = None) -> None:
    """Write what is known of an outcome beside what was known before, and what the audit log must say of it. Raises NotFound."""
    if connection.execute(select(DECISIONS.c.id).where(DECISIONS.c.id == decision_id)).first() is None:
        raise NotFound(f"There is no decision {decision_id}.")
    this = OUTCOMES.c.decision_id == decision_id
    row = connection.execute(select(*_OUTCOME).where(this)).mappings().first()
    known = dict(row) if row else {**UNKNOWN, "exposure": _exposure(connection, decision_id)}
    guardrails = list(dict.fromkeys([*known["guardrails"], *outcome.get("guardrails", ())]))
    merged = OutcomeRecord.model_validate({**known, **outcome, "guardrails": guardrails})
    values = {name: getattr(merged, name) for name in OutcomeRecord.model_fields}
    if row and values == known:
        return
    if row:
        connection.execute(update(OUTCOMES).where(this).values(values))
    else:
        connection.execute(insert(OUTCOMES), {"decision_id": decision_id, **values})
    chain.append(connection, [audit], at or merged.at)


def _exposure(connection: Connection, decision_id: str) -> str:
    """What the ledger says, as long as nobody has said better."""
    done = exists().where(ACTIONS.c.decision_id == decision_id, ACTIONS.c.state == "done", ACTIONS.c.kind != DATA_TASK)
    return "delivered" if connection.execute(select(done)).scalar() else "not_taken"
