"""Keeps the copy true while it is read: what a decision hangs on is fetched again, because news is thin, late and in no order."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from integrations.sandbox.crm import KINDS
from integrations.vendors.connector import Connector, Key, Read, own_id
from integrations.vendors.copy import Copy
from integrations.vendors.errors import Busy, Gone, VendorError
from tools.ports import SourceBusy, SourceError

FRESH = timedelta(seconds=2)
"""What was read so lately is not read again: one gathering asks for the same thing from several sides."""

LAG = timedelta(hours=1)
"""So old may the copy of everything be that is not fetched one by one."""


class Following:
    """Fetches what is asked for, and takes it into the copy. `clock` is the deployment's."""

    def __init__(self, copy: Copy, connectors: Sequence[Connector], clock: Callable[[], datetime], *, fresh: timedelta = FRESH) -> None:
        self._copy, self._clock, self._fresh = copy, clock, fresh
        self._connectors: Mapping[str, Connector] = {one.vendor: one for one in connectors}
        self._under_way: dict[tuple[str, str], asyncio.Future[None]] = {}

    async def one(self, kind: str, own: str) -> bool:
        """Fetch one object that is ours by its vendor's id. Whether it can be used: what we know of one that cannot is from before.

        Raises SourceError where its vendor does not answer.
        """
        key: Key = KINDS[kind]  # type: ignore[assignment]  # the kinds of subjects are keys of records
        usable = True
        for connector in self._who(key):
            external = await self._copy.external(connector.vendor, kind, own)
            if external is not None:
                await self._fetch(connector, f"{key}/{external}", lambda c=connector, e=external: c.one(key, e), own)  # type: ignore[misc]  # bound now
                usable = usable and await self._copy.usable(connector.vendor, key, external)
        return usable

    async def named(self, vendor: str, kind: str, external_id: str) -> str | None:
        """Fetch one object by the vendor's own id: one of which we may never have heard. Our id of it, where it is there and cannot be used."""
        connector = self._connectors.get(vendor)
        key: Key | None = KINDS.get(kind)  # type: ignore[assignment]  # as above
        if key is None or connector is None or key not in connector.keys:
            return None
        await self._fetch(connector, f"{key}/{external_id}", lambda: connector.one(key, external_id))
        return None if await self._copy.usable(vendor, key, external_id) else own_id(vendor, key, external_id)

    async def of_account(self, key: Key, account: str) -> None:
        """Fetch what belongs to an account, from every vendor that knows the account and keeps such things."""
        for connector in self._who(key):
            external = await self._copy.external(connector.vendor, "account", account)
            if external is not None:
                await self._fetch(connector, f"{key} of {external}", lambda c=connector, e=external: c.of_account(key, e))  # type: ignore[misc]

    async def lost(self, key: Key, accounts: Sequence[str], since: datetime) -> int:
        """How many objects of a kind that belong to accounts could not be put into our words, of those that changed since a moment."""
        return await self._copy.lost(key, accounts, since)

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

    async def _fetch(self, connector: Connector, what: str, read: Callable[[], Awaitable[Read]], own: str | None = None) -> None:
        """Once for all who ask at the same time, and not again while it is fresh."""
        at, last = self._clock(), await self._copy.read_at(connector.vendor, what)
        if last is not None and timedelta() <= at - last < self._fresh:
            return
        name = (connector.vendor, what)
        if name not in self._under_way:
            self._under_way[name] = asyncio.ensure_future(self._fetched(connector, what, read, own))
            self._under_way[name].add_done_callback(lambda done: self._noticed(name, done))
        await asyncio.shield(self._under_way[name])

    async def _fetched(self, connector: Connector, what: str, read: Callable[[], Awaitable[Read]], own: str | None) -> None:
        """`own`: our id of what is read, where we know it already; it is gone with the vendor's."""
        try:
            found = await read()
        except Gone:
            found = Read(gone={own: None} if own else {})
        except Busy as error:
            raise SourceBusy(error.vendor, error.what) from error
        except VendorError as error:
            raise SourceError(error.vendor, error.what) from error
        await self._copy.take(connector.vendor, found, self._clock(), what=[what])

    def _noticed(self, name: tuple[str, str], done: "asyncio.Future[None]") -> None:
        """It is over; a failure that nobody waits for any more is looked at, so that asyncio does not report it as lost."""
        self._under_way.pop(name, None)
        if not done.cancelled():
            done.exception()
