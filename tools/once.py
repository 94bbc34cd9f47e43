"""Reads each record once per gathering, however many tools ask for it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from agent.domain.evidence import Calendar, Person, Touch
from tools.ports import Crm, Directory, Helpdesk, Named, Search, Snapshot

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sources:
    """The source systems that tools read from."""

    crm: Crm
    helpdesk: Helpdesk
    search: Search
    directory: Directory

    def once(self) -> "Sources":
        """The same sources, each read remembered: for one gathering only, because what it remembers grows old."""
        seen = _Seen()
        return Sources(
            _OnceCrm(self.crm, seen),
            _OnceHelpdesk(self.helpdesk, seen),
            self.search,
            _OnceDirectory(self.directory, seen),
        )


class _Seen:
    """Reads under way or done, by what was asked. Whoever asks while a read is under way waits for the same one."""

    def __init__(self) -> None:
        self._reads: dict[Hashable, asyncio.Future[Any]] = {}

    async def of(self, ask: Callable[..., Awaitable[T]], *args: Hashable) -> T:
        key = (ask, args)
        if key not in self._reads or self._reads[key].cancelled():  # who was waiting ran out of time
            self._reads[key] = asyncio.ensure_future(ask(*args))
            self._reads[key].add_done_callback(_noticed)
        return cast("T", await self._reads[key])


def _noticed(read: asyncio.Future[Any]) -> None:
    """Look at a failure that nobody waits for any more, so that asyncio does not report it as lost."""
    if not read.cancelled():
        read.exception()


class _OnceCrm:
    def __init__(self, crm: Crm, seen: _Seen) -> None:
        self._crm, self._seen = crm, seen

    async def account(self, account_id: str) -> Snapshot | None:
        return await self._seen.of(self._crm.account, account_id)

    async def family(self, account_id: str) -> Sequence[Snapshot]:
        return await self._seen.of(self._crm.family, account_id)

    async def contacts(self, account_id: str) -> Sequence[Snapshot]:
        return await self._seen.of(self._crm.contacts, account_id)

    async def deal(self, deal_id: str) -> Snapshot | None:
        return await self._seen.of(self._crm.deal, deal_id)

    async def contract(self, contract_id: str) -> Snapshot | None:
        return await self._seen.of(self._crm.contract, contract_id)

    async def contracts(self, account_id: str | None = None) -> Sequence[Snapshot]:
        return await self._seen.of(self._crm.contracts, account_id)

    async def deals(self) -> Sequence[Snapshot]:
        return await self._seen.of(self._crm.deals)

    async def usage(self, account_id: str) -> Snapshot | None:
        return await self._seen.of(self._crm.usage, account_id)

    async def rate(self, currency: str) -> Snapshot | None:
        return await self._seen.of(self._crm.rate, currency)

    async def touches(self, accounts: Sequence[str]) -> Sequence[Touch]:
        return await self._seen.of(self._crm.touches, tuple(accounts))

    async def resolve(self, source: str, kind: str, external_id: str) -> str | None:
        return await self._seen.of(self._crm.resolve, source, kind, external_id)

    async def names(self, words: Collection[str]) -> Sequence[Named]:
        return await self._crm.names(words)

    async def known(self, kind: str, record_id: str) -> str | None:
        return await self._seen.of(self._crm.known, kind, record_id)


class _OnceHelpdesk:
    def __init__(self, helpdesk: Helpdesk, seen: _Seen) -> None:
        self._helpdesk, self._seen = helpdesk, seen

    async def ticket(self, ticket_id: str) -> Snapshot | None:
        return await self._seen.of(self._helpdesk.ticket, ticket_id)

    async def tickets(self, account_id: str | None = None) -> Sequence[Snapshot]:
        return await self._seen.of(self._helpdesk.tickets, account_id)

    async def groups(self) -> Sequence[Snapshot]:
        return await self._seen.of(self._helpdesk.groups)

    async def linked(self, accounts: Sequence[str]) -> set[str]:
        return await self._seen.of(self._helpdesk.linked, tuple(accounts))


class _OnceDirectory:
    def __init__(self, directory: Directory, seen: _Seen) -> None:
        self._directory, self._seen = directory, seen

    async def people(self, at: datetime) -> Sequence[Person]:
        return await self._seen.of(self._directory.people, at)

    async def calendar(self, calendar_id: str) -> Calendar | None:
        return await self._seen.of(self._directory.calendar, calendar_id)
