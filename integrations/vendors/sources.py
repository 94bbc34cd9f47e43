"""The ports that tools read from, over the copy of vendors' records."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

from agent.domain.evidence import Material, Person, Touch
from integrations.sandbox.crm import SandboxCrm
from integrations.sandbox.directory import SandboxDirectory
from integrations.sandbox.helpdesk import SandboxHelpdesk
from integrations.sandbox.search import SandboxSearch
from integrations.sandbox.source import Clock, Together
from integrations.search.index import ArticleIndex
from integrations.vendors.connector import Key
from integrations.vendors.following import Following
from tools.ports import Named, Snapshot

_WITH_CONTACTS: tuple[Key, ...] = ("contacts", "consents")
_NAMED: tuple[Key, ...] = ("accounts", "contacts")


class VendorCrm(SandboxCrm):
    """Implements the `Crm` port. What is asked for by its id is fetched first; lists of everything are as old as the last sync, or not given."""

    def __init__(self, together: Together, clock: Clock, following: Following) -> None:
        super().__init__(together, clock)
        self._following = following

    async def account(self, account_id: str) -> Snapshot | None:
        """One account."""
        await self._following.one("account", account_id)
        return await super().account(account_id)

    async def family(self, account_id: str) -> Sequence[Snapshot]:
        """The account as it is now, and its relatives as the copy has them."""
        await self._following.one("account", account_id)
        return await super().family(account_id)

    async def contacts(self, account_id: str) -> Sequence[Snapshot]:
        """The account's contacts with their consents."""
        await asyncio.gather(*(self._following.of_account(key, account_id) for key in _WITH_CONTACTS))
        return await super().contacts(account_id)

    async def deal(self, deal_id: str) -> Snapshot | None:
        """One deal."""
        await self._following.one("deal", deal_id)
        return await super().deal(deal_id)

    async def contract(self, contract_id: str) -> Snapshot | None:
        """One contract."""
        await self._following.one("contract", contract_id)
        return await super().contract(contract_id)

    async def contracts(self, account_id: str | None = None) -> Sequence[Snapshot]:
        """All contracts, or those of an account."""
        if account_id is None:
            await self._following.everything("contracts")
        else:
            await self._following.of_account("contracts", account_id)
        return await super().contracts(account_id)

    async def deals(self) -> Sequence[Snapshot]:
        """All deals."""
        await self._following.everything("deals")
        return await super().deals()

    async def touches(self, accounts: Sequence[str]) -> Sequence[Touch]:
        """Every touch of the accounts, by whomever, oldest first."""
        await asyncio.gather(*(self._following.of_account("touches", account) for account in accounts))
        return await super().touches(accounts)

    async def resolve(self, source: str, kind: str, external_id: str) -> str | None:
        """Our id behind another system's. One of which we never heard is asked for."""
        known = await super().resolve(source, kind, external_id)
        if known is None:
            await self._following.named(source, kind, external_id)
            known = await super().resolve(source, kind, external_id)
        return known

    async def names(self, words: Collection[str]) -> Sequence[Named]:
        """Accounts and contacts of which a word of the name is among the words: whom nobody has read cannot be kept out of a text."""
        for key in _NAMED:
            await self._following.everything(key)
        return await super().names(words)

    async def known(self, kind: str, record_id: str) -> str | None:
        """`here`, `deleted` or None, as its vendor says now."""
        if kind in ("account", "deal", "contract", "ticket"):
            await self._following.one(kind, record_id)
        return await super().known(kind, record_id)


class VendorHelpdesk(SandboxHelpdesk):
    """Implements the `Helpdesk` port."""

    def __init__(self, together: Together, following: Following) -> None:
        super().__init__(together)
        self._following = following

    async def ticket(self, ticket_id: str) -> Snapshot | None:
        """One ticket with its messages."""
        await self._following.one("ticket", ticket_id)
        return await super().ticket(ticket_id)

    async def tickets(self, account_id: str | None = None) -> Sequence[Snapshot]:
        """All tickets, or those of an account."""
        if account_id is None:
            await self._following.everything("tickets")
        else:
            await self._following.of_account("tickets", account_id)
        return await super().tickets(account_id)


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

    async def articles(
        self, query: str, *, visibility: str | None, product: str | None, language: str | None, at_most: int,
        plan: str | None = None, region: str | None = None, here_only: bool = False,
    ) -> Sequence[Material]:  # fmt: skip
        """The best articles in a language, best first."""
        await self._following.everything("articles")
        return await super().articles(
            query, visibility=visibility, product=product, language=language, at_most=at_most, plan=plan, region=region, here_only=here_only
        )
