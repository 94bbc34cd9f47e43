"""What the audit log bears witness to: decisions, answers and effects must stand in their tables as the log says they came about.

The log is sealed and the tables are not. Whoever changes a decision after the fact, forges an approval or turns an effect into another would
have to change the log as well.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import Connection, bindparam, select

from agent.domain.records import APPROVED
from agent.ports import AuditEntry
from integrations.db.tables import ACTIONS, APPROVALS, AUDIT, DECISIONS, EDITS, OUTCOMES

RECORD = "record"
"""In the payload of an entry: the hash of the decision's record as it stood from then on."""

OUTCOME = "outcome"
"""In the payload of an entry: the hash of what came of the decision, as it stood from then on."""

BESIDE = ("id", "run_id", "surface", "route", "play", "account", "subject_kind", "subject_id", "recipient", "digest")
"""Columns of a decision that its record is found by."""

_ANSWERED = ("answered", "edited")
_UNBOUND = ("outcome", "overridden", "undone", "not_helpful")
"""Kinds of the entries by which earlier releases told of outcomes, without binding them."""

_ERASED = {"erased": True}
"""What stands in place of a payload that was erased."""

_RECORD = select(*(DECISIONS.c[name] for name in (*BESIDE, "body")))
_EDITS = select(EDITS.c.decision_id, EDITS.c.proposal).order_by(EDITS.c.id)
_LAST_EDIT = select(EDITS.c.proposal).where(EDITS.c.decision_id == bindparam("of")).order_by(EDITS.c.id.desc()).limit(1)
_OUTCOME = select(OUTCOMES)
_TOLD = select(AUDIT.c.seq, AUDIT.c.kind, AUDIT.c.who, AUDIT.c.ref, AUDIT.c.data).order_by(AUDIT.c.seq)


class Contradiction(NamedTuple):
    """The entry that a table does not agree with, and how."""

    seq: int
    why: str


class _Told(NamedTuple):
    """An entry with its payload; empty when that was erased."""

    seq: int
    kind: str
    who: str
    ref: str
    data: dict[str, Any]


def record_hash(row: Mapping[str, Any], proposal: Mapping[str, Any] | None = None) -> str:
    """Binds an entry to a decision: its record, byte for byte, what of it is kept beside the record so that it can be searched, and the
    proposal that took the place of the recorded one.
    """
    beside = "\n".join(f"{name}={row[name]}" for name in BESIDE)
    instead = "" if proposal is None else json.dumps(proposal, sort_keys=True)
    return sha256(row["body"] + f"{beside}{instead}".encode("utf-8", "surrogatepass")).hexdigest()


def outcome_hash(values: Mapping[str, Any]) -> str:
    """Binds an entry to what came of a decision. Moments are hashed in UTC, however they were read."""
    said = {name: _in_utc(value) for name, value in values.items() if name != "decision_id"}
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def resealed(connection: Connection, entry: AuditEntry, decision: str) -> AuditEntry:
    """The entry that tells of another proposal for a decision, with the hash of what stands there from now on."""
    row = connection.execute(_RECORD.where(DECISIONS.c.id == decision)).mappings().one()
    proposal = connection.execute(_LAST_EDIT, {"of": decision}).scalar_one()
    return replace(entry, data={**entry.data, RECORD: record_hash(dict(row), proposal)})


def contradiction(connection: Connection) -> Contradiction | None:
    """The first disagreement between the log and the tables; None when there is none."""
    told = _since_cleared(connection)
    found = (*_records(connection, told), *_effects(connection, told), *_answers(connection, told), *_outcomes(connection, told))
    return min(found, default=None)


def _since_cleared(connection: Connection) -> list[_Told]:
    """What was told since a sandbox was last emptied: what came before is gone on purpose."""
    rows = [_Told(*row) for row in connection.execute(_TOLD)]
    start = max((index for index, row in enumerate(rows) if row.kind == "cleared"), default=-1) + 1
    return [row._replace(data=_payload(row.data)) for row in rows[start:]]


def _payload(data: Any) -> dict[str, Any]:
    said = from_json(data)
    return said if isinstance(said, dict) and said != _ERASED else {}


def _records(connection: Connection, told: list[_Told]) -> Iterator[Contradiction]:
    written = {entry.ref: entry for entry in told if RECORD in entry.data}
    edits = {row.decision_id: row.proposal for row in connection.execute(_EDITS)}
    stand = {row["id"]: record_hash(dict(row), edits.get(row["id"])) for row in connection.execute(_RECORD).mappings()}
    for decision, entry in written.items():
        if decision not in stand:
            yield Contradiction(entry.seq, f"the decision {decision} that entry {entry.seq} tells of is gone")
        elif stand[decision] != entry.data[RECORD]:
            yield Contradiction(entry.seq, f"the record of decision {decision} was changed after entry {entry.seq} was written")


def _effects(connection: Connection, told: list[_Told]) -> Iterator[Contradiction]:
    done = {entry.ref: entry for entry in told if entry.kind == "action.done"}
    columns = (ACTIONS.c.key, ACTIONS.c.state, ACTIONS.c.kind, ACTIONS.c.target, ACTIONS.c.digest)
    stand = {row.key: row for row in connection.execute(select(*columns))}
    for key, entry in done.items():
        row = stand.get(key)
        said = tuple(entry.data.get(name) for name in ("kind", "target", "digest"))
        if row is None or row.state != "done" or (entry.data and (row.kind, row.target, row.digest) != said):
            yield Contradiction(entry.seq, f"the ledger does not say of {key} what entry {entry.seq} says")


def _outcomes(connection: Connection, told: list[_Told]) -> Iterator[Contradiction]:
    """What came of decisions is what the last entry about it says. Rows of releases that bound none have at least an entry about the decision."""
    last = {entry.ref: entry for entry in told if OUTCOME in entry.data}
    stand = {row["decision_id"]: dict(row) for row in connection.execute(_OUTCOME).mappings()}
    for decision, entry in last.items():
        if decision not in stand:
            yield Contradiction(entry.seq, f"the outcome of decision {decision} that entry {entry.seq} tells of is gone")
        elif outcome_hash(stand[decision]) != entry.data[OUTCOME]:
            yield Contradiction(entry.seq, f"the outcome of decision {decision} was changed after entry {entry.seq} was written")
    spoken = {entry.ref for entry in told if entry.kind in _UNBOUND}
    written = {entry.ref: entry.seq for entry in told if RECORD in entry.data}
    for decision in sorted(stand.keys() & written.keys() - last.keys() - spoken):
        yield Contradiction(written[decision], f"the outcome of decision {decision} stands there, and no entry tells of it")


def _answers(connection: Connection, told: list[_Told]) -> Iterator[Contradiction]:
    """Every approval has its answer in the log, by the person that the table names."""
    written = {entry.ref: entry.seq for entry in told if RECORD in entry.data}
    answered = {(entry.ref, entry.who) for entry in told if entry.kind in _ANSWERED}
    query = select(APPROVALS.c.id, APPROVALS.c.decision_id, APPROVALS.c.answered_by).where(APPROVALS.c.state.in_(APPROVED))
    for row in connection.execute(query):
        if row.decision_id in written and (row.decision_id, row.answered_by) not in answered:
            why = f"the ask {row.id} is approved by {row.answered_by or 'nobody'}, and no entry says so"
            yield Contradiction(written[row.decision_id], why)
