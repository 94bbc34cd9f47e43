"""Finds what an event is about: which of our records, and whose account it belongs to."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from agent.domain.event import Event
from agent.domain.facts import Fact
from tools.once import Sources
from tools.ports import Snapshot, SourceError
from tools.reading import Reading, minutes_since

REQUEST = "request."


@dataclass(frozen=True, slots=True)
class Subject:
    """The event's subject in our ids, with the account's family (the account itself when the family is not known)."""

    kind: str
    id: str
    account: str | None
    family: tuple[str, ...] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    """Colleagues that the event names, by the name that the reporting system has for them."""

    def id_if(self, kind: str) -> str | None:
        """The subject's id if it is of that kind."""
        return self.id if self.kind == kind else None

    def rename(self, event: Event) -> Event:
        """The event with our ids in place of the reporting system's."""
        asked = str(event.data.get("requested_by"))
        data = {**event.data, "requested_by": self.people[asked]} if asked in self.people else event.data
        actor = self.people.get(event.actor or "", event.actor)
        return replace(event, subject_kind=self.kind, subject_id=self.id, account=self.account, actor=actor, data=data)


def as_reported(event: Event) -> Subject:
    """The subject as the event names it, for when the sources cannot be asked in time."""
    return Subject(event.subject_kind, event.subject_id, event.account, (event.account,) if event.account else ())


async def find_subject(sources: Sources, event: Event) -> Subject:
    """Resolve the event's ids through identity links, and find the account: the record's own, before the one that the
    event names.

    A source that does not answer is passed over: the id then stands as reported.
    """
    kind = event.subject_kind
    subject_id = await _ours(sources, event.source, kind, event.subject_id)
    record = await _or_none(_record(sources, kind, subject_id))
    account = _account_of(kind, subject_id, record)
    if account is None and event.account:
        account = await _ours(sources, event.source, "account", event.account)
    members = await _or_none(sources.crm.family(account)) if account else None
    family = tuple(members.ids) if members else ()
    return Subject(kind, subject_id, account, family or ((account,) if account else ()), await _colleagues(sources, event))


def event_facts(event: Event, at: datetime) -> tuple[Fact, ...]:
    """What is known of the event itself. `event.request` is what a person asked for; None when nobody asked."""
    return Reading(at, event.occurred_at).facts(
        {
            "event.type": event.type,
            "event.source": event.source,
            "event.actor": event.actor,
            "event.age_minutes": max(minutes_since(event.occurred_at, at), 0.0),
            "event.request": event.data.get("request") or _requested(event),
            "event.article": str(event.data.get("article") or ""),
        }
    )


def question_of(event: Event) -> str:
    """What a colleague asked in their own words; empty for other events, whose text may come from anybody."""
    return str(event.data.get("query") or event.data.get("text") or "") if _requested(event) else ""


def _requested(event: Event) -> str | None:
    """`article` for `request.article`: the events that people make when they ask for something."""
    return event.type.removeprefix(REQUEST) if event.type.startswith(REQUEST) else None


async def _colleagues(sources: Sources, event: Event) -> dict[str, str]:
    """Whom our directory means by those who made a request: they must be known again when it is asked who may approve it."""
    named = {str(name) for name in (event.data.get("requested_by"), event.actor) if name} if _is_request(event) else set()
    return {name: await _ours(sources, event.source, "person", name) for name in sorted(named)}


def _is_request(event: Event) -> bool:
    return event.type.startswith(REQUEST) or event.type.endswith("_requested") or "requested_by" in event.data


async def _ours(sources: Sources, source: str, kind: str, external_id: str) -> str:
    return await _or_none(sources.crm.resolve(source, kind, external_id)) or external_id


async def _record(sources: Sources, kind: str, record_id: str) -> Snapshot | None:
    if kind == "deal":
        return await sources.crm.deal(record_id)
    if kind == "contract":
        return await sources.crm.contract(record_id)
    if kind == "ticket":
        return await sources.helpdesk.ticket(record_id)
    return None


def _account_of(kind: str, subject_id: str, record: Snapshot | None) -> str | None:
    if kind == "account":
        return subject_id
    owner: Any = record.data.get("account") if record else None
    return str(owner) if owner else None


async def _or_none(asking: Awaitable[Any]) -> Any:
    try:
        return await asking
    except SourceError:
        return None
