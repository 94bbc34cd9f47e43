"""Whom an event is about: the source's ids turned into ours, through links that somebody made, never by guessing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from agent.domain.event import QUESTION, Event
from tools.ports import Crm, Helpdesk, Snapshot


@dataclass(frozen=True, slots=True)
class Standing:
    """The event with our ids, whether its subject is known or deleted, and its version and record as the source holds them now,
    unchanged since `as_of`.
    """

    event: Event
    known: bool
    deleted: bool = False
    version: int | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    as_of: datetime | None = None

    def says(self, name: str) -> Any:
        """A field's value as the event tells it; where it does not, as the record holds it now. `body` is that of a ticket's last message."""
        if name in self.event.data:
            return self.event.data[name]
        messages = self.record.get("messages")
        return (messages[-1].get("body") if messages else None) if name == "body" else self.record.get(name)

    @property
    def lane(self) -> str:
        """Runs with the same lane never overlap: one lane per account, or per subject where the account is not known."""
        event = self.event
        return event.account or f"{event.source}:{event.subject_kind}:{event.subject_id}"


async def identify(crm: Crm, helpdesk: Helpdesk, event: Event) -> Standing:
    """Look the subject up. Raises SourceError when the source does not answer: an unknown subject is not the same as a silent source."""
    if event.subject_kind == QUESTION:
        return Standing(event, known=True)
    own_id, state = await _own_id(crm, event)
    if own_id is None:
        return Standing(event, known=False)
    ours = replace(event, subject_id=own_id)
    if state == "deleted":
        return Standing(ours, known=True, deleted=True)
    record = await _record(crm, helpdesk, ours)
    if record is None:
        return Standing(ours, known=False)
    account = await _account(crm, ours, record.data, own_id)
    return Standing(replace(ours, account=account), known=account is not None, version=record.version, record=record.data, as_of=record.as_of)


async def _own_id(crm: Crm, event: Event) -> tuple[str | None, str | None]:
    linked = await crm.resolve(event.source, event.subject_kind, event.subject_id)
    own_id = linked or event.subject_id
    state = await crm.known(event.subject_kind, own_id)
    return (own_id, state) if state else (None, None)


async def _record(crm: Crm, helpdesk: Helpdesk, event: Event) -> Snapshot | None:
    match event.subject_kind:
        case "deal":
            return await crm.deal(event.subject_id)
        case "contract":
            return await crm.contract(event.subject_id)
        case "ticket":
            return await helpdesk.ticket(event.subject_id)
        case "account":
            return await crm.account(event.subject_id)
        case _:
            return None


async def _account(crm: Crm, event: Event, record: dict[str, Any], own_id: str) -> str | None:
    """The account the record says, else (a ticket that nobody filed) the one the event names, if we know it."""
    if event.subject_kind == "account":
        return own_id
    said = record.get("account") or event.account
    if not said:
        return None
    account = str(said) if record.get("account") else await crm.resolve(event.source, "account", str(said)) or str(said)
    return account if await crm.known("account", account) == "here" else None
