"""Keeps the copy true while it is read: what a decision hangs on is fetched again, because news is thin, late and in no order."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from integrations.sandbox.crm import KINDS
from integrations.vendors.connector import Connector, Key, Read, own_id
from integrations.vendors.copy import Copy
from integrations.vendors.errors import Busy, Gone, VendorError
from integrations.vendors.freshness import is_new_enough
from tools.ports import SourceBusy, SourceError

LAG = timedelta(hours=1)
"""So old may the copy of everything be that is not fetched one by one."""


class Seen(NamedTuple):
    """When an object was read, and whether it can be used: what we know of one that cannot is from before."""

    read_at: datetime | None = None
    usable: bool = True


class Following:
    """Fetches what is asked for, and takes it into the copy, unless what was read before is new enough. `clock` is the deployment's."""

    def __init__(self, copy: Copy, connectors: Sequence[Connector], clock: Callable[[], datetime]) -> None:
        self._copy, self._clock = copy, clock
        self._connectors: Mapping[str, Connector] = {one.vendor: one for one in connectors}
        self._under_way: dict[tuple[str, str], tuple[datetime, asyncio.Future[None]]] = {}

    async def one(self, kind: str, own: str) -> Seen:
        """See that one object that is ours by its vendor's id is as new as it has to be. Raises SourceError where its vendor does not answer."""
        key: Key = KINDS[kind]  # type: ignore[assignment]  # the kinds of subjects are keys of records
        seen = Seen()
        for connector in self._who(key):
            external = await self._copy.external(connector.vendor, kind, own)
            if external is not None:
                read_at = await self._fetch(connector, key, f"{key}/{external}", lambda c=connector, e=external: c.one(key, e), own)  # type: ignore[misc]  # bound now
                usable = await self._copy.usable(connector.vendor, key, external)
                seen = Seen(_earlier(seen.read_at, read_at), seen.usable and usable)
        return seen

    async def named(self, vendor: str, kind: str, external_id: str) -> str | None:
        """The same for one object by the vendor's own id, of which we may never have heard. Our id of it, where it is there and cannot be used."""
        connector = self._connectors.get(vendor)
        key: Key | None = KINDS.get(kind)  # type: ignore[assignment]  # as above
        if key is None or connector is None or key not in connector.keys:
            return None
        await self._fetch(connector, key, f"{key}/{external_id}", lambda: connector.one(key, external_id))
        return None if await self._copy.usable(vendor, key, external_id) else own_id(vendor, key, external_id)

    async def of_account(self, key: Key, account: str) -> datetime | None:
        """The same for what belongs to an account, of every vendor that knows the account and keeps such things. When it was read."""
        read_at: datetime | None = None
        for connector in self._who(key):
            external = await self._copy.external(connector.vendor, "account", account)
            if external is not None:
                read = await self._fetch(connector, key, f"{key} of {external}", lambda c=connector, e=external: c.of_account(key, e))  # type: ignore[misc]
                read_at = _earlier(read_at, read)
        return read_at

    async def lost(self, key: Key, accounts: Sequence[str], since: datetime) -> int:
        """How many objects of a kind that belong to accounts could not be put into our words, of those that changed since a moment."""
        return await self._copy.lost(key, accounts, since)

    async def unusable(self, key: Key, accounts: Sequence[str]) -> Mapping[str, str | None]:
        """Our ids of the objects of a kind that belong to accounts and cannot be used as they are, and whose each is, where its vendor said."""
        return await self._copy.unusable(key, accounts)

    async def everything(self, key: Key) -> None:
        """Raise SourceError where the copy of all records of a kind is older than it may be, or was never made."""
        for connector in self._who(key):
            sync = await self._copy.sync(connector.vendor, key)
            done = sync.done_at if sync else None
            if done is None:
                raise SourceError(connector.vendor, f"its {key} were never all read; run: nextplay systems sync")
            if abs(self._clock() - done) > LAG:  # where the clock was put back, nobody knows how old it is
                raise SourceError(connector.vendor, f"its {key} were last all read at {done:%d %b %H:%M} UTC; run: nextplay systems sync")

    def keeps(self, key: Key) -> bool:
        """Whether a vendor keeps such records."""
        return any(True for _ in self._who(key))

    def _who(self, key: Key) -> list[Connector]:
        return [one for one in self._connectors.values() if key in one.keys]

    async def _fetch(self, connector: Connector, key: Key, what: str, read: Callable[[], Awaitable[Read]], own: str | None = None) -> datetime:
        """Once for all who ask at the same time, and not again while it is new enough. When it was read."""
        at, last = self._clock(), await self._copy.read_at(connector.vendor, what)
        if last is not None and is_new_enough(key, last, at):
            return last
        name = (connector.vendor, what)
        began, fetching = self._under_way.get(name, (at, None))
        if fetching is None or not is_new_enough(key, began, at):
            began, fetching = at, asyncio.ensure_future(self._fetched(connector, what, read, own, at))
            self._under_way[name] = began, fetching
            fetching.add_done_callback(lambda done: self._noticed(name, done))
        await asyncio.shield(fetching)
        return began

    async def _fetched(self, connector: Connector, what: str, read: Callable[[], Awaitable[Read]], own: str | None, at: datetime) -> None:
        """`own`: our id of what is read, where we know it already; it is gone with the vendor's. `at`: when it was begun, so no later is it true."""
        try:
            found = await read()
        except Gone:
            found = Read(gone={own: None} if own else {})
        except Busy as error:
            raise SourceBusy(error.vendor, error.what) from error
        except VendorError as error:
            raise SourceError(error.vendor, error.what) from error
        await self._copy.take(connector.vendor, found, at, what=[what])

    def _noticed(self, name: tuple[str, str], done: "asyncio.Future[None]") -> None:
        """It is over; a failure that nobody waits for any more is looked at, so that asyncio does not report it as lost."""
        if name in self._under_way and self._under_way[name][1] is done:
            del self._under_way[name]
        if not done.cancelled():
            done.exception()


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)
