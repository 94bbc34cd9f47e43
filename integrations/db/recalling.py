"""When a bulk change is noticed only after its first decisions: what of them still waits for an answer is called back into the hold."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, select, update

from agent.domain.records import Hold
from integrations.db.runs import OPEN_ASKS
from integrations.db.statements import insert_new
from integrations.db.stopping import stop
from integrations.db.tables import APPROVALS, DECISIONS, HOLDS, INBOX, RUNS, STOPS

WITHIN = timedelta(minutes=1)
"""A hold of unmarked changes opens for a minute in which one actor made too many: these are its neighbours."""

_ANSWERED = exists().where(APPROVALS.c.decision_id == RUNS.c.decision_id, APPROVALS.c.state.not_in(OPEN_ASKS))


def recall(connection: Connection, hold: Hold, at: datetime) -> list[str]:
    """Take back the asks of the hold's actor that nobody has answered, and hold their runs; returns their decisions."""
    found = select(RUNS.c.decision_id, DECISIONS.c.reasons).join(INBOX, INBOX.c.run_id == RUNS.c.id)
    found = found.join(DECISIONS, DECISIONS.c.id == RUNS.c.decision_id).where(
        INBOX.c.source == hold.source, INBOX.c.actor == hold.actor, INBOX.c.occurred_at.between(hold.since - WITHIN, hold.since + WITHIN),
        RUNS.c.state == "asking", ~_ANSWERED,
    )  # fmt: skip
    reasons = {row.decision_id: row.reasons for row in connection.execute(found)}
    if not reasons:
        return []
    why = f"held as part of a bulk change: {hold.why}"
    stop(connection, list(reasons), state="superseded", why=why, at=at)
    for decision, codes in reasons.items():
        said = {"decision_id": decision, "code": "bulk_hold", "text": why, "reconsider_until": None, "reconsidered": False}
        insert_new(connection, STOPS, said)
        connection.execute(update(DECISIONS).where(DECISIONS.c.id == decision).values(reasons=[*codes, "bulk_hold"]))
    held = update(RUNS).where(RUNS.c.decision_id.in_(reasons), RUNS.c.state == "closed")
    connection.execute(held.values(state="held", wake_at=None, error=hold.id))
    connection.execute(update(HOLDS).where(HOLDS.c.id == hold.id).values(events=hold.events + len(reasons)))
    return list(reasons)
