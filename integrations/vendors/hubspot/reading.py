"""What reading one object takes besides it: the portal's owners and currency, which hardly change, and what it is associated with."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from integrations.vendors.connector import Key, Read
from integrations.vendors.hubspot.client import HubSpot, Link, Owner, Thing
from integrations.vendors.hubspot.endpoints import LINKS
from integrations.vendors.hubspot.fields import Fields
from integrations.vendors.hubspot.mapping import Around, Words

FRESH_S, NEW_S = 300.0, 10.0
"""For so long owners and the currency are taken for what they were; where somebody new owns a record, not so long."""

TYPE: Mapping[Key, str] = {
    "accounts": "companies", "contracts": "companies", "contacts": "contacts", "consents": "contacts", "deals": "deals", "tickets": "tickets",
}  # fmt: skip


class Reading:
    """Puts objects into our words with what they need. `clock` gives monotonic seconds."""

    def __init__(self, hub: HubSpot, fields: Fields, clock: Callable[[], float]) -> None:
        self.hub, self.fields, self._words, self._clock = hub, fields, Words(fields), clock
        self._owners: dict[str, Owner] = {}
        self._currency = ""
        self._read_at: float | None = None
        self._asking = asyncio.Lock()

    async def owners(self) -> Mapping[str, Owner]:
        """Everybody who owns or owned records, by id."""
        async with self._asking:
            if self._read_at is None or self._clock() - self._read_at > FRESH_S:
                living, left = await self.hub.owners(archived=False), await self.hub.owners(archived=True)
                self._currency = (await self.hub.account()).currency
                self._owners = {owner.id: owner for owner in (*left, *living)}
                self._read_at = self._clock()
            return self._owners

    async def people(self) -> Read:
        """All colleagues, as HubSpot has them now."""
        self._read_at = None
        read = Read()
        for owner in (await self.owners()).values():
            read += self._words.person(owner)
        return read

    async def records(self, key: Key, type_: str, things: Sequence[Thing]) -> Read:
        """Ours of these objects."""
        if key == "consents":
            return await self._consents(things)
        owners, currency = await self._owners_of(things), self._currency
        links = await self._links(type_, [thing.id for thing in things]) if key != "contracts" else {}
        ways = {
            "accounts": self._words.account, "contracts": self._words.contract, "contacts": self._words.contact, "deals": self._words.deal,
            "tickets": self._words.ticket,
        }  # fmt: skip
        read = Read()
        for thing in things:
            around = Around(owners, currency, {to: of.get(thing.id, ()) for to, of in links.items()})
            read += self._words.touches(type_, thing, around) if key == "touches" else ways[key](thing, around)
        return read

    async def _owners_of(self, things: Sequence[Thing]) -> Mapping[str, Owner]:
        """Everybody, with whoever came since and owns one of these."""
        known = await self.owners()
        new = {owner for thing in things if (owner := thing.properties.get("hubspot_owner_id")) and owner not in known}
        if new and self._read_at is not None and self._clock() - self._read_at > NEW_S:
            self._read_at = None
        return await self.owners()

    async def _consents(self, contacts: Sequence[Thing]) -> Read:
        emails = {contact.id: email.lower() for contact in contacts if (email := contact.properties.get("email"))}
        if not self.fields.subscriptions or not emails:
            return Read()
        statuses = await self.hub.statuses(sorted({*emails.values()}))
        read = Read()
        for contact in contacts:
            if contact.id in emails:
                read += self._words.consents(contact, statuses.get(emails[contact.id], ()))
        return read

    async def _links(self, type_: str, ids: Sequence[str]) -> Mapping[str, Mapping[str, Sequence[Link]]]:
        """By the other type, and by id."""
        return {to: await self.hub.linked(type_, to, ids) for of, to in LINKS if of == type_} if ids else {}
