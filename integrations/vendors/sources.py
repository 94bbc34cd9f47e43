"""The ports that tools read from, over the copy of vendors' records."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal

from agent.domain.evidence import Material, Person, Touch
from integrations.sandbox.crm import SandboxCrm
from integrations.sandbox.directory import SandboxDirectory
from integrations.sandbox.helpdesk import SandboxHelpdesk
from integrations.sandbox.search import SandboxSearch
from integrations.sandbox.source import Clock, Together
from integrations.vendors.connector import Key
from integrations.vendors.following import Following
from tools.ports import Due, Named, Snapshot

_WITH_CONTACTS: tuple[Key, ...] = ("contacts", "consents")
_ALL: Mapping[Literal["deal", "contract"], Key] = {"deal": "deals", "contract": "contracts"}
_ASKED = frozenset({"account", "deal", "contract", "ticket"})
"""The kinds of subjects that are asked for before it is said whether they are known."""

_NAMED: tuple[Key, ...] = ("accounts", "contacts")


class VendorCrm(SandboxCrm):
    """Implements the `Crm` port. What is asked for by its id is fetched first; lists of everything are as old as the last sync, or not given."""

    def __init__(self, together: Together, clock: Clock, following: Following) -> None:
        super().__init__(together, clock)
        self._following = following

    async def account(self, account_id: str) -> Snapshot | None:
        """One account."""
        return await super().account(account_id) if await self._following.one("account", account_id) else None

    async def family(self, account_id: str) -> Sequence[Snapshot]:
        """The account as it is now, and its relatives as the copy has them."""
        return await super().family(account_id) if await self._following.one("account", account_id) else []

    async def contacts(self, account_id: str) -> Sequence[Snapshot]:
        """The account's contacts with their consents."""
        await asyncio.gather(*(self._following.of_account(key, account_id) for key in _WITH_CONTACTS))
        return await super().contacts(account_id)

    async def deal(self, deal_id: str) -> Snapshot | None:
        """One deal."""
        return await super().deal(deal_id) if await self._following.one("deal", deal_id) else None

    async def contract(self, contract_id: str) -> Snapshot | None:
        """One contract."""
        return await super().contract(contract_id) if await self._following.one("contract", contract_id) else None

    async def contracts(self, account_id: str) -> Sequence[Snapshot]:
        """The contracts of an account."""
        await self._following.of_account("contracts", account_id)
        return await super().contracts(account_id)

    async def due(
        self, kind: Literal["deal", "contract"], until: datetime, *, since: datetime | None = None, after: Due | None = None
    ) -> Sequence[Due]:
        """The next part of the open ones that matter from a moment until another."""
        await self._following.everything(_ALL[kind])
        return await super().due(kind, until, since=since, after=after)

    async def touches(self, accounts: Sequence[str]) -> Sequence[Touch]:
        """Every touch of the accounts, by whomever, oldest first."""
        await asyncio.gather(*(self._following.of_account("touches", account) for account in accounts))
        return await super().touches(accounts)

    async def lost_touches(self, accounts: Sequence[str], since: datetime) -> int:
        """How many of them since a moment could not be put into our words."""
        return await self._following.lost("touches", accounts, since)

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
        usable = kind not in _ASKED or await self._following.one(kind, record_id)
        known = await super().known(kind, record_id)
        return known if usable or known == "deleted" else "unusable"


class VendorHelpdesk(SandboxHelpdesk):
    """Implements the `Helpdesk` port."""

    def __init__(self, together: Together, following: Following) -> None:
        super().__init__(together)
        self._following = following

    async def ticket(self, ticket_id: str) -> Snapshot | None:
        """One ticket with its messages."""
        return await super().ticket(ticket_id) if await self._following.one("ticket", ticket_id) else None

    async def tickets(self, account_id: str) -> Sequence[Snapshot]:
        """The tickets of an account."""
        await self._following.of_account("tickets", account_id)
        return await super().tickets(account_id)

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

    def __init__(self, together: Together, following: Following) -> None:
        super().__init__(together)
        self._following = following

    async def articles(self, query: str, *, visibility: str | None, product: str | None, language: str, at_most: int) -> Sequence[Material]:
        """The best articles in a language, best first."""
        await self._following.everything("articles")
        return await super().articles(query, visibility=visibility, product=product, language=language, at_most=at_most)
