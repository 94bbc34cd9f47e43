"""Takes out what has been kept for as long as the settings say. Decisions, answers, effects, outcomes and the audit log stay for ever."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, or_, select, update

from integrations.db.console_rows import LINKS, SESSIONS
from integrations.db.sandbox_rows import RECORDS
from integrations.db.slack_rows import CLICKS, POSTS
from integrations.db.tables import ALARM_ANSWERS, DECISIONS, INBOX, MESSAGES, QUARANTINE, RUNS, TOKENS
from integrations.db.vendor_rows import READS
from integrations.retaining.emptying import NOTHING
from integrations.settings import Settings

AT_ONCE = 500
"""Rows of one transaction: others must not wait for long."""


class Class(NamedTuple):
    """Data of one kind. `which`: the rows that are older than a moment. `empties`: columns that are emptied where the row itself stays."""

    name: str
    setting: str
    table: Table
    which: Callable[[datetime], ColumnElement[bool]]
    empties: dict[str, object]
    costs: str


_CLOSED = exists().where(RUNS.c.id == INBOX.c.run_id, RUNS.c.state == "closed")
_OF_CLOSED = exists().where(RUNS.c.id == DECISIONS.c.run_id, RUNS.c.state == "closed")
_ALARMED = exists().where(ALARM_ANSWERS.c.message_id == MESSAGES.c.id)

CLASSES = (
    Class("bodies of events", "retain_bodies_days", INBOX, lambda at: and_(INBOX.c.received_at < at, INBOX.c.raw != b"", _CLOSED), {"raw": b""},
          "what a sender sent cannot be looked at any more; the event as we understood it stays"),
    Class("quarantine", "retain_bodies_days", QUARANTINE, lambda at: QUARANTINE.c.at < at, {}, "what was set aside cannot be looked at any more"),
    Class("evidence", "retain_evidence_days", DECISIONS, lambda at: and_(DECISIONS.c.created_at < at, DECISIONS.c.evidence != NOTHING, _OF_CLOSED),
          {"evidence": NOTHING}, "these decisions cannot be replayed or simulated any more; what was decided, and why, stays"),
    Class("messages", "retain_messages_days", MESSAGES, lambda at: and_(MESSAGES.c.delivered_at < at, ~_ALARMED), {},
          "what colleagues were told can be read in Slack alone"),
    Class("Slack posts", "retain_messages_days", POSTS, lambda at: and_(POSTS.c.created_at < at, POSTS.c.state.in_(("settled", "dropped"))), {},
          "old messages in Slack are not changed any more"),
    Class("Slack clicks", "retain_messages_days", CLICKS, lambda at: and_(CLICKS.c.received_at < at, CLICKS.c.state == "done"), {},
          "a click that Slack repeats after so long would count anew, and finds its ask answered"),
    Class("sessions", "retain_sessions_days", SESSIONS, lambda at: or_(SESSIONS.c.ended_at < at, SESSIONS.c.seen_at < at), {}, "nothing"),
    Class("links", "retain_sessions_days", LINKS, lambda at: LINKS.c.expires_at < at, {}, "nothing"),
    Class("tokens", "retain_sessions_days", TOKENS, lambda at: or_(TOKENS.c.revoked_at < at, TOKENS.c.expires_at < at), {},
          "nothing: the audit log says who had them"),
    Class("copies of deleted records", "retain_copies_days", RECORDS, lambda at: and_(RECORDS.c.deleted, RECORDS.c.updated_at < at), {},
          "late news of such a record would bring it back"),
    Class("notes of what was read", "retain_copies_days", READS, lambda at: READS.c.read_at < at, {}, "nothing: it is read anew"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Old:
    """What is older than its period: how many rows, and what taking them out costs. `before` is None where the class is kept for ever."""

    name: str
    rows: int
    before: datetime | None
    setting: str
    costs: str


def look(connection: Connection, settings: Settings, at: datetime) -> list[Old]:
    """What would be taken out."""
    return [_old(connection, one, settings, at) for one in CLASSES]


def _old(connection: Connection, one: Class, settings: Settings, at: datetime) -> Old:
    before = _before(one, settings, at)
    count = 0 if before is None else connection.execute(select(func.count()).select_from(one.table).where(one.which(before))).scalar_one()
    return Old(one.name, int(count), before, one.setting, one.costs)


def purge_some(connection: Connection, one: Class, settings: Settings, at: datetime) -> int:
    """Take out a part of one class; how many rows that were. Less than AT_ONCE: there is no more."""
    before = _before(one, settings, at)
    if before is None:
        return 0
    keys = list(one.table.primary_key.columns)
    found = connection.execute(select(*keys).where(one.which(before)).limit(AT_ONCE)).all()
    if not found:
        return 0
    these = or_(*(and_(*(column == value for column, value in zip(keys, row, strict=True))) for row in found))
    connection.execute(update(one.table).where(these).values(**one.empties) if one.empties else delete(one.table).where(these))
    return len(found)


def _before(one: Class, settings: Settings, at: datetime) -> datetime | None:
    days = int(getattr(settings, one.setting))
    return at - timedelta(days=days) if days else None
