"""The canonical event, as any system, the API and the command line may send it.

{"source": "billing", "id": "evt_1", "type": "deal.stage_changed", "occurred_at": "2026-11-23T09:00:00Z",
 "account": "acc_001", "actor": "u_7", "subject": {"kind": "deal", "id": "deal_001"}, "version": 7,
 "data": {"stage": "contract_sent", "change_source": "CRM_UI"}}
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from agent.domain.event import OWN_SOURCES, Event
from agent.errors import InvalidInput
from agent.ports import Arrival
from integrations.webhooks.arrivals import MAX_ID, arrival, notes_under
from integrations.webhooks.reading import Document
from integrations.webhooks.times import parse_time

NEXT_STEP = "Correct it and send it again; an event has source, id, type, occurred_at and subject {kind, id}."

PRINTABLE = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"

Id = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID, pattern=PRINTABLE)]
Name = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$")]


def _not_ours(source: str) -> str:
    if source.casefold() in OWN_SOURCES:
        raise ValueError(f"must be the sender's own name; {' and '.join(sorted(OWN_SOURCES))} are Nextplay's")
    return source


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Subject(_Part):
    """What the event is about."""

    kind: Name
    """contact, account, deal, contract, ticket, …"""
    id: Id


class CanonicalEvent(_Part):
    """Something that happened, unique by source and id."""

    source: Annotated[Name, AfterValidator(_not_ours)]
    id: Id
    type: Name
    occurred_at: Annotated[
        datetime,
        BeforeValidator(parse_time, json_schema_input_type=Annotated[str, Field(json_schema_extra={"format": "date-time"})]),
    ]
    subject: Subject
    account: Id | None = None
    actor: Id | None = None
    version: Annotated[int, Field(ge=0, le=9 * 10**18)] | None = None
    """It must fit into 64 bits, and the limit must be a number that JSON can say: OpenAPI's are floats."""
    data: dict[str, Any] = Field(default_factory=dict)


def parse_event(data: Any, *, received_at: datetime) -> Event:
    """Read a canonical event. Raises InvalidInput naming every wrong field."""
    return _to_event(_validated(data), received_at)


def _validated(data: Any) -> CanonicalEvent:
    try:
        return CanonicalEvent.model_validate(data)
    except ValidationError as error:
        raise InvalidInput(f"This is not an event: {_field_errors(error)}.", NEXT_STEP) from None


def _to_event(event: CanonicalEvent, received_at: datetime) -> Event:
    return Event(
        source=event.source,
        id=event.id,
        type=event.type,
        occurred_at=event.occurred_at,
        received_at=received_at.astimezone(UTC),
        subject_kind=event.subject.kind,
        subject_id=event.subject.id,
        account=event.account,
        actor=event.actor,
        version=event.version,
        data=event.data,
    )


def _field_errors(error: ValidationError) -> str:
    """List what is wrong, field by field, without quoting values."""
    return "; ".join(
        f"{'.'.join(str(step) for step in found['loc']) or 'the event'}: {_lower(found['msg'])}"
        for found in error.errors(include_input=False, include_url=False, include_context=False)
    )


def _lower(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def read(document: Document, raw: bytes, received_at: datetime) -> list[Arrival]:
    """Read one request: one event. Raises InvalidInput naming every wrong field."""
    return [arrive(_validated(document.value), document, raw, received_at)]


def arrive(event: CanonicalEvent, document: Document, raw: bytes, received_at: datetime) -> Arrival:
    """Pair a validated event with the body it came in; what was replaced in that body is told in its data."""
    normal = _to_event(event, received_at)
    normal.data.update(notes_under(document))
    return arrival(normal, document.value, raw)
