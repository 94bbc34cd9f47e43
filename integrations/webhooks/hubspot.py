"""HubSpot's webhooks: arrays of up to 100 changes, in no order, each possibly delivered again.

Both forms are read: `deal.propertyChange`, and `object.propertyChange` with an `objectTypeId`. Values are HubSpot's own
(a stage is its internal id); the deal or ticket itself is read afresh before anything is decided.
"""

from datetime import datetime
from typing import Any

from fastapi import HTTPException

from agent.domain.event import Event
from agent.ports import Arrival
from integrations.webhooks.arrivals import arrival, external_id, known, notes_under, unreadable
from integrations.webhooks.reading import Document
from integrations.webhooks.times import MILLISECOND, from_epoch

SOURCE = "hubspot"
MAX_EVENTS = 100

_KINDS = {"contact": "contact", "company": "account", "deal": "deal", "ticket": "ticket"}
_OBJECT_TYPES = {"0-1": "contact", "0-2": "company", "0-3": "deal", "0-5": "ticket"}
_CHANGES = {
    ("deal", "dealstage"): ("deal.stage_changed", "stage"),
    ("deal", "amount"): ("deal.amount_changed", "amount"),
    ("deal", "closedate"): ("deal.close_date_changed", "close_date"),
    ("deal", "hubspot_owner_id"): ("deal.owner_changed", "owner"),
    ("ticket", "hs_pipeline_stage"): ("ticket.status_changed", "status"),
    ("ticket", "hs_ticket_priority"): ("ticket.priority_changed", "priority"),
    ("ticket", "hubspot_owner_id"): ("ticket.assignee_changed", "assignee"),
}
_PRIORITIES = {"URGENT": "p1", "HIGH": "p2", "MEDIUM": "p3", "LOW": "p4"}


def read(document: Document, raw: bytes, received_at: datetime) -> list[Arrival]:
    """Read one request's changes. Raises HTTPException 400 when it is not a list of at most 100."""
    changes = document.value
    if not isinstance(changes, list):
        raise HTTPException(400, "The body must be a list of events.")
    if len(changes) > MAX_EVENTS:
        raise HTTPException(400, f"A request holds at most {MAX_EVENTS} events; this one holds {len(changes)}.")
    whole = raw if len(changes) == 1 else None
    return [_arrival(change, notes_under(document, index), whole, received_at) for index, change in enumerate(changes)]


def _arrival(change: Any, notes: dict[str, Any], raw: bytes | None, received_at: datetime) -> Arrival:
    """Read one change; `raw` is None when the body holds others too, and its own JSON is kept instead."""
    if not isinstance(change, dict):
        return arrival(unreadable(SOURCE, change, why="it is not an object", received_at=received_at), change, raw)
    # The attempt counts deliveries, not events: with it, a retry would look like another event of the same id.
    content = {name: value for name, value in change.items() if name != "attemptNumber"}
    try:
        event = _event(change, notes, received_at)
    except ValueError as error:
        event = unreadable(SOURCE, content, why=str(error), received_at=received_at)
    return arrival(event, content, raw)


def _event(change: dict[str, Any], notes: dict[str, Any], received_at: datetime) -> Event:
    """Read one change. Raises ValueError naming the field that is missing or wrong."""
    subject = _required(change, "objectId" if "objectId" in change else "fromObjectId")
    occurred = change.get("occurredAt")
    name, verb = _subscription(change)
    kind, data = _KINDS.get(name, name), _data(name, change)
    ids = (_required(change, "subscriptionId"), _required(change, "eventId"), subject, str(occurred))
    return Event(
        source=SOURCE,
        id=":".join(ids),  # HubSpot does not promise that eventId is unique by itself
        type=_type(kind, verb, data.get("property"), str(change["subscriptionType"])),
        occurred_at=_time(occurred),
        received_at=received_at,
        subject_kind=kind,
        subject_id=subject,
        actor=_actor(change),
        data=data | notes,
    )


def _required(change: dict[str, Any], name: str) -> str:
    value = external_id(change.get(name))
    if value is None:
        raise ValueError(f"{name} is missing or is not an id")
    return value


def _time(occurred: Any) -> datetime:
    try:
        return from_epoch(occurred, MILLISECOND)
    except ValueError as error:
        raise ValueError(f"occurredAt {error}") from None


def _subscription(change: dict[str, Any]) -> tuple[str, str]:
    """Split the subscription type into HubSpot's name of the object and what happened to it."""
    name, _, verb = str(external_id(change.get("subscriptionType")) or "").partition(".")
    if not verb:
        raise ValueError("subscriptionType is missing or is not like deal.propertyChange")
    if name == "object":
        type_id = str(change.get("objectTypeId"))
        name = _OBJECT_TYPES.get(type_id, f"object_{type_id}"[:32])
    return name, verb


def _type(kind: str, verb: str, changed: str | None, original: str) -> str:
    if verb == "creation" and kind in _KINDS.values():
        return f"{kind}.created"
    if verb == "propertyChange" and (kind, changed) in _CHANGES:
        return _CHANGES[kind, str(changed)][0]
    return f"{SOURCE}.{original}"


def _data(name: str, change: dict[str, Any]) -> dict[str, Any]:
    changed, value = external_id(change.get("propertyName")), change.get("propertyValue")
    data = known(
        portal=external_id(change.get("portalId")),
        property=changed,
        value=value,
        change_source=external_id(change.get("changeSource")),
        change_flag=external_id(change.get("changeFlag")),
    )
    if changed and (name, changed) in _CHANGES:
        data[_CHANGES[name, changed][1]] = _PRIORITIES.get(str(value), value) if "priority" in changed else value
    return data


def _actor(change: dict[str, Any]) -> str | None:
    """Name who did it as other HubSpot interfaces do: the bare user id."""
    actor = external_id(change.get("sourceId"))
    return actor.removeprefix("userId:") if actor else None
