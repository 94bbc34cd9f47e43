"""Decisions: written whole with all that follows from them, read with what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, case, insert, select, update

from agent.domain.decision import ActionRecord, ApprovalRecord, Decision, OutcomeRecord, ProposalRecord
from agent.domain.records import Action, Approval, Message
from agent.ports import AuditEntry, DecisionRow
from integrations.db.errors import RefusedError
from integrations.db.messages import add_messages
from integrations.db.part import StorePart, values_of
from integrations.db.runs import ENDED
from integrations.db.statements import insert_all_new, insert_new, squeeze, unsqueeze
from integrations.db.stopping import stop, stop_if_blocked
from integrations.db.tables import ACTIONS, APPROVALS, DECISIONS, EDITS, OUTCOMES, RUNS

JOINED = {"approvals", "actions", "outcome"}
"""Parts of the record that live in tables of their own, because they go on changing."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One decision with all that is written with it."""

    decision: Decision
    row: dict[str, Any]
    state: str
    entry: str
    wake_at: datetime | None
    approvals: Sequence[Approval]
    actions: Sequence[Action]
    messages: Sequence[Message]
    supersede: Sequence[str]
    audit: Sequence[AuditEntry]


class Decisions(StorePart):
    """Writes and reads decisions."""

    async def record(
        self,
        decision: Decision,
        evidence: dict[str, Any],
        *,
        state: str,
        entry: str,
        wake_at: datetime | None,
        approvals: Sequence[Approval],
        actions: Sequence[Action],
        messages: Sequence[Message],
        supersede: Sequence[str],
        audit: Sequence[AuditEntry],
        exclusive_group: str = "",
    ) -> None:
        """Write decision, evidence, asks, planned actions, messages and audit, move the run on, close superseded asks.

        All in one transaction; a decision that is there already changes nothing. When a block covers the decision, it
        is written stopped, and its messages are not sent. Raises RefusedError when the run has ended.
        """
        row = {**_row(decision, exclusive_group), "evidence": squeeze(to_json(evidence))}
        after = (state, entry, wake_at, approvals, actions, messages, supersede, audit)
        recording = Recording(decision, row, *after)
        await self._write(lambda c: self._record(c, recording))

    async def decision(self, decision_id: str) -> Decision | None:
        """The record with its asks, actions, outcome and (edited) proposal as they are now."""
        return await self._read(lambda c: load_decision(c, decision_id))

    async def evidence(self, decision_id: str) -> dict[str, Any] | None:
        """What the decision was made from."""
        query = select(DECISIONS.c.evidence).where(DECISIONS.c.id == decision_id)
        packed = await self._read(lambda c: c.execute(query).scalar())
        return None if packed is None else from_json(unsqueeze(packed))

    async def decisions(
        self, *, limit: int, surface: str | None = None, account: str | None = None, route: str | None = None
    ) -> list[DecisionRow]:
        """The newest decisions, newest first."""
        asked = {"surface": surface, "account": account, "route": route}
        which = [DECISIONS.c[name] == value for name, value in asked.items() if value is not None]
        order = (DECISIONS.c.created_at.desc(), DECISIONS.c.id.desc())
        query = _LIST.where(*which).order_by(*order).limit(limit)
        rows = await self._read(lambda c: c.execute(query).mappings().all())
        return [DecisionRow(**{**row, "reasons": tuple(row["reasons"])}) for row in rows]

    def _record(self, connection: Connection, recording: Recording) -> None:
        decision = recording.decision
        if not insert_new(connection, DECISIONS, recording.row):
            return
        _move_on(connection, recording)
        if recording.supersede:
            why = f"superseded by {decision.id}"
            older = DECISIONS.c.id.in_(recording.supersede) & (DECISIONS.c.id != decision.id)
            stop(connection, older, state="superseded", why=why, at=decision.created_at)
        if recording.approvals:
            connection.execute(_ADD_ASK, [values_of(approval, APPROVALS) for approval in recording.approvals])
        insert_all_new(connection, ACTIONS, [values_of(action, ACTIONS) for action in recording.actions])
        if not stop_if_blocked(connection, decision.id, decision.created_at):
            add_messages(connection, recording.messages)
        self.chain.append(connection, recording.audit, decision.created_at)


_ADD_ASK = insert(APPROVALS)
_LISTED = (
    *("id", "run_id", "created_at", "surface", "account", "subject_kind", "subject_id", "route", "play", "title"),
    "reasons",
)
# A decision that its run has left behind, by deciding again, is closed whatever the run does now.
_STATE = case((RUNS.c.decision_id == DECISIONS.c.id, RUNS.c.state), else_="closed").label("state")
_LIST = select(*(DECISIONS.c[name] for name in _LISTED), _STATE).join(RUNS, RUNS.c.id == DECISIONS.c.run_id)


def _row(decision: Decision, exclusive_group: str) -> dict[str, Any]:
    chosen = next((candidate for candidate in decision.candidates if candidate.id == decision.choice), None)
    proposal, subject = decision.proposal, decision.subject
    copied = {
        name: getattr(decision, name) for name in ("id", "run_id", "created_at", "surface", "route", "schema_version")
    }
    choice = {name: getattr(chosen, name, None) for name in ("play", "kind", "title", "reach", "recipient", "material")}
    return {
        **copied,
        **choice,
        **({"recipient": proposal.recipient} if proposal and proposal.recipient else {}),
        "account": subject.account,
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "exclusive_group": exclusive_group,
        "digest": proposal.digest if proposal else "",
        "reasons": [reason.code for reason in decision.reasons],
        "body": squeeze(decision.model_dump_json(exclude=JOINED).encode()),
    }


def _move_on(connection: Connection, recording: Recording) -> None:
    decision = recording.decision
    change = update(RUNS).where(RUNS.c.id == decision.run_id, RUNS.c.state.not_in(ENDED))
    place = {"state": recording.state, "entry": recording.entry, "wake_at": recording.wake_at}
    fresh = {"decision_id": decision.id, "surface": decision.surface, "attempts": 0, "error": None}
    if not connection.execute(change.values(**place, **fresh)).rowcount:
        raise RefusedError(f"run {decision.run_id} has ended or does not exist: move it to `new` to decide again.")


def load_decision(connection: Connection, decision_id: str) -> Decision | None:
    """The whole record, joined from its tables."""
    packed = connection.execute(select(DECISIONS.c.body).where(DECISIONS.c.id == decision_id)).scalar()
    if packed is None:
        return None
    decision = Decision.model_validate_json(unsqueeze(packed))
    edit = connection.execute(_LAST_EDIT.where(EDITS.c.decision_id == decision_id)).scalar()
    return decision.model_copy(
        update={
            "proposal": decision.proposal if edit is None else ProposalRecord.model_validate(edit),
            "approvals": _asks(connection, decision_id),
            "actions": _steps(connection, decision_id),
            "outcome": _outcome(connection, decision_id),
        }
    )


_LAST_EDIT = select(EDITS.c.proposal).order_by(EDITS.c.id.desc()).limit(1)
_ASKS = select(*(APPROVALS.c[name] for name in ApprovalRecord.model_fields)).order_by(APPROVALS.c.round, APPROVALS.c.id)
_STEPS = select(*(ACTIONS.c[name] for name in ActionRecord.model_fields)).order_by(ACTIONS.c.step, ACTIONS.c.key)
_OUTCOME = select(*(OUTCOMES.c[name] for name in OutcomeRecord.model_fields))


def _asks(connection: Connection, decision_id: str) -> list[ApprovalRecord]:
    rows = connection.execute(_ASKS.where(APPROVALS.c.decision_id == decision_id)).mappings()
    return [ApprovalRecord(**row) for row in rows]


def _steps(connection: Connection, decision_id: str) -> list[ActionRecord]:
    rows = connection.execute(_STEPS.where(ACTIONS.c.decision_id == decision_id)).mappings()
    return [ActionRecord(**row) for row in rows]


def _outcome(connection: Connection, decision_id: str) -> OutcomeRecord | None:
    row = connection.execute(_OUTCOME.where(OUTCOMES.c.decision_id == decision_id)).mappings().first()
    return None if row is None else OutcomeRecord(**row)
