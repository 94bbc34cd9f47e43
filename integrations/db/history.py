"""What decisions read of our own past, and what became of each of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from agent.domain.decision import OutcomeRecord
from agent.domain.evidence import OpenProposal, Past
from agent.ports import AuditEntry, History
from integrations.db.errors import NotFoundError
from integrations.db.part import StorePart
from integrations.db.stopping import LIVE, active_blocks
from integrations.db.tables import ACTIONS, APPROVALS, DECISIONS, LABELS, OUTCOMES, RUNS

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
WAITING_ROUTES = ("act", "ask", "deferred")


class Histories(StorePart):
    """Reads the past and observes outcomes."""

    async def history(self, accounts: Sequence[str], *, since: datetime, at: datetime) -> History:
        """What recommendations to these accounts became since then, what waits for an answer, and blocks in force.

        All in one read. `labels` counts decisions that a person answered, by kind of play, over all accounts.
        """
        return await self._read(lambda c: _history(c, accounts, since, at))

    async def observe(
        self, decision_id: str, outcome: dict[str, Any], audit: AuditEntry, *, at: datetime | None = None
    ) -> None:
        """Write what came of a decision: fields of `OutcomeRecord` that are known now; the others stay as they are.

        `at`: when, for the audit log; else the outcome's own time. Raises NotFoundError.
        """
        await self._write(lambda c: self._observe(c, decision_id, outcome, audit, at))

    def _observe(
        self, connection: Connection, decision_id: str, outcome: dict[str, Any], audit: AuditEntry, at: datetime | None
    ) -> None:
        if connection.execute(select(DECISIONS.c.id).where(DECISIONS.c.id == decision_id)).first() is None:
            raise NotFoundError(f"there is no decision {decision_id}.")
        this = OUTCOMES.c.decision_id == decision_id
        known = connection.execute(select(*_OUTCOME).where(this)).mappings().first()
        merged = OutcomeRecord.model_validate({**UNKNOWN, **(known or {}), **outcome})
        values = {name: getattr(merged, name) for name in OutcomeRecord.model_fields}
        if known is None:
            connection.execute(insert(OUTCOMES), {"decision_id": decision_id, **values})
        else:
            connection.execute(update(OUTCOMES).where(this).values(values))
        self.chain.append(connection, [audit], at or merged.at)


_OUTCOME = [OUTCOMES.c[name] for name in OutcomeRecord.model_fields]
_PLACE = ("id", "play", "kind", "account", "subject_id", "recipient", "material")
_DECISION = [DECISIONS.c[name] for name in _PLACE]


def _history(connection: Connection, accounts: Sequence[str], since: datetime, at: datetime) -> History:
    past = [
        *_pasts(connection, _rejected(accounts, since), "rejected"),
        *_pasts(connection, _delivered(accounts, since), "delivered"),
        *_pasts(connection, _overridden(accounts, since), "overridden"),
    ]
    return History(
        past=sorted(past, key=lambda item: (item.at, item.decision, item.what)),
        open_proposals=_open_proposals(connection, accounts),
        blocks=active_blocks(connection, at),
        labels={row.kind: row.answered for row in connection.execute(select(LABELS))},
    )


def _rejected(accounts: Sequence[str], since: datetime) -> Select[Any]:
    query = select(*_DECISION, APPROVALS.c.at, APPROVALS.c.reason.label("label"))
    query = query.join(APPROVALS, APPROVALS.c.decision_id == DECISIONS.c.id)
    return query.where(DECISIONS.c.account.in_(accounts), APPROVALS.c.state == "rejected", APPROVALS.c.at >= since)


def _delivered(accounts: Sequence[str], since: datetime) -> Select[Any]:
    """One row for each decision of which something was done, with the moment of its last effect."""
    last = func.max(ACTIONS.c.at, type_=ACTIONS.c.at.type)
    query = select(*_DECISION, last.label("at")).join(ACTIONS, ACTIONS.c.decision_id == DECISIONS.c.id)
    done = (DECISIONS.c.account.in_(accounts), ACTIONS.c.state == "done")
    return query.where(*done).group_by(*_DECISION).having(last >= since)


def _overridden(accounts: Sequence[str], since: datetime) -> Select[Any]:
    moment = func.coalesce(OUTCOMES.c.at, DECISIONS.c.created_at, type_=OUTCOMES.c.at.type)
    query = select(*_DECISION, moment.label("at"), OUTCOMES.c.guardrails)
    query = query.join(OUTCOMES, OUTCOMES.c.decision_id == DECISIONS.c.id)
    return query.where(DECISIONS.c.account.in_(accounts), moment >= since)


def _pasts(connection: Connection, query: Select[Any], what: Any) -> list[Past]:
    rows = connection.execute(query)
    return [_past(row, what) for row in rows if what != "overridden" or OVERRIDDEN in row.guardrails]


def _past(row: Row[Any], what: Any) -> Past:
    return Past(
        decision=row.id,
        play=row.play or "",
        kind=row.kind or "",
        account=row.account,
        subject=row.subject_id,
        recipient=row.recipient or "",
        material=row.material or "",
        what=what,
        at=row.at,
        label=getattr(row, "label", None) or "",
    )


def _open_proposals(connection: Connection, accounts: Sequence[str]) -> list[OpenProposal]:
    query = select(*_DECISION, DECISIONS.c.exclusive_group, DECISIONS.c.digest)
    query = query.join(RUNS, RUNS.c.decision_id == DECISIONS.c.id).where(
        RUNS.c.state.in_(LIVE),
        DECISIONS.c.account.in_(accounts),
        DECISIONS.c.reach == "customer",
        DECISIONS.c.route.in_(WAITING_ROUTES),
    )
    return [
        OpenProposal(
            decision=row.id,
            play=row.play,
            exclusive_group=row.exclusive_group,
            account=row.account,
            recipient=row.recipient or "",
            digest=row.digest,
            subject=row.subject_id,
        )
        for row in connection.execute(query.order_by(DECISIONS.c.created_at, DECISIONS.c.id))
    ]
