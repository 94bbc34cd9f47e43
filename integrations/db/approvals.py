"""Asks and their answers: compare and set, so that of many answers one wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, exists, insert, or_, select, update

from agent.domain.decision import ProposalRecord
from agent.domain.records import Action, Approval, Message
from agent.errors import NotFound, Refused
from agent.ports import AuditEntry, OpenAsk
from integrations.db.documents import member
from integrations.db.ledger import drop_planned, plan
from integrations.db.messages import add_messages
from integrations.db.part import OURSELVES, StorePart, tupled, values_of
from integrations.db.runs import ENDED, OPEN_ASKS
from integrations.db.statements import insert_new
from integrations.db.stopping import stop_if_blocked
from integrations.db.tables import ACTIONS, APPROVALS, DECISIONS, EDITS, INBOX, LABELS, RUNS
from integrations.db.witness import resealed

ANSWERED = ("approved", "edited", "rejected")
ANSWER = ("state", "snoozed_until", "answered_by", "answer", "reason", "note", "at")
"""What an answer writes."""
CHANGEABLE = frozenset(
    {"asked", "allowed", "needed_role", "expires_at", "remind_at", "delegate_at", "snoozed_until", "state", "at"}
    | {"routing", "ended", "passed_on_by", "passed_on_at"}
)
"""What a change that is no answer may write."""


_COLUMNS = tuple(column.name for column in APPROVALS.columns)
_ORDER = (APPROVALS.c.round, APPROVALS.c.id)
_TRIGGER = member(INBOX.c.event, "type").label("trigger")
_DECIDED = APPROVALS.join(DECISIONS, DECISIONS.c.id == APPROVALS.c.decision_id).join(INBOX, INBOX.c.run_id == DECISIONS.c.run_id)
_OPEN = select(APPROVALS, DECISIONS.c.surface, DECISIONS.c.play, _TRIGGER).select_from(_DECIDED)
_OPEN = _OPEN.where(APPROVALS.c.state.in_(OPEN_ASKS)).order_by(APPROVALS.c.expires_at, APPROVALS.c.id)
_OF_DECISION = select(APPROVALS).where(APPROVALS.c.decision_id == bindparam("of")).order_by(*_ORDER)


@dataclass(frozen=True, slots=True)
class Round:
    """A new round of asks, with all that is written with it."""

    decision_id: str
    approvals: Sequence[Approval]
    messages: Sequence[Message]
    proposal: ProposalRecord
    audit: AuditEntry


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an ask that is no answer, with all that is written with it."""

    approval_id: str
    values: dict[str, Any]
    messages: Sequence[Message]
    audit: AuditEntry
    at: datetime | None


class Approvals(StorePart):
    """Reads, answers and changes asks."""

    async def approvals(self, decision_id: str) -> list[Approval]:
        """All asks of the decision, by round."""
        of = {"of": decision_id}
        return await self._look(lambda c: [_approval(row) for row in c.execute(_OF_DECISION, of).mappings()])

    async def approval(self, approval_id: str) -> Approval | None:
        """One ask."""
        found = await self._glance(lambda c: _find(c, APPROVALS.c.id == approval_id))
        return found[0] if found else None

    async def open_asks(self) -> list[OpenAsk]:
        """Asks that are open or snoozed, the first to expire first."""
        rows = await self._read(lambda c: c.execute(_OPEN).mappings().all())
        return [OpenAsk(_approval(row), row["surface"], row["play"], row["trigger"]) for row in rows]

    async def answered_by(self, email: str, *, at_most: int) -> list[Approval]:
        """The asks that a person answered, the latest first."""
        query = select(APPROVALS).where(APPROVALS.c.answered_by == email).order_by(APPROVALS.c.at.desc(), APPROVALS.c.id).limit(at_most)
        return await self._read(lambda c: [_approval(row) for row in c.execute(query).mappings()])

    async def answer(
        self, approval: Approval, *, proposal: dict[str, Any] | None, audit: AuditEntry, actions: Sequence[Action] = ()
    ) -> tuple[bool, Approval]:
        """Compare and set: write the answered `approval` if the stored one is still open or snoozed, with its digest.

        With `proposal`, the whole edited proposal, the ask takes on that one's digest. A rejection closes the other
        open asks of the round, which nobody needs any more. `actions` are planned with the answer that wins. Returns
        whether this answer won, and the ask as it now is.
        Raises NotFound.
        """
        edited = None if proposal is None else ProposalRecord.model_validate(proposal)
        return await self._write(lambda c: self._answer(c, approval, edited, audit, actions))

    async def ask_again(
        self,
        decision_id: str,
        approvals: Sequence[Approval],
        messages: Sequence[Message],
        proposal: dict[str, Any],
        audit: AuditEntry,
    ) -> None:
        """Void the decision's earlier asks, drop its planned actions, open a new round, and move the run to `asking`.

        The same round again changes nothing. A block that covers the decision stops it, and no messages go out.
        Raises Refused when the run has ended.
        """
        again = Round(decision_id, approvals, messages, ProposalRecord.model_validate(proposal), audit)
        await self._write(lambda c: self._ask_again(c, again))

    async def change_ask(
        self,
        approval_id: str,
        changes: dict[str, Any],
        messages: Sequence[Message],
        audit: AuditEntry,
        *,
        at: datetime | None = None,
    ) -> bool:
        """Remind, delegate, expire or re-open an ask that is open or snoozed. False when it was not, or nothing is new.

        An ask that expires closes the other open asks of its round. `at`: when, for the audit log; else the messages'
        time.
        """
        if unknown := changes.keys() - CHANGEABLE:
            raise Refused(f"An ask's {', '.join(sorted(unknown))} cannot be changed.", "Answer it, or ask again.")
        if changes.get("state") in ANSWERED:
            raise Refused("An answer is given with `answer`, which compares the digest.")
        when = at or changes.get("at") or (messages[0].at if messages else None)
        change = Change(approval_id, changes, messages, audit, when)
        return await self._write(lambda c: self._change(c, change))

    def _answer(
        self, connection: Connection, approval: Approval, edited: ProposalRecord | None, audit: AuditEntry, actions: Sequence[Action]
    ) -> tuple[bool, Approval]:
        this = [APPROVALS.c.id == approval.id, APPROVALS.c.state.in_(OPEN_ASKS)]
        if edited is None:  # what was approved is what was asked; an edit brings what it approves along
            this.append(APPROVALS.c.digest == approval.digest)
        values = {name: getattr(approval, name) for name in ANSWER}
        values["digest"] = edited.digest if edited else approval.digest
        first = approval.state in ANSWERED and not _answered(connection, approval.id)
        won = connection.execute(update(APPROVALS).where(*this).values(values)).rowcount == 1
        if won:
            if edited:
                _keep_edit(connection, approval.decision_id, edited, approval.answered_by or OURSELVES, approval.at)
                audit = resealed(connection, audit, approval.decision_id)
            if first:
                _count_label(connection, approval.decision_id)
            if approval.state == "rejected":
                _close_round(connection, approval.id, f"{approval.needed_role} rejected it", approval.at)
            plan(connection, actions)
            self.chain.append(connection, [audit], approval.at)
        return won, _one(connection, approval.id)

    def _ask_again(self, connection: Connection, again: Round) -> None:
        if not again.approvals:
            raise Refused("A new round needs somebody to ask.")
        if asked := _find(connection, APPROVALS.c.id == again.approvals[0].id):
            if asked[0].decision_id != again.decision_id or asked[0].digest != again.approvals[0].digest:
                raise Refused("Somebody else has just asked again.", "Look at the new version first.")
            return
        decision_id, at = again.decision_id, again.approvals[0].created_at
        _reopen_run(connection, decision_id)
        earlier = (APPROVALS.c.decision_id == decision_id, APPROVALS.c.state.in_(OPEN_ASKS))
        connection.execute(update(APPROVALS).where(*earlier).values(state="void", ended="asked again", at=at))
        dropped = drop_planned(connection, decision_id)
        connection.execute(insert(APPROVALS), [values_of(approval, APPROVALS) for approval in again.approvals])
        _keep_edit(connection, decision_id, again.proposal, OURSELVES, at)
        blocked = stop_if_blocked(connection, decision_id, at)
        add_messages(connection, again.messages, asking=not blocked)
        self.chain.append(connection, [*dropped, resealed(connection, again.audit, decision_id)], at)

    def _change(self, connection: Connection, change: Change) -> bool:
        this = (APPROVALS.c.id == change.approval_id, APPROVALS.c.state.in_(OPEN_ASKS))
        # Two sweeps may find the same ask due: the second one changes nothing, and must not tell people again.
        news = [APPROVALS.c[name].is_distinct_from(value) for name, value in change.values.items()]
        if not connection.execute(update(APPROVALS).where(*this, or_(*news)).values(change.values)).rowcount:
            return False
        if change.values.get("state") == "expired":
            _close_round(connection, change.approval_id, "another ask of the round expired", change.at)
        add_messages(connection, change.messages)
        self.chain.append(connection, [change.audit], change.at)
        return True


def _reopen_run(connection: Connection, decision_id: str) -> None:
    begun = exists().where(ACTIONS.c.decision_id == decision_id, ACTIONS.c.state.in_(("started", "unknown")))
    if connection.execute(select(begun)).scalar():
        raise Refused(f"An effect of {decision_id} is under way.", "Find out what became of it before asking again.")
    live = update(RUNS).where(RUNS.c.decision_id == decision_id, RUNS.c.state.not_in(ENDED))
    if not connection.execute(live.values(state="asking", wake_at=None, error=None)).rowcount:
        raise Refused(f"Decision {decision_id} has no live run, so it cannot be asked again.")


def _find(connection: Connection, which: ColumnElement[bool]) -> list[Approval]:
    rows = connection.execute(select(APPROVALS).where(which).order_by(*_ORDER)).mappings()
    return [_approval(row) for row in rows]


def _approval(row: RowMapping) -> Approval:
    values = tupled(row, "asked", "allowed", "difference")
    return Approval(**{name: values[name] for name in _COLUMNS})


def _one(connection: Connection, approval_id: str) -> Approval:
    found = _find(connection, APPROVALS.c.id == approval_id)
    if not found:
        raise NotFound(f"There is no ask {approval_id}.")
    return found[0]


def _keep_edit(connection: Connection, decision_id: str, proposal: ProposalRecord, who: str, at: datetime | None) -> None:
    row = {"decision_id": decision_id, "digest": proposal.digest, "who": who, "at": at}
    connection.execute(insert(EDITS), {**row, "proposal": proposal.model_dump(mode="json")})
    current = {"digest": proposal.digest, "recipient": proposal.recipient}
    connection.execute(update(DECISIONS).where(DECISIONS.c.id == decision_id).values(current))


def _close_round(connection: Connection, approval_id: str, why: str, at: datetime | None) -> None:
    this = select(APPROVALS.c.decision_id, APPROVALS.c.round).where(APPROVALS.c.id == approval_id)
    decision_id, number = connection.execute(this).one()
    others = (
        APPROVALS.c.decision_id == decision_id,
        APPROVALS.c.round == number,
        APPROVALS.c.id != approval_id,
        APPROVALS.c.state.in_(OPEN_ASKS),
    )
    connection.execute(update(APPROVALS).where(*others).values(state="void", ended=why, at=at))


def _answered(connection: Connection, approval_id: str) -> bool:
    """Whether some ask of the same decision was answered before."""
    decision = select(APPROVALS.c.decision_id).where(APPROVALS.c.id == approval_id).scalar_subquery()
    answered = exists().where(APPROVALS.c.decision_id == decision, APPROVALS.c.state.in_(ANSWERED))
    return bool(connection.execute(select(answered)).scalar())


def _count_label(connection: Connection, decision_id: str) -> None:
    kind = connection.execute(select(DECISIONS.c.kind).where(DECISIONS.c.id == decision_id)).scalar()
    if kind is not None:
        insert_new(connection, LABELS, {"kind": kind, "answered": 0})
        more = {"answered": LABELS.c.answered + 1}
        connection.execute(update(LABELS).where(LABELS.c.kind == kind).values(more))
