"""What came of a decision, as one row that grows: used by whoever learns something of it, within their own transaction."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, insert, select, update

from agent.domain.decision import OutcomeRecord
from agent.domain.records import DATA_TASK
from agent.errors import NotFound
from agent.ports import AuditEntry
from integrations.db.audit_chain import Chain
from integrations.db.heading import note_result
from integrations.db.tables import ACTIONS, DECISIONS, OUTCOMES, WATCHES
from integrations.db.witness import OUTCOME, outcome_hash

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
_OVERRIDDEN_AT = select(OUTCOMES.c.overridden_at)
_OUTCOME = [OUTCOMES.c[name] for name in OutcomeRecord.model_fields]


def observe(connection: Connection, chain: Chain, decision_id: str, outcome: dict[str, Any], audit: AuditEntry, at: datetime | None = None) -> None:
    """Write what is known of an outcome beside what was known before, and what the audit log must say of it. Raises NotFound."""
    if connection.execute(select(DECISIONS.c.id).where(DECISIONS.c.id == decision_id)).first() is None:
        raise NotFound(f"There is no decision {decision_id}.")
    this = OUTCOMES.c.decision_id == decision_id
    row = connection.execute(select(*_OUTCOME, OUTCOMES.c.overridden_at).where(this)).mappings().first()
    known = {name: row[name] for name in OutcomeRecord.model_fields} if row else {**UNKNOWN, "exposure": _exposure(connection, decision_id)}
    guardrails = list(dict.fromkeys([*known["guardrails"], *outcome.get("guardrails", ())]))
    moment = outcome.get("at") if "result" in outcome or known["result"] is None else None  # friction does not move the moment of a result
    merged = OutcomeRecord.model_validate({**known, **outcome, "guardrails": guardrails, "at": moment or known["at"]})
    overridden_at = outcome.get("at") if OVERRIDDEN in outcome.get("guardrails", ()) else None
    values = {name: getattr(merged, name) for name in OutcomeRecord.model_fields}
    if row and values == known and overridden_at in (None, row["overridden_at"]):
        return
    write(connection, chain, decision_id, merged, replace(audit, at=audit.at or at or merged.at), overridden_at)


def write(
    connection: Connection, chain: Chain, decision_id: str, outcome: OutcomeRecord, audit: AuditEntry, overridden_at: datetime | None = None
) -> None:
    """Write the whole record in the place of what stood there, bound to its entry: nobody changes the one without the other.

    `overridden_at`: when a person undid it, if that is the news; else it stays.
    """
    values = {name: getattr(outcome, name) for name in OutcomeRecord.model_fields}
    values["overridden_at"] = overridden_at or connection.execute(_OVERRIDDEN_AT.where(OUTCOMES.c.decision_id == decision_id)).scalar()
    if not connection.execute(update(OUTCOMES).where(OUTCOMES.c.decision_id == decision_id).values(values)).rowcount:
        connection.execute(insert(OUTCOMES), {"decision_id": decision_id, **values})
    note_result(connection, decision_id, outcome.result)
    bound = replace(audit, ref=decision_id, data={**audit.data, OUTCOME: outcome_hash(values)})
    chain.append(connection, [bound], bound.at)


_PLACE = select(WATCHES.c.arm, WATCHES.c.opened_at)


def _exposure(connection: Connection, decision_id: str) -> str:
    """Whether it reached anybody, as long as nobody has said better: by its watch; where there is none, as the ledger says."""
    watch = connection.execute(_PLACE.where(WATCHES.c.decision == decision_id)).first()
    if watch is not None and watch.opened_at is not None:
        return "delivered"
    if watch is not None and (watch.arm != "treated" or _is_done(connection, decision_id)):
        return "not_exposed"
    return "delivered" if watch is None and _is_done(connection, decision_id) else "not_taken"


def _is_done(connection: Connection, decision_id: str) -> bool:
    done = exists().where(ACTIONS.c.decision_id == decision_id, ACTIONS.c.state == "done", ACTIONS.c.kind != DATA_TASK)
    return bool(connection.execute(select(done)).scalar())
