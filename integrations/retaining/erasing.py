"""Takes one person out of a deployment: every table, the checkpoints, the indexes, and of the audit log whatever is not sealed.

It goes by the tables that there are, not by a list of those that somebody thought of. The person's own record goes; in every other row their
identifiers give way to a stand-in; a decision about them loses the texts and the evidence as well, so that it still says what was decided by which
rules and who approved it, and cannot be replayed. The audit log stays whole: payloads that name them are erased, as the chain allows.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, LargeBinary, String, Table, and_, delete, select, update
from sqlmodel import AutoString

from agent.errors import NotFound
from agent.ports import AuditEntry
from integrations.db.all_rows import Row
from integrations.db.audit_chain import Chain
from integrations.db.columns import Json
from integrations.db.guards_lifted import final_rows_open
from integrations.db.sandbox_rows import RECORDS
from integrations.db.tables import AUDIT, AUDIT_HEAD, DECISIONS, EDITS, INBOX, OUTCOMES
from integrations.db.witness import OUTCOME, RECORD, outcome_hash, record_hash
from integrations.retaining.emptying import OF_DECISION, empty_decision
from integrations.retaining.indexes import make_words_anew
from integrations.retaining.scrubbing import ERASED, Scrub

KIND = "person.erased"
_APART = {AUDIT.name, AUDIT_HEAD.name}
_TOLD_IN_WORDS = ("note", "asked_again", "stopped", "review.labelled", "resolved")
"""Entries about a decision whose payload may hold what a customer wrote."""


@dataclass
class Erased:
    """What was done: rows by table, decisions about the person, audit payloads; `sealed`: audit entries that name them where nothing can change."""

    stand_in: str
    changed: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    decisions: int = 0
    payloads: int = 0
    sealed: int = 0


class Trial(Exception):
    """Undoes a transaction that was only to tell what it would do."""

    def __init__(self, done: Erased) -> None:
        super().__init__()
        self.done = done


def person(connection: Connection, contact: str, also: Sequence[str], stand_in: str) -> Scrub:
    """Whom a contact's id means, by the copy of the CRM. Raises NotFound where nobody is known by it and nothing else is given."""
    row = connection.execute(select(RECORDS.c.data).where(RECORDS.c.kind == "contacts", RECORDS.c.id == contact)).scalar()
    if row is None and not also:
        raise NotFound(f"There is no contact {contact}.", "Give what names the person besides: --also EMAIL --also 'FULL NAME'.")
    known: Mapping[str, Any] = row or {}
    name = str(known.get("name") or "")
    named = [str(known[key]) for key in ("email", "phone", "mobile") if known.get(key)]
    parts = tuple(part for part in {*name.split(), str(known.get("first_name") or "")} if len(part) > 1)
    return Scrub({contact: stand_in}, tuple(filter(None, [name if " " in name else "", *named, *also])), parts)


def erase(connection: Connection, chain: Chain, contact: str, *, also: Sequence[str], by: str, why: str, at: datetime, trial: bool = False) -> Erased:
    """Within one transaction that writes. Raises NotFound; and Trial, in the end, where it is to be only tried."""
    done = Erased(f"erased-{token_hex(6)}")
    who = person(connection, contact, also, done.stand_in)
    about = _decisions_about(connection, contact, who)
    told = _told_by(connection, who, about)
    with final_rows_open(connection):
        done.decisions = len(about)
        for decision in about:
            empty_decision(connection, decision)
        touched = set(about)
        for table in Row.metadata.sorted_tables:
            if table.name not in _APART:
                touched |= scrub_table(connection, table, who, done)
    make_words_anew(connection)
    done.payloads = len(told)
    chain.erase(connection, told, by=by, why=why, at=at)
    chain.append(connection, [*_bound(connection, touched, by), AuditEntry(KIND, by, done.stand_in, {"why": why, "decisions": len(about)})], at)
    done.sealed = sum(who.finds(row.who) or who.finds(row.ref) for row in connection.execute(select(AUDIT.c.who, AUDIT.c.ref)))
    if trial:
        raise Trial(done)
    return done


def _decisions_about(connection: Connection, contact: str, who: Scrub) -> list[str]:
    """Decisions for the person, about a ticket of theirs, or after an event that names them."""
    tickets = [
        row.id for row in connection.execute(select(RECORDS.c.id, RECORDS.c.data).where(RECORDS.c.kind == "tickets")) if _asked(row.data, contact)
    ]
    found = {row.id for row in connection.execute(select(DECISIONS.c.id).where(DECISIONS.c.recipient == contact))}
    for part in range(0, len(tickets), 500):
        of = and_(DECISIONS.c.subject_kind == "ticket", DECISIONS.c.subject_id.in_(tickets[part : part + 500]))
        found |= {row.id for row in connection.execute(select(DECISIONS.c.id).where(of))}
    events = select(DECISIONS.c.id, INBOX.c.event, INBOX.c.raw).join(INBOX, INBOX.c.run_id == DECISIONS.c.run_id)
    found |= {row.id for row in connection.execute(events) if who.finds(row.event) or who.finds(row.raw)}
    return sorted(found)


def _asked(ticket: Mapping[str, Any], contact: str) -> bool:
    return ticket.get("requester") == contact


def scrub_table(connection: Connection, table: Table, who: Scrub, done: Erased) -> set[str]:
    """Clean every row that names the person; the decisions among them or behind them."""
    keys, texts = list(table.primary_key.columns), [column for column in table.columns if _may_name(column.type)]
    of_decision = OF_DECISION.get(table.name)
    touched: set[str] = set()
    for row in connection.execute(select(table)).mappings().all():
        hits = [column for column in texts if row[column.name] is not None and who.finds(row[column.name])]
        theirs = table is RECORDS and row["kind"] == "tickets" and _asked(row["data"], next(iter(who.ids)))
        if not hits and not theirs:
            continue
        this = and_(*(column == row[column.name] for column in keys))
        if table is not INBOX and any(column in keys for column in hits):
            connection.execute(delete(table).where(this))
            done.deleted[table.name] = done.deleted.get(table.name, 0) + 1
            continue
        fresh = {column.name: who.clean(row[column.name]) for column in texts if row[column.name] is not None}
        if theirs:
            fresh["data"] = _without_texts(fresh["data"])
        connection.execute(update(table).where(this).values({name: value for name, value in fresh.items() if value != row[name]}))
        done.changed[table.name] = done.changed.get(table.name, 0) + 1
        if of_decision:
            touched.add(row[of_decision])
    return touched


def _without_texts(ticket: Mapping[str, Any]) -> dict[str, Any]:
    """What a customer wrote goes whole: it may name them in ways that nobody can look for. So does what they were answered."""
    messages = [{**one, "body": ERASED, "author": None, "headers": None} for one in ticket.get("messages") or ()]
    texts = {name: ERASED for name in ("subject", "body") if ticket.get(name)}
    return {**ticket, **texts, **({"messages": messages} if messages else {}), "headers": None}


def _may_name(kind: Any) -> bool:
    return isinstance(kind, Json | AutoString | String | LargeBinary)


def _told_by(connection: Connection, who: Scrub, about: Collection[str]) -> list[int]:
    """The audit entries whose payload names the person, or may hold their words."""
    rows = connection.execute(select(AUDIT.c.seq, AUDIT.c.kind, AUDIT.c.ref, AUDIT.c.data).where(AUDIT.c.salt.is_not(None)))
    of = set(about)
    return [row.seq for row in rows if who.finds(from_json(row.data)) or (row.ref in of and row.kind in _TOLD_IN_WORDS)]


def _bound(connection: Connection, decisions: Collection[str], by: str) -> list[AuditEntry]:
    """Entries that bind the decisions as they stand now."""
    entries = []
    for decision in sorted(decisions):
        row = connection.execute(select(DECISIONS).where(DECISIONS.c.id == decision)).mappings().first()
        if row is None:
            continue
        edited = connection.execute(select(EDITS.c.proposal).where(EDITS.c.decision_id == decision).order_by(EDITS.c.id.desc()).limit(1)).scalar()
        outcome = connection.execute(select(OUTCOMES).where(OUTCOMES.c.decision_id == decision)).mappings().first()
        became = {OUTCOME: outcome_hash(dict(outcome))} if outcome else {}
        entries.append(AuditEntry("decision.redacted", by, decision, {RECORD: record_hash(dict(row), edited), **became}))
    return entries
