"""The ports that tools read from, over the copy of vendors' records."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from agent.domain.evidence import Person
from integrations.sandbox.crm import SandboxCrm
from integrations.sandbox.directory import SandboxDirectory
from integrations.sandbox.helpdesk import SandboxHelpdesk
from integrations.sandbox.search import SandboxSearch
from integrations.sandbox.source import Clock, Together
from integrations.search.index import ArticleIndex
from integrations.vendors.connector import LATELY, Key
from integrations.vendors.following import Following, Seen
from tools.ports import Asked, Due, Find, History, Listing, Named, Snapshot

_WITH_CONTACTS: tuple[Key, ...] = ("contacts", "consents")
_ALL: Mapping[Literal["deal", "contract"], Key] = {"deal": "deals", "contract": "contracts"}
_ASKED = frozenset({"account", "contact", "deal", "contract", "ticket"})
"""The kinds that are asked for before it is said whether they are known."""

_NAMED: tuple[Key, ...] = ("accounts", "contacts")


class VendorCrm(SandboxCrm):
    """Implements the `Crm` port. What is asked for by its id is fetched first; lists of everything are as old as the last sync, or not given."""

    def __init__(self, together: Together, clock: Clock, following: Following) -> None:
        super().__init__(together, clock)
        self._following = following

    async def account(self, account_id: str) -> Snapshot | None:
        """One account."""
        return _as_seen(await self._following.one("account", account_id), await super().account(account_id))

    async def family(self, account_id: str) -> Listing:
        """The account first, then everybody whom the copy has under the same top parent."""
        own = await self._following.one("account", account_id)
        if not own.usable:
            return Listing()
        relatives = await super().family(account_id)
        seen = await asyncio.gather(*(self._following.one("account", one.id) for one in relatives))
        read_at = {one.id: of.read_at for one, of in zip(relatives, seen, strict=True)}
        lost = await self._following.unusable("accounts", [one.id for one in relatives])
        return _usable(lost, (replace(one, read_at=read_at.get(one.id)) for one in await super().family(account_id)))

    async def contacts(self, account_id: str) -> Listing:
        """The account's contacts with their consents."""
        read = await asyncio.gather(*(self._following.of_account(key, account_id) for key in _WITH_CONTACTS))
        lost, unread = [await self._following.unusable(key, [account_id]) for key in _WITH_CONTACTS]
        found = _as_read(min((one for one in read if one is not None), default=None), lost, await super().contacts(account_id))
        silent = {*unread.values()}
        return Listing((replace(one, data={**one.data, "consents": None}) if one.id in silent else one for one in found), found.lost)

    async def deal(self, deal_id: str) -> Snapshot | None:
        """One deal."""
        return _as_seen(await self._following.one("deal", deal_id), await super().deal(deal_id))

    async def contract(self, contract_id: str) -> Snapshot | None:
        """One contract."""
        return _as_seen(await self._following.one("contract", contract_id), await super().contract(contract_id))

    async def contracts(self, account_id: str) -> Listing:
        """The contracts of an account."""
        read_at = await self._following.of_account("contracts", account_id)
        return _as_read(read_at, await self._following.unusable("contracts", [account_id]), await super().contracts(account_id))

    async def due(
        self, kind: Literal["deal", "contract"], until: datetime, *, since: datetime | None = None, after: Due | None = None
    ) -> Sequence[Due]:
        """The next part of the open ones that matter from a moment until another."""
        await self._following.everything(_ALL[kind])
        return await super().due(kind, until, since=since, after=after)

    async def touches(self, accounts: Sequence[str]) -> History:
        """Every touch of the accounts, by whomever, oldest first, and how many lately could not be put into our words."""
        read = await asyncio.gather(*(self._following.of_account("touches", account) for account in accounts))
        lost = await self._following.lost("touches", accounts, self._clock() - LATELY)
        return History((await super().touches(accounts)).touches, lost, min((one for one in read if one is not None), default=None))

    async def resolve(self, source: str, kind: str, external_id: str) -> str | None:
        """Our id behind another system's. One of which we never heard is asked for."""
        known = await super().resolve(source, kind, external_id)
        if known is None:
            unusable = await self._following.named(source, kind, external_id)
            known = await super().resolve(source, kind, external_id) or unusable
        return known

    async def names(self, words: Collection[str]) -> Sequence[Named]:
        """Accounts and contacts of which a word of the name is among the words: whom nobody has read cannot be kept out of a text."""
        for key in _NAMED:
            await self._following.everything(key)
        return await super().names(words)

    async def known(self, kind: str, record_id: str) -> str | None:
        """`here`, `unusable`, `deleted` or None, as its vendor says now."""
        seen = await self._following.one(kind, record_id) if kind in _ASKED else Seen()
        known = await super().known(kind, record_id)
        return known if seen.usable or known == "deleted" else "unusable"


class VendorHelpdesk(SandboxHelpdesk):
    """Implements the `Helpdesk` port."""

    def __init__(self, together: Together, following: Following) -> None:
        super().__init__(together)
        self._following = following

    async def ticket(self, ticket_id: str) -> Snapshot | None:
        """One ticket with its messages."""
        return _as_seen(await self._following.one("ticket", ticket_id), await super().ticket(ticket_id))

    async def tickets(self, account_id: str) -> Listing:
        """The tickets of an account."""
        read_at = await self._following.of_account("tickets", account_id)
        return _as_read(read_at, await self._following.unusable("tickets", [account_id]), await super().tickets(account_id))

    async def settled(self, at_most: int) -> Sequence[Snapshot]:
        """The solved and closed tickets of all accounts that changed last."""
        await self._following.everything("tickets")
        return await super().settled(at_most)

    async def due(self, until: datetime, *, since: datetime | None = None, after: Due | None = None) -> Sequence[Due]:
        """The next part of the open ones that have to be answered from a moment until another."""
        await self._following.everything("tickets")
        return await super().due(until, since=since, after=after)


class VendorDirectory(SandboxDirectory):
    """Implements the `Directory` port, over the vendors' colleagues and the directory file."""

    def __init__(self, together: Together, following: Following) -> None:
        super().__init__(together)
        self._following = following

    async def people(self, at: datetime) -> Sequence[Person]:
        """Everybody."""
        await self._following.everything("people")
        return await super().people(at)


class VendorSearch(SandboxSearch):
    """Implements the `Search` port. Articles are as old as the last sync of the help centre, or not given; assets are the directory file's."""

    def __init__(self, together: Together, index: ArticleIndex, following: Following) -> None:
        super().__init__(together, index)
        self._following = following

    async def articles(self, asked: Sequence[Asked], *, at_most: int) -> Sequence[Sequence[Find]]:
        """The best articles for each question, best first."""
        await self._following.everything("articles")
        return await super().articles(asked, at_most=at_most)


def _as_seen(seen: Seen, found: Snapshot | None) -> Snapshot | None:
    """A record with when it was read; none where it cannot be used any more."""
    return replace(found, read_at=seen.read_at) if found is not None and seen.usable else None


def _as_read(read_at: datetime | None, lost: Collection[str], found: Iterable[Snapshot]) -> Listing:
    """Records with when their list was read."""
    return _usable(lost, (replace(one, read_at=read_at) for one in found))


def _usable(lost: Collection[str], found: Iterable[Snapshot]) -> Listing:
    """Without those of which we only know how they were before. What is lost was looked up first, so that none falls between the two."""
    return Listing((one for one in found if one.id not in lost), lost)
