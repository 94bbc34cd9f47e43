"""Decisions: written whole with all that follows from them, read with what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, insert, select, update

from agent.domain.decision import Decision
from agent.domain.evidence import Evidence
from agent.domain.outcome import Watch
from agent.domain.records import Action, Approval, Message
from agent.errors import Refused
from agent.ports import AuditEntry, DecisionRow
from integrations.counters import DECISIONS as DECISIONS_COUNTED
from integrations.counters import WORDINGS
from integrations.db import watching
from integrations.db.head_rows import HEADS
from integrations.db.heading import Head, add_head, head_of
from integrations.db.joining import as_written, load_decision
from integrations.db.messages import add_messages
from integrations.db.packing import pack, pack_evidence, unpack_evidence
from integrations.db.part import StorePart, values_of
from integrations.db.runs import ENDED
from integrations.db.statements import insert_all_new, insert_new
from integrations.db.stopping import LIVE, stop, stop_if_blocked
from integrations.db.tables import ACTIONS, APPROVALS, DECISIONS, RUNS
from integrations.db.witness import RECORD, record_hash


@dataclass(frozen=True, slots=True)
class Recording:
    """One decision with all that is written with it."""

    decision: Decision
    row: dict[str, Any]
    head: Head
    state: str
    entry: str
    wake_at: datetime | None
    approvals: Sequence[Approval]
    actions: Sequence[Action]
    messages: Sequence[Message]
    supersede: Sequence[str]
    audit: Sequence[AuditEntry]
    watch: Watch | None


class Decisions(StorePart):
    """Writes and reads decisions."""

    async def record(
        self,
        decision: Decision,
        evidence: Evidence | None,
        *,
        state: str,
        entry: str,
        wake_at: datetime | None,
        approvals: Sequence[Approval],
        actions: Sequence[Action],
        messages: Sequence[Message],
        supersede: Sequence[str],
        audit: Sequence[AuditEntry],
        watch: Watch | None = None,
    ) -> None:
        """Write decision, evidence, asks, planned actions, messages, audit and what it waits for, move the run on, close superseded asks.

        All in one transaction; a decision that is there already changes nothing. When a block covers the decision, it
        is written stopped, and its messages are not sent. Raises Refused when the run has ended.
        """
        row = {**_row(decision), "body": pack(decision, evidence), "evidence": pack_evidence(evidence)}
        after = (state, entry, wake_at, approvals, actions, messages, supersede, audit, watch)
        recording = Recording(decision, row, head_of(decision), *after)
        if await self._write(lambda c: self._record(c, recording)):
            _count(decision, row["kind"])

    async def decision(self, decision_id: str) -> Decision | None:
        """The record with its asks, actions, outcome, edited proposal and reasons of a later stop, as they are now."""
        return await self._glance(lambda c: load_decision(c, decision_id))

    async def recorded(self, decision_id: str) -> Decision | None:
        """The record as it was first written."""
        return await self._glance(lambda c: as_written(c, decision_id))

    async def evidence(self, decision_id: str) -> dict[str, Any] | None:
        """What the decision was made from; None when there was nothing to decide."""
        row = await self._look(lambda c: c.execute(_EVIDENCE, {"of": decision_id}).first())
        return None if row is None else unpack_evidence(row.evidence, row.body)

    async def decisions(self, *, limit: int, surface: str | None = None, account: str | None = None, route: str | None = None) -> list[DecisionRow]:
        """The newest decisions, newest first."""
        asked = {"surface": surface, "account": account, "route": route}
        which = [HEADS.c[name] == value for name, value in asked.items() if value is not None]
        query = _LIST.where(*which).order_by(HEADS.c.place.desc()).limit(limit)
        rows = await self._read(lambda c: c.execute(query).mappings().all())
        return [DecisionRow(**{**row, "reasons": tuple(row["reasons"])}) for row in rows]

    def _record(self, connection: Connection, recording: Recording) -> bool:
        decision = recording.decision
        if not insert_new(connection, DECISIONS, recording.row):
            return False
        add_head(connection, recording.head)
        _move_on(connection, recording)
        if recording.supersede:
            why = f"superseded by {decision.id}"
            older = [name for name in recording.supersede if name != decision.id]
            stop(connection, older, state="superseded", why=why, at=decision.created_at)
        if recording.watch is not None:
            watching.add(connection, recording.watch)
        if recording.approvals:
            connection.execute(_ADD_ASK, [values_of(approval, APPROVALS) for approval in recording.approvals])
        insert_all_new(connection, ACTIONS, [values_of(action, ACTIONS) for action in recording.actions])
        blocked = recording.state in LIVE and stop_if_blocked(connection, decision.id, decision.created_at)
        add_messages(connection, recording.messages, asking=not blocked)
        self.chain.append(connection, [_bound(entry, recording.row) for entry in recording.audit], decision.created_at)
        return True


def _count(decision: Decision, kind: str | None) -> None:
    DECISIONS_COUNTED.labels(decision.surface, decision.route, kind or "none").inc()
    if decision.proposal is not None:
        WORDINGS.labels(decision.proposal.composed_by).inc()


def _bound(entry: AuditEntry, row: dict[str, Any]) -> AuditEntry:
    """An entry about the decision, bound to its record: nobody changes the one without the other."""
    return replace(entry, data={**entry.data, RECORD: record_hash(row)}) if entry.ref == row["id"] else entry


_ADD_ASK = insert(APPROVALS)
_MOVE_ON = update(RUNS).where(RUNS.c.id == bindparam("of"), RUNS.c.state.not_in(ENDED))
_LISTED = (
    *("id", "run_id", "created_at", "surface", "account", "subject_kind", "subject_id", "route", "play", "title"),
    "reasons",
)
# A decision that its run has left behind, by deciding again, is closed whatever the run does now.
_STATE = case((RUNS.c.decision_id == DECISIONS.c.id, RUNS.c.state), else_="closed").label("state")
_LIST = (
    select(*(DECISIONS.c[name] for name in _LISTED), _STATE)
    .join(HEADS, HEADS.c.decision_id == DECISIONS.c.id)
    .join(RUNS, RUNS.c.id == DECISIONS.c.run_id)
)


def _row(decision: Decision) -> dict[str, Any]:
    chosen = next((candidate for candidate in decision.candidates if candidate.id == decision.choice), None)
    proposal, subject = decision.proposal, decision.subject
    copied = {name: getattr(decision, name) for name in ("id", "run_id", "created_at", "surface", "route", "schema_version")}
    choice = {name: getattr(chosen, name, None) for name in ("play", "kind", "title", "reach", "recipient", "material")}
    return {
        **copied,
        **choice,
        **({"recipient": proposal.recipient} if proposal and proposal.recipient else {}),
        "account": subject.account,
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "digest": proposal.digest if proposal else "",
        "reasons": [reason.code for reason in decision.reasons],
    }


def _move_on(connection: Connection, recording: Recording) -> None:
    decision = recording.decision
    place = {"state": recording.state, "entry": recording.entry, "wake_at": recording.wake_at}
    fresh = {"decision_id": decision.id, "surface": decision.surface, "attempts": 0, "error": None}
    if not connection.execute(_MOVE_ON, {"of": decision.run_id, **place, **fresh}).rowcount:
        raise Refused(f"Run {decision.run_id} has ended or does not exist, so nothing was recorded.")


_EVIDENCE = select(DECISIONS.c.evidence, DECISIONS.c.body).where(DECISIONS.c.id == bindparam("of"))
