"""Reads HubSpot for the rest: one object, those of an account, and everything by and by."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from integrations.vendors.connector import LATELY, Check, Completion, Key, Page, Read, is_number, own_id
from integrations.vendors.errors import Gone
from integrations.vendors.hubspot.checks import Checks
from integrations.vendors.hubspot.client import Filter, HubSpot, Thing
from integrations.vendors.hubspot.completions import completions
from integrations.vendors.hubspot.dialect import VENDOR
from integrations.vendors.hubspot.mapping import gone, merged
from integrations.vendors.hubspot.reading import TYPE, Reading
from tools.ports import Effects

KEYS: tuple[Key, ...] = ("people", "accounts", "contracts", "contacts", "consents", "deals", "tickets", "touches")
INDEX_LAG = timedelta(minutes=2)
"""So much further back changes are looked for: the index of search lags behind, and clocks differ."""

DELETED_EVERY = timedelta(hours=6)
"""So often all that was deleted is gone through: HubSpot keeps it for 90 days, and cannot be asked for the latest. Webhooks tell of it at once."""

_TOUCHES = ("emails", "meetings")
_MODIFIED = {"contacts": "lastmodifieddate"}


class _Cursor(NamedTuple):
    """Where reading stands: among the living or the deleted of a type, after an id."""

    type_: str
    among: Literal["living", "deleted"]
    after: str = ""

    def __str__(self) -> str:
        return ":".join(self)

    @classmethod
    def read(cls, text: str, steps: Sequence["_Cursor"]) -> "_Cursor":
        type_, _, rest = text.partition(":")
        among, _, after = rest.partition(":")
        for step in steps:
            if step[:2] == (type_, among) and (not after or after.isdecimal()):
                return step._replace(after=after)
        raise ValueError(f"'{text}' is not a cursor of HubSpot's: begin again without one")


class HubSpotConnector:
    """Implements `Connector`. `now` gives the moment."""

    vendor = VENDOR
    keys: Sequence[Key] = KEYS

    def __init__(self, reading: Reading, effects: Effects, checks: Checks, now: Callable[[], datetime]) -> None:
        self._reading, self._effects, self._checks, self._now = reading, effects, checks, now
        self._walks: dict[str, tuple[datetime, datetime | None]] = {}
        """Through what was deleted of each type: when the present walk began, and the last that came to its end."""

    @property
    def effects(self) -> Effects:
        """The side that writes."""
        return self._effects

    @property
    def _hub(self) -> HubSpot:
        return self._reading.hub

    async def one(self, key: Key, external_id: str) -> Read:
        """One object. What it was merged into is told in its place."""
        if key == "people":
            return await self._person(external_id)
        type_, thing_id = _parsed(key, external_id)
        if not is_number(thing_id):
            return gone(key, external_id)
        try:
            thing = await self._hub.one(type_, thing_id, self._properties(type_))
        except Gone:
            return gone(key, external_id) if key != "touches" else Read()
        told = await self._reading.records(key, type_, [thing])
        return told if thing.id == thing_id or key == "touches" else told + merged(key, thing_id, thing.id)

    async def of_account(self, key: Key, account_external_id: str) -> Read:
        """What belongs to a company; consents come with their contacts. One that is gone has nothing, and that is told."""
        if key in ("people", "consents"):
            return Read()
        if key in ("accounts", "contracts"):
            return await self.one(key, account_external_id)
        if key == "touches":
            return await self._touches_of(account_external_id)
        type_ = TYPE[key]
        try:
            ids = await self._hub.associated("companies", account_external_id, type_)
        except Gone:
            return gone("accounts", account_external_id)
        things = await self._hub.batch(type_, ids, self._properties(type_))
        read = await self._reading.records(key, type_, things)
        return read + await self._reading.records("consents", type_, things) if key == "contacts" else read

    async def page(self, key: Key, cursor: str | None, since: datetime | None) -> Page:
        """By id, so that a part can be asked for again, and nothing is lost to a page that moved. Raises ValueError for a cursor of another kind.

        Everything comes by pages, which are true at once; changes come by search, a little further back than asked, and then what was deleted since.
        """
        if key == "people":
            return Page(await self._reading.people(), None)
        steps = self._steps(key, since)
        at = _Cursor.read(cursor, steps) if cursor else steps[0]
        if at.among == "deleted":
            read, after = await self._deleted(key, at)
        else:
            things, after = await (self._changed(at, since) if since else self._hub.page(at.type_, at.after, self._properties(at.type_)))
            read = await self._reading.records(key, at.type_, things)
            read = read if since else Read(read.told, read.faults)  # of everything nothing is gone
        following = at._replace(after=after) if after else next(iter(steps[steps.index(at._replace(after="")) + 1 :]), None)
        total = None if cursor else await self._total(steps, since)
        return Page(read, str(following) if following else None, total)

    async def completed(self, since: datetime) -> Sequence[Completion]:
        """Which tasks of ours were done since a moment, a little further back than asked: what a customer was to get has only reached them then."""
        return await completions(self._hub, since - INDEX_LAG)

    async def checks(self) -> Sequence[Check]:
        """What `doctor` says."""
        return await self._checks.all()

    async def _person(self, owner_id: str) -> Read:
        read = await self._reading.people() if is_number(owner_id) else Read()
        told = tuple(one for one in read.told if one.external_id == owner_id)
        faults = tuple(one for one in read.faults if one.external_id == owner_id)
        return Read(told, faults, {} if told or faults else {own_id(VENDOR, "people", owner_id): None})

    async def _touches_of(self, company_id: str) -> Read:
        """Those of late, to the last."""
        since = str(int((self._now() - LATELY).timestamp() * 1000))
        filters: list[Filter] = [("associations.company", "EQ", company_id), ("hs_timestamp", "GTE", since)]
        read = Read()
        for type_ in _TOUCHES:
            async for things in self._hub.search_all(type_, filters, self._properties(type_)):
                read += await self._reading.records("touches", type_, things)
        return read

    async def _changed(self, at: _Cursor, since: datetime) -> tuple[list[Thing], str | None]:
        """Of a search no more than 10,000 can be had by its own pages: each of ours is a search of its own, after the last id."""
        filters = [*_since(at.type_, since), *([("hs_object_id", "GT", at.after)] if at.after else [])]
        things, more, _ = await self._hub.search(at.type_, filters, self._properties(at.type_))
        return things, things[-1].id if more and things else None

    async def _deleted(self, key: Key, at: _Cursor) -> tuple[Read, str | None]:
        """Part of what was deleted since the last walk."""
        began, last = self._walks.get(at.type_, (self._now(), None))
        began = began if at.after else self._now()
        things, after = await self._hub.page(at.type_, at.after, (), archived=True)
        read = Read()
        for thing in things:
            if last is None or (thing.archived or thing.updated) >= last - INDEX_LAG:
                read += gone(key, thing.id)
        self._walks[at.type_] = (began, last if after else began)
        return read, after

    async def _total(self, steps: Sequence[_Cursor], since: datetime | None) -> int:
        """By the index, so about."""
        living = [step.type_ for step in steps if step.among == "living"]
        return sum([(await self._hub.search(type_, _since(type_, since) if since else [], (), limit=1))[2] for type_ in living])

    def _steps(self, key: Key, since: datetime | None) -> list[_Cursor]:
        """Through what a key is read. Deleting an e-mail does not unsend it, and consents go with their contact."""
        types = _TOUCHES if key == "touches" else (TYPE[key],)
        living = [_Cursor(type_, "living") for type_ in types]
        due = since and key not in ("touches", "consents", "contracts") and self._walk_is_due(types[0])
        return [*living, *([_Cursor(types[0], "deleted")] if due else [])]

    def _walk_is_due(self, type_: str) -> bool:
        _, last = self._walks.get(type_, (self._now(), None))
        return last is None or self._now() - last >= DELETED_EVERY

    def _properties(self, type_: str) -> frozenset[str]:
        return self._reading.fields.properties(type_)


def _parsed(key: Key, external_id: str) -> tuple[str, str]:
    """The type and id of an object. A touch says its type, as in `emails-7`, and its contact, as in `emails-7-9`. Raises ValueError."""
    if key == "touches":
        type_, _, rest = external_id.partition("-")
        return type_, rest.partition("-")[0] if type_ in _TOUCHES else ""
    if key not in TYPE:
        raise ValueError(f"HubSpot has no {key}")
    return TYPE[key], external_id


def _since(type_: str, since: datetime) -> list[Filter]:
    return [(_MODIFIED.get(type_, "hs_lastmodifieddate"), "GTE", str(int((since - INDEX_LAG).timestamp() * 1000)))]
