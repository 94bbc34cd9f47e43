"""Everything a decision is made from, frozen at one moment. The same evidence and playbook always give the same decision."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from agent.domain.event import Event
from agent.domain.facts import Fact, FactView, Status
from agent.domain.plays import Mode

EDITION = 2
"""How decisions are made today. Stored evidence keeps the edition that it was decided by, and is replayed by that one:

1: a play's contacts are cut before the rules look at them; only its own window ends a wait; one name is the requester.
2: those who may not be written to take nobody's place; a wait must end before the subject's own clock; all who are named asked for it.
"""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at the customer."""

    id: str
    account: str
    name: str
    first_name: str
    email: str
    role: str
    title: str
    language: str
    timezone: str
    consent_basis: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """A help article or content asset that the search found, with how well it fits (strength, 0 to 1).

    `passage`: the lines of it that answer, and `answer` the one sentence of them; `why`: what speaks for it, in words.
    """

    id: str
    kind: Literal["asset", "article"]
    type: str
    title: str
    url: str
    language: str
    visibility: str
    topics: tuple[str, ...]
    stages: tuple[str, ...]
    product: str
    passage: str
    strength: float
    answer: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A helpdesk group that a ticket can go to."""

    id: str
    name: str
    area: str
    tier: int
    products: tuple[str, ...] = ()
    on_call: str = ""
    lead: str = ""
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Touch:
    """One contact with the customer, by anybody: sent, or holding its slot (scheduled, pending)."""

    contact: str
    account: str
    at: datetime
    channel: str
    purpose: str
    sender: str
    status: str
    content: str = ""
    direction: str = "out"
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """Something that became of an earlier recommendation: `delivered`, `rejected` or `overridden`."""

    decision: str
    play: str
    kind: str
    account: str
    subject: str
    recipient: str
    material: str
    what: Literal["delivered", "rejected", "overridden"]
    at: datetime
    label: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours by weekday (0 is Monday) in minutes after midnight, local to `timezone`; days in `holidays` are closed."""

    timezone: str
    hours: dict[int, tuple[int, int]]
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """A colleague, with who stands in for them. `away_until` is set while they are absent; `away_why` says who says so, if not the directory."""

    id: str
    email: str
    name: str
    roles: tuple[str, ...]
    manager: str | None = None
    delegate: str | None = None
    active: bool = True
    away_until: datetime | None = None
    calendar: Calendar | None = None
    away_why: str = ""


@dataclass(frozen=True, slots=True)
class Team:
    """An address that several colleagues answer for; `members` are their ids."""

    id: str
    email: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """An operator's stop on a surface, play, account or contact."""

    id: str
    target: Literal["surface", "play", "account", "contact"]
    ref: str
    why: str
    by: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The mode that the surface was held at whatever the playbook says, and why."""

    mode: Mode
    why: str


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal that waits for an answer or for its moment."""

    decision: str
    play: str
    exclusive_group: str
    account: str
    recipient: str
    digest: str
    subject: str = ""


SINCE_CONTACT = "account.days_since_contact"
"""The one fact that is counted from touches of ours; missing where not all touches are known."""


@dataclass(frozen=True)
class Evidence:
    """The one input of the deciding core. `calendars` holds the contactable hours by contact id, and by group id."""

    at: datetime
    event: Event
    surface: str
    account: str | None
    facts: tuple[Fact, ...]
    contacts: tuple[Contact, ...] = ()
    requester: str | None = None
    materials: tuple[Material, ...] = ()
    groups: tuple[Group, ...] = ()
    touches: tuple[Touch, ...] = ()
    past: tuple[Past, ...] = ()
    calendars: dict[str, Calendar] = field(default_factory=dict)
    people: tuple[Person, ...] = ()
    roles: dict[str, str] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    open_proposals: tuple[OpenProposal, ...] = ()
    labels: dict[str, int] = field(default_factory=dict)
    family: tuple[str, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)
    unanswered: tuple[str, ...] = ()
    """Facts that are missing because a source did not answer: it may well have them."""
    claimed: str | None = None
    """The account that the event names, where the subject's record says another: the record's counts."""
    held: Held | None = None
    """What held the surface at a lower mode than its playbook says."""
    edition: int = EDITION

    @property
    def accounts(self) -> tuple[str, ...]:
        """Those whose past it holds: the account's family, or the account alone."""
        return self.family or ((self.account,) if self.account else ())

    @cached_property
    def view(self) -> FactView:
        """Its facts, arranged for rules."""
        return FactView.of(self.facts)

    @property
    def history_unknown(self) -> bool:
        """It is known that contacts with the customer are missing among the touches, or nobody could ask for them: then nobody can count them."""
        return any(fact.name == SINCE_CONTACT and fact.status is Status.MISSING for fact in self.facts)

    def stale(self, name: str) -> bool:
        """A fact of this name is there, and too old to be relied on."""
        return any(fact.name == name and fact.status is Status.STALE for fact in self.facts)
