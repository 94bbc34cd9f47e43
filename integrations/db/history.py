"""What decisions read of our own past, and what became of each of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, func, select

from agent.domain.evidence import OpenProposal, Past
from agent.domain.records import DATA_TASK
from agent.ports import AuditEntry, History
from integrations.db.caps import caps_in_force
from integrations.db.columns import UtcTime
from integrations.db.outcomes import OVERRIDDEN, observe
from integrations.db.part import StorePart
from integrations.db.prepared import Prepared
from integrations.db.spelled import walked
from integrations.db.stopping import LIVE, active_blocks
from integrations.db.tables import ACTIONS, APPROVALS, DECISIONS, LABELS, OUTCOMES, RUNS

WAITING_ROUTES = ("act", "ask", "deferred")


class Histories(StorePart):
    """Reads the past and observes outcomes."""

    async def history(self, accounts: Sequence[str], *, since: datetime, at: datetime) -> History:
        """What recommendations to these accounts became since then, what waits for an answer, and blocks in force.

        All in one read. `labels` counts decisions that a person answered, by kind of play, over all accounts.
        """
        return await self._glance(lambda c: _history(c, accounts, since, at))

    async def observe(self, decision_id: str, outcome: dict[str, Any], audit: AuditEntry, *, at: datetime | None = None) -> None:
        """Write what came of a decision: fields of `OutcomeRecord` that are known now; the others stay as they are.

        Guardrails add up. Exposure, until it is said, is what the ledger shows. `at`: when, for the audit log; else the
        outcome's own time. Saying the same again changes nothing. Raises NotFound.
        """
        await self._write(lambda c: observe(c, self.chain, decision_id, outcome, audit, at))


_PLACE = ("id", "play", "kind", "account", "subject_id", "recipient", "material")
_DECISION = [DECISIONS.c[name] for name in _PLACE]
_THEIRS = DECISIONS.c.account == bindparam("account", required=False)  # else it cannot be spelled beside a list
_SINCE = bindparam("since", type_=UtcTime)
_LAST = func.max(ACTIONS.c.at, type_=UtcTime)
_MOMENT = func.coalesce(OUTCOMES.c.overridden_at, OUTCOMES.c.at, DECISIONS.c.created_at, type_=UtcTime)

# By the index of states SQLite would begin with all that anybody ever rejected.
_REJECTED = Prepared(
    select(*_DECISION, APPROVALS.c.at, APPROVALS.c.reason.label("label"))
    .join(APPROVALS, APPROVALS.c.decision_id == DECISIONS.c.id)
    .where(_THEIRS, walked(APPROVALS.c.state) == "rejected", APPROVALS.c.at >= _SINCE)
)
# One row for each decision of which something was done, with the moment of its last effect.
_DELIVERED = Prepared(
    select(*_DECISION, _LAST.label("at"))
    .join(ACTIONS, ACTIONS.c.decision_id == DECISIONS.c.id)
    .where(_THEIRS, ACTIONS.c.state == "done", ACTIONS.c.kind != DATA_TASK)
    .group_by(*_DECISION)
    .having(_LAST >= _SINCE)
)
_OVERRIDDEN = Prepared(
    select(*_DECISION, _MOMENT.label("at"), OUTCOMES.c.guardrails)
    .join(OUTCOMES, OUTCOMES.c.decision_id == DECISIONS.c.id)
    .where(_THEIRS, _MOMENT >= _SINCE)
)
_OPEN = Prepared(
    select(*_DECISION, DECISIONS.c.digest, DECISIONS.c.created_at)
    .join(RUNS, RUNS.c.decision_id == DECISIONS.c.id)
    .where(_THEIRS, RUNS.c.state.in_(LIVE), DECISIONS.c.route.in_(WAITING_ROUTES))
)
_LABELS = Prepared(select(LABELS))


def _history(connection: Connection, accounts: Sequence[str], since: datetime, at: datetime) -> History:
    def theirs(query: Prepared, **more: datetime) -> list[dict[str, Any]]:
        return [row for account in accounts for row in query.rows(connection, account=account, **more)]

    past = [
        *(_past(row, "rejected") for row in theirs(_REJECTED, since=since)),
        *(_past(row, "delivered") for row in theirs(_DELIVERED, since=since)),
        *(_past(row, "overridden") for row in theirs(_OVERRIDDEN, since=since) if OVERRIDDEN in row["guardrails"]),
    ]
    return History(
        past=sorted(past, key=lambda item: (item.at, item.decision, item.what)),
        open_proposals=[_open_proposal(row) for row in sorted(theirs(_OPEN), key=lambda row: (row["created_at"], row["id"]))],
        blocks=active_blocks(connection, at),
        labels={row["kind"]: row["answered"] for row in _LABELS.rows(connection)},
        caps=caps_in_force(connection),
    )


def _past(row: Mapping[str, Any], what: Literal["rejected", "delivered", "overridden"]) -> Past:
    return Past(
        decision=row["id"],
        play=row["play"] or "",
        kind=row["kind"] or "",
        account=row["account"],
        subject=row["subject_id"],
        recipient=row["recipient"] or "",
        material=row["material"] or "",
        what=what,
        at=row["at"],
        label=row.get("label") or "",
    )


def _open_proposal(row: Mapping[str, Any]) -> OpenProposal:
    return OpenProposal(
        decision=row["id"],
        play=row["play"],
        exclusive_group="",
        account=row["account"],
        recipient=row["recipient"] or "",
        digest=row["digest"],
        subject=row["subject_id"],
    )
