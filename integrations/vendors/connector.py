"""What one vendor's connector is to the rest: it reads objects into our words, a page or one at a time, and says what it could not read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, runtime_checkable

from tools.ports import Effects

Key = Literal[
    "people", "calendars", "absences", "accounts", "links", "contacts", "consents", "contracts", "deals", "tickets", "groups", "touches", "articles"
]  # fmt: skip
"""The kinds of records that vendors fill, as fixtures call them. A helpdesk tells `links`: which account of the CRM's its company is."""

_SINGULAR = {"accounts": "account", "contacts": "contact", "people": "person", "deals": "deal", "contracts": "contract", "tickets": "ticket"}


LATELY = timedelta(days=60)
"""So far back what was sent to one company is read, and matters where it cannot be."""


def own_id(vendor: str, key: str, external_id: str) -> str:
    """Our id for an object of a vendor's: it says whose it is."""
    return f"{vendor}-{_SINGULAR.get(key, key)}-{external_id}"


def is_number(external_id: str) -> bool:
    """Whether it can be an id of a vendor that counts. What cannot be one is not asked for: nobody's object has it."""
    return re.fullmatch(r"[0-9]{1,18}", external_id) is not None


@dataclass(frozen=True, slots=True)
class Told:
    """One record of ours as a vendor tells it.

    `fields` are those of the record's model in `integrations.sandbox.models`, without its id; a link's `id` names what it points at. `as_of`: when
    the vendor last changed it; `version` counts its changes, so that late news never wins. `external_id`: under which the vendor knows it; None for
    what is only part of another object.
    """

    key: Key
    id: str
    fields: Mapping[str, Any]
    as_of: datetime
    version: int
    external_id: str | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """An object that could not be put into our words. `why` is a sentence for an operator: what is wrong, and what mends it.

    `about`: our id of the account or contact whose it is, and `as_of`: when the vendor last changed it, where these are known.
    """

    key: Key
    external_id: str
    why: str
    about: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What was read: records, what could not be, and which of ours are gone since: deleted, or merged into the one named beside it."""

    told: Sequence[Told] = ()
    faults: Sequence[Fault] = ()
    gone: Mapping[str, str | None] = field(default_factory=dict)

    def __add__(self, other: "Read") -> "Read":
        return Read((*self.told, *other.told), (*self.faults, *other.faults), {**self.gone, **other.gone})


@dataclass(frozen=True, slots=True)
class Page:
    """Part of all objects of a key. `cursor` leads to the next part; None: that was the last. `total`: how many there are, where the vendor says."""

    read: Read
    cursor: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that `doctor` looked at: whether it is well, what was found, and how to mend it."""

    name: str
    ok: bool
    says: str
    mend: str = ""


class Connector(Protocol):
    """Reads one vendor. Everything raises a VendorError where the vendor does not answer, refuses, or is asked too much."""

    @property
    def vendor(self) -> str:
        """Its name in lower case, as events name their source."""
        ...

    @property
    def keys(self) -> Sequence[Key]:
        """What it fills, in an order in which nothing comes before what it points at."""
        ...

    @property
    def effects(self) -> Effects:
        """Its side that writes."""
        ...

    async def one(self, key: Key, external_id: str) -> Read:
        """One object with what belongs to it (a deal with its contacts' ids, a ticket with its comments), read afresh.

        What is not there, or never was, is gone or raises Gone: that is no fault, for nobody has anything to mend.
        """
        ...

    async def of_account(self, key: Key, account_external_id: str) -> Read:
        """All objects of a key that belong to one company: contacts, deals, tickets, or what was sent to it lately (touches)."""
        ...

    async def page(self, key: Key, cursor: str | None, since: datetime | None) -> Page:
        """The next part of everything, or of what changed since a moment; each part may be asked for again."""
        ...

    async def checks(self) -> Sequence[Check]:
        """What `doctor` says of it. Reads only; raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Completion:
    """A colleague completed a task of ours. `marker` is the key of the action that opened it; `by` is our id of whose task it is."""

    marker: str
    at: datetime
    by: str | None


@runtime_checkable
class TellsCompletions(Protocol):
    """A connector that can be asked which of our tasks were done."""

    @property
    def vendor(self) -> str: ...
    async def completed(self, since: datetime) -> Sequence[Completion]: ...


class Rated(Protocol):
    """A customer rated what was done about a ticket, which the vendor knows by `ticket_id`: `good` or `bad`."""

    @property
    def id(self) -> object: ...
    @property
    def score(self) -> str: ...
    @property
    def ticket_id(self) -> object: ...
    @property
    def updated_at(self) -> datetime: ...


@runtime_checkable
class TellsRatings(Protocol):
    """A connector that can be asked how customers rated tickets."""

    async def ratings(self, since: datetime) -> Sequence[Rated]: ...
