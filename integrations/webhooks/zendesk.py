"""Zendesk's webhooks: event subscriptions, and triggers or automations that send `TRIGGER_BODY`.

Zendesk describes one change in several shapes and sometimes sparsely, so only ids and words from closed lists are kept;
the ticket itself is read afresh before anything is decided.
"""

from datetime import datetime
from typing import Any

from fastapi import HTTPException

from agent.domain.event import Event
from agent.ports import Arrival
from integrations.webhooks.arrivals import arrival, external_id, known, notes_under, unreadable
from integrations.webhooks.reading import Document
from integrations.webhooks.times import parse_time

SOURCE = "zendesk"

TRIGGER_BODY = """{
  "type": "ticket.priority_changed",
  "ticket": {
    "id": "{{ticket.id}}",
    "updated_at": "{{ticket.updated_at_with_timestamp}}",
    "priority": "{{ticket.priority}}",
    "status": "{{ticket.status}}",
    "group": "{{ticket.group.id}}",
    "assignee": "{{ticket.assignee.id}}",
    "organization": "{{ticket.organization.id}}",
    "requester": "{{ticket.requester.id}}"
  },
  "actor": "{{current_user.id}}"
}"""
"""The JSON body to paste into a webhook that a trigger calls: set `type` to what the trigger reacts to. It holds no
free text, which Zendesk would not escape. One change that fires two triggers of the same type is one event."""

_TYPES = {
    "ticket.created": "ticket.created",
    "ticket.priority_changed": "ticket.priority_changed",
    "ticket.comment_added": "ticket.comment_added",
    "ticket.status_changed": "ticket.status_changed",
    "ticket.group_assignment_changed": "ticket.group_changed",
    "ticket.agent_assignment_changed": "ticket.assignee_changed",
}
_CHANGED = {
    "ticket.priority_changed": "priority",
    "ticket.status_changed": "status",
    "ticket.group_changed": "group",
    "ticket.assignee_changed": "assignee",
}
_KINDS = {"ticket": "ticket", "organization": "account", "user": "contact"}
_PRIORITIES = {"urgent": "p1", "high": "p2", "normal": "p3", "low": "p4"}
_STATUSES = {"hold": "pending", "on-hold": "pending"}


def read(document: Document, raw: bytes, received_at: datetime) -> list[Arrival]:
    """Read one request. Raises HTTPException 400 when it is not a JSON object."""
    body = document.value
    if not isinstance(body, dict):
        raise HTTPException(400, "The body must be a JSON object.")
    try:
        shape = _trigger if isinstance(body.get("ticket"), dict) else _subscription
        event = shape(body, notes_under(document), received_at)
    except ValueError as error:
        event = unreadable(SOURCE, body, why=str(error), received_at=received_at)
    return [arrival(event, body, raw)]


def _subscription(body: dict[str, Any], notes: dict[str, Any], received_at: datetime) -> Event:
    original = _id(body.get("type"), "type").removeprefix("zen:event-type:")
    kind, _, subject = _id(body.get("subject"), "subject").removeprefix("zen:").partition(":")
    detail, change = _object(body, "detail"), _object(body, "event")
    detail = _object(detail, "ticket") or detail
    comment = _object(change, "comment")
    kind_of_event = _TYPES.get(original, f"{SOURCE}.{original}")
    return Event(
        source=SOURCE,
        id=_id(body.get("id"), "id"),
        type=kind_of_event,
        occurred_at=_time(body.get("time"), "time"),
        received_at=received_at,
        subject_kind=_KINDS.get(kind, kind[:32]),
        subject_id=_id(subject, "subject"),
        account=external_id(detail.get("organization_id")),
        actor=external_id(_object(comment, "author").get("id")) or external_id(detail.get("actor_id")),
        data=_ticket(detail) | _changed(kind_of_event, change) | _comment(comment) | notes,
    )


def _trigger(body: dict[str, Any], notes: dict[str, Any], received_at: datetime) -> Event:
    ticket, kind_of_event = _object(body, "ticket"), _id(body.get("type"), "type")
    subject, updated = _id(ticket.get("id"), "ticket.id"), _time(ticket.get("updated_at"), "ticket.updated_at")
    return Event(
        source=SOURCE,
        id=f"{kind_of_event}:{subject}:{updated.isoformat()}",
        type=kind_of_event if kind_of_event in _TYPES.values() else f"{SOURCE}.{kind_of_event}",
        occurred_at=updated,
        received_at=received_at,
        subject_kind="ticket",
        subject_id=subject,
        account=external_id(ticket.get("organization")),
        actor=external_id(body.get("actor")),
        data=_ticket({f"{name}_id": value for name, value in ticket.items()} | ticket) | notes,
    )


def _ticket(detail: dict[str, Any]) -> dict[str, Any]:
    """Keep the closed-list words and the ids that a ticket's description carries."""
    return known(
        priority=_term("priority", detail.get("priority")),
        status=_term("status", detail.get("status")),
        type=_term("type", detail.get("type")),
        group=external_id(detail.get("group_id")),
        assignee=external_id(detail.get("assignee_id")),
        requester=external_id(detail.get("requester_id")),
        channel=external_id(_object(detail, "via").get("channel")),
    )


def _changed(kind_of_event: str, change: dict[str, Any]) -> dict[str, Any]:
    """Read what a property changed from and to; the new value is the event's, not the ticket's at sending."""
    name = _CHANGED.get(kind_of_event)
    if name is None:
        return {}
    return known(**{name: _term(name, change.get("current")), f"previous_{name}": _term(name, change.get("previous"))})


def _comment(comment: dict[str, Any]) -> dict[str, Any]:
    if not comment:
        return {}
    staff = _object(comment, "author").get("is_staff")
    return known(
        comment=external_id(comment.get("id")),
        public=comment.get("is_public") if isinstance(comment.get("is_public"), bool) else None,
        by={True: "agent", False: "customer"}.get(staff) if isinstance(staff, bool) else None,
    )


def _term(name: str, value: Any) -> str | None:
    """Turn Zendesk's word into ours: lower case, priorities as p1 to p4, on hold as pending."""
    text = external_id(value)
    if text is None or name in ("group", "assignee"):
        return text
    words = {"priority": _PRIORITIES, "status": _STATUSES}.get(name, {})
    return words.get(text.lower(), text.lower())


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _id(value: Any, name: str) -> str:
    text = external_id(value)
    if text is None:
        raise ValueError(f"{name} is missing or is not an id")
    return text


def _time(value: Any, name: str) -> datetime:
    try:
        return parse_time(value)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
