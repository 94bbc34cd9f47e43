"""Whom an event is about: the source's ids turned into ours, through links that somebody made, never by guessing."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from agent.domain.event import FOREIGN_IDS, OWN_SOURCES, QUESTION, TOLD_BY, Event
from tools.freshness import not_read_before
from tools.listening import TooSlow
from tools.ports import Crm, Helpdesk, Snapshot

T = TypeVar("T")


_URGENT = "ticket"
"""The kind of subject that may be an emergency: its news goes on without what a source was too slow to say, as the event has it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The event with our ids, whether its subject is known or deleted, and its version and record as the source holds them now,
    unchanged since `as_of`.

    `unheard`: the record's source was too slow to say. `unusable`: the source has it, and nobody can put it into our words.
    `claimed`: the account that the event names, where the record says another.
    """

    event: Event
    known: bool
    deleted: bool = False
    version: int | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    as_of: datetime | None = None
    unheard: bool = False
    unusable: bool = False
    claimed: str | None = None

    def says(self, name: str) -> Any:
        """A field's value as the event tells it; where it does not, as the record holds it now. `body` is that of a ticket's last message."""
        if name in self.event.data:
            return self.event.data[name]
        messages = self.record.get("messages")
        return (messages[-1].get("body") if messages else None) if name == "body" else self.record.get(name)

    @property
    def lane(self) -> str:
        """Runs with the same lane never overlap: one lane per account, or per subject where the account is not known."""
        return lane_of(self.event)


def lane_of(event: Event) -> str:
    """The lane by what an event says of itself: for one that has just come in that is a guess, unless it speaks in our ids."""
    return event.account or f"{event.source}:{event.subject_kind}:{event.subject_id}"


async def identify(crm: Crm, helpdesk: Helpdesk, event: Event) -> Standing:
    """Look the subject up. Raises SourceError when a source does not answer: an unknown subject is not the same as a silent source.

    For a ticket whose record was found, or whose helpdesk is too slow to say, a slow source raises nothing: it may be an emergency.
    """
    if event.subject_kind == QUESTION:
        return Standing(event, known=True)
    with not_read_before(event.received_at):  # what it tells of is not known from before
        own_id, slow = await _own_id(crm, event)
        state = await _in_time(event, crm.known(event.subject_kind, own_id), "here")
    if state is None:
        return Standing(event, known=False)
    ours = replace(event, subject_id=own_id)
    if state in ("unusable", "deleted"):
        return Standing(ours, known=state == "deleted", deleted=state == "deleted", unusable=state == "unusable")
    unheard = Snapshot(own_id, {}, event.occurred_at)
    with not_read_before(event.received_at):
        record = await _in_time(ours, _record(crm, helpdesk, ours), unheard)
    if record is None and slow is not None:
        raise slow  # under our id it may well be there
    if record is None:
        return Standing(ours, known=False)
    if record is unheard:
        account = await _named(crm, ours)
        return Standing(replace(ours, account=account), known=account is not None, unheard=True)
    return await _filed(crm, ours, record)


async def _filed(crm: Crm, event: Event, record: Snapshot) -> Standing:
    """With the account that the record says; for a ticket that nobody filed, the one that the event names.

    Of two that differ the record's counts. But whoever speaks in our ids and names an account that was never there is not to be acted on.
    """
    said = event.subject_id if event.subject_kind == "account" else record.data.get("account")
    account = await _living(crm, event, str(said)) if said else await _named(crm, event)
    claimed, invented = await _contradiction(crm, event, str(said)) if said and event.account else (None, False)
    known = account is not None and not invented
    return Standing(
        replace(event, account=account if known else None), known,
        version=record.version, record=record.data, as_of=record.as_of, claimed=claimed,
    )  # fmt: skip


async def _contradiction(crm: Crm, event: Event, said: str) -> tuple[str | None, bool]:
    """The account that the event names if it is not the one said, and whether there never was such an account."""
    named = await _ours(crm, event)
    unlinked = speaker(event) in FOREIGN_IDS and named == event.account  # an organisation that nobody linked says nothing
    if named in (None, said) or unlinked:
        return None, False
    return event.account, await _in_time(event, crm.known("account", str(named)), "here") is None


async def _named(crm: Crm, event: Event) -> str | None:
    """The account that the event names, if it is there."""
    named = await _ours(crm, event)
    return await _living(crm, event, named) if named else None


async def _ours(crm: Crm, event: Event) -> str | None:
    """The account that the event names, by our id where somebody linked it; none while nobody can say what another system's id means."""
    if not event.account:
        return None
    as_it_is = None if speaker(event) in FOREIGN_IDS else event.account
    return await _in_time(event, _linked(crm, event, "account", event.account), as_it_is)


async def _linked(crm: Crm, event: Event, kind: str, said: str) -> str:
    return await crm.resolve(speaker(event), kind, said) or said


def speaker(event: Event) -> str:
    """In whose ids an event speaks: its source's, or those of whom we repeat."""
    return str(event.data.get(TOLD_BY) or event.source) if event.source in OWN_SOURCES else event.source


async def _living(crm: Crm, event: Event, account: str) -> str | None:
    return account if await _in_time(event, crm.known("account", account), "here") == "here" else None


async def _own_id(crm: Crm, event: Event) -> tuple[str, TooSlow | None]:
    """Our id of the subject; where nobody could say in time what it is, the id as it was told, and who was too slow."""
    try:
        return await _linked(crm, event, event.subject_kind, event.subject_id), None
    except TooSlow as slow:
        if event.subject_kind != _URGENT:
            raise
        return event.subject_id, slow


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


async def _in_time(event: Event, asking: Awaitable[T], otherwise: T) -> T:
    try:
        return await asking
    except TooSlow:
        if event.subject_kind != _URGENT:
            raise
        return otherwise
