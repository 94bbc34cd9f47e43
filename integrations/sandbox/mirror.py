"""Keeps the sandbox true to the events fed to it: its own records are the source that such an event speaks of."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy import Connection

from agent.domain.event import Event
from integrations.sandbox import records
from integrations.sandbox.crm import KINDS, link_id
from integrations.sandbox.models import ENTRIES
from integrations.sandbox.records import Record

Mirrored = Literal["changed", "unchanged", "late", "unknown"]
"""changed: the record now says what the event says · unchanged: it carries nothing the record has, or nothing new ·
late: the record is newer · unknown: there is no such record, and an event does not make one.
"""

NOT_MIRRORED = frozenset({"id", "account", "version", "updated_at", "deleted", "messages", "source", "external_id"})
"""Fields that an event cannot change: identity, bookkeeping, and what is added to rather than replaced."""


def mirror(connection: Connection, event: Event) -> Mirrored:
    """Bring the subject's record up to date with an event. News that is older than the record changes nothing."""
    record = _subject(connection, event)
    if record is None:
        return "unknown"
    if not _newer(event, record):
        return "late"
    said = _told(record, event)
    if event.type == _COMMENT:
        said |= {"body": record.data.get("body"), **_messages(connection, record, event)}
    told = {name: value for name, value in said.items() if record.data.get(name) != value}
    if not told:
        return "unchanged"
    if "stage" in told and record.kind == "deals":
        told["stage_entered_at"] = event.occurred_at.isoformat()
    records.put(connection, _after(record, told, event))
    return "changed"


def _subject(connection: Connection, event: Event) -> Record | None:
    key = KINDS.get(event.subject_kind)
    if key is None:
        return None
    link = records.living(connection, "links", link_id(event.source, event.subject_kind, event.subject_id))
    return records.living(connection, key, str(link.data["id"]) if link else event.subject_id)


def _newer(event: Event, record: Record) -> bool:
    if event.version is not None:
        return event.version > record.version
    return event.occurred_at >= record.updated_at


def _told(record: Record, event: Event) -> dict[str, Any]:
    """The fields of the record that the event carries, with values that the record may have."""
    fields = {info.alias or name for name, info in ENTRIES[record.kind].model_fields.items()} - NOT_MIRRORED
    told: dict[str, Any] = {}
    for name in fields & set(event.data):
        value = _valid(record, name, event.data[name], event.occurred_at)
        if value is not _REFUSED:
            told[name] = value
    return told


_COMMENT = "ticket.comment_added"
"""It carries what somebody wrote: one message more, not another first message."""


def _messages(connection: Connection, ticket: Record, event: Event) -> dict[str, Any]:
    """The ticket's messages with the one that the event tells of, unless that is the last of them already."""
    messages, body = list(ticket.data.get("messages") or ()), event.data.get("body")
    if not isinstance(body, str) or any(message["body"] == body for message in messages[-1:]):
        return {}
    message = {
        "at": event.occurred_at.isoformat(), "by": _by(connection, event), "author": event.actor,
        "public": event.data.get("public") is not False, "body": body,
    }  # fmt: skip
    return {"messages": [*messages, message]}


def _by(connection: Connection, event: Event) -> str:
    """Who wrote it, as the event says; where it does not, whoever is in the directory is a colleague."""
    said = event.data.get("by")
    return said if said in ("agent", "customer") else "agent" if _is_colleague(connection, event) else "customer"


def _is_colleague(connection: Connection, event: Event) -> bool:
    if event.actor is None:
        return False
    link = records.living(connection, "links", link_id(event.source, "person", event.actor))
    return records.living(connection, "people", str(link.data["id"]) if link else event.actor) is not None


_REFUSED = object()


def _valid(record: Record, name: str, value: Any, at: datetime) -> Any:
    """The value as the record would hold it; refused when it does not fit, because other systems use these names for
    other things.
    """
    try:
        entry = ENTRIES[record.kind].model_validate({**record.data, name: value}, context={"at": at})
    except ValidationError:
        return _REFUSED
    return entry.model_dump(mode="json", by_alias=True, include={name})[name]


def _after(record: Record, told: dict[str, Any], event: Event) -> Record:
    return Record(
        record.kind,
        record.id,
        {**record.data, **told},
        event.version if event.version is not None else record.version + 1,
        max(event.occurred_at, record.updated_at),
    )
