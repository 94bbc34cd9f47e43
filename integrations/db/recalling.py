"""When a bulk change is noticed only after its first decisions: what of them still waits for an answer is called back into the hold."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, select, update

from agent.domain.records import Hold
from integrations.db.runs import OPEN_ASKS
from integrations.db.stopping import stop
from integrations.db.tables import APPROVALS, HOLDS, INBOX, RUNS

WITHIN = timedelta(minutes=1)
"""A hold of unmarked changes opens for a minute in which one actor made too many: these are its neighbours."""

_ANSWERED = exists().where(APPROVALS.c.decision_id == RUNS.c.decision_id, APPROVALS.c.state.not_in(OPEN_ASKS))


def recall(connection: Connection, hold: Hold, at: datetime) -> list[str]:
    """Take back the asks of the hold's actor that nobody has answered, and hold their runs; returns their decisions."""
    found = select(RUNS.c.decision_id).join(INBOX, INBOX.c.run_id == RUNS.c.id).where(
        INBOX.c.source == hold.source, INBOX.c.actor == hold.actor, INBOX.c.occurred_at.between(hold.since - WITHIN, hold.since + WITHIN),
        RUNS.c.state == "asking", ~_ANSWERED,
    )  # fmt: skip
    decisions = list(connection.execute(found).scalars())
    if not decisions:
        return []
    stop(connection, decisions, state="superseded", code="bulk_hold", why=f"held as part of a bulk change: {hold.why}", at=at)
    held = update(RUNS).where(RUNS.c.decision_id.in_(decisions), RUNS.c.state == "closed")
    connection.execute(held.values(state="held", wake_at=None, error=hold.id))
    connection.execute(update(HOLDS).where(HOLDS.c.id == hold.id).values(events=hold.events + len(decisions)))
    return decisions
