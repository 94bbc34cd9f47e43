"""Salesforce's door: what a record-triggered flow sends by an HTTP callout, `FLOW_BODY`, one change or a list of them.

A flow signs nothing, so the door knows it by a secret in a header. Nor does a flow send anything again: what is not taken is found by whoever
reads what changed. Values are Salesforce's own; the record itself is read afresh before anything is decided.
"""

from datetime import UTC, datetime
from typing import Any

from fastapi import HTTPException

from agent.domain.event import Event
from agent.ports import Arrival
from integrations.vendors.salesforce.ids import whole_id
from integrations.webhooks.arrivals import arrival, external_id, known, notes_under, unreadable
from integrations.webhooks.reading import Document
from integrations.webhooks.times import EPOCH, MILLISECOND, parse_time

SOURCE = "salesforce"
MAX_CHANGES = 200
"""As many records as Salesforce hands to one flow or trigger at once."""

FLOW_BODY = """{
  "org": "{!$Organization.Id}",
  "object": "Opportunity",
  "id": "{!$Record.Id}",
  "what": "StageName",
  "value": "{!$Record.StageName}",
  "previous": "{!$Record__Prior.StageName}",
  "modstamp": "{!$Record.SystemModstamp}",
  "account": "{!$Record.AccountId}",
  "user": "{!$User.Id}",
  "key": ""
}"""
"""The sample body of the HTTP callout, with what the flow assigns to each part. `what`: the field that changed, `created`, `deleted`, `completed`
(a task) or `replied` (a contact, to an e-mail). `key`: the `Nextplay_Key__c` of a task. There is no free text in it."""

_KINDS = {
    "opportunity": "deal", "account": "account", "contact": "contact", "contract": "contract", "case": "ticket", "task": "task", "user": "person",
}  # fmt: skip
_CHANGES = {
    ("deal", "stagename"): ("deal.stage_changed", "stage"),
    ("deal", "amount"): ("deal.amount_changed", "amount"),
    ("deal", "closedate"): ("deal.close_date_changed", "close_date"),
    ("deal", "ownerid"): ("deal.owner_changed", "owner"),
    ("account", "health"): ("account.health_changed", "health"),
    ("contract", "status"): ("contract.updated", "status"),
    ("ticket", "status"): ("ticket.status_changed", "status"),
    ("ticket", "priority"): ("ticket.priority_changed", "priority"),
    ("ticket", "ownerid"): ("ticket.assignee_changed", "assignee"),
}
_HAPPENED = {("task", "completed"): "task.completed", ("contact", "replied"): "email.replied"}
_VERBS = ("created", "deleted")


def read(document: Document, raw: bytes, received_at: datetime) -> list[Arrival]:
    """Read one request. Raises HTTPException 400 when it is neither an object nor a list of at most `MAX_CHANGES`."""
    if isinstance(document.value, dict):
        return [_arrival(document.value, notes_under(document), raw, received_at)]
    if not isinstance(document.value, list):
        raise HTTPException(400, "The body must be a JSON object, or a list of them.")
    if len(document.value) > MAX_CHANGES:
        raise HTTPException(400, f"A request holds at most {MAX_CHANGES} changes; this one holds {len(document.value)}.")
    return [_arrival(change, notes_under(document, index), None, received_at) for index, change in enumerate(document.value)]


def _arrival(change: Any, notes: dict[str, Any], raw: bytes | None, received_at: datetime) -> Arrival:
    """Read one change; `raw` is None when the body holds others too, and its own JSON is kept instead."""
    if not isinstance(change, dict):
        return arrival(unreadable(SOURCE, change, why="it is not an object", received_at=received_at), change, raw)
    try:
        event = _event(change, notes, received_at)
    except ValueError as error:
        event = unreadable(SOURCE, change, why=str(error), received_at=received_at)
    return arrival(event, change, raw)


def _event(change: dict[str, Any], notes: dict[str, Any], received_at: datetime) -> Event:
    """Read one change. Raises ValueError naming the part that is missing or wrong."""
    org, subject = _id(change, "org"), _id(change, "id")
    name, what, at = _word(change, "object"), _word(change, "what"), _modstamp(change)
    kind = _KINDS.get(name.lower(), name[:64])
    return Event(
        source=SOURCE,
        id=f"{org}:{name.lower()}:{subject}:{at.isoformat()}:{what.lower()}",
        type=_type(kind, name, what),
        occurred_at=at,
        received_at=received_at,
        subject_kind=kind,
        subject_id=subject,
        account=subject if kind == "account" else whole_id(change.get("account")),
        actor=whole_id(change.get("user")),
        version=(at - EPOCH) // MILLISECOND,
        data=_data(kind, what, change) | known(org=org) | notes,
    )


def _type(kind: str, name: str, what: str) -> str:
    changed = what.lower()
    if (kind, changed) in _CHANGES:
        return _CHANGES[kind, changed][0]
    if (kind, changed) in _HAPPENED:
        return _HAPPENED[kind, changed]
    return f"{kind}.{changed}" if kind in _KINDS.values() and changed in _VERBS else f"{SOURCE}.{name}.{what}"


def _data(kind: str, what: str, change: dict[str, Any]) -> dict[str, Any]:
    """What it changed to and from, and whose effect it may be the echo of."""
    happened = (kind, what.lower()) in _HAPPENED
    ours = "task" if happened else "marker"  # that somebody did our task is news; any other change of it may be our own
    data = known(change_source=external_id(change.get("change_source")), **{ours: external_id(change.get("key"))})
    if what.lower() in _VERBS or happened:
        return data
    value, previous = _plain(change.get("value")), _plain(change.get("previous"))
    data |= known(property=what, value=value, previous=previous)
    if (kind, what.lower()) in _CHANGES:
        data |= known(**{_CHANGES[kind, what.lower()][1]: value})
    return data


def _plain(value: Any) -> str | int | float | bool | None:
    """A field's value. A flow writes an empty one as an empty text."""
    return value if isinstance(value, str | int | float | bool) and value != "" else None


def _id(change: dict[str, Any], name: str) -> str:
    found = whole_id(change.get(name))
    if found is None:
        raise ValueError(f"{name} is missing or is not an id of Salesforce's")
    return found


def _word(change: dict[str, Any], name: str) -> str:
    """An object's or field's name, which is never long and never holds anything but these characters."""
    text = external_id(change.get(name))
    if text is None or len(text) > 80 or not text.replace("_", "").isalnum() or not text.isascii():
        raise ValueError(f"{name} is missing or is not a name")
    return text


def _modstamp(change: dict[str, Any]) -> datetime:
    try:
        return parse_time(change.get("modstamp")).astimezone(UTC)
    except ValueError as error:
        raise ValueError(f"modstamp {error}") from None
