"""Reads everything that a vendor keeps, and later what changed: in parts, each taken in with the place from which to go on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integrations.vendors.connector import Connector, Key
from integrations.vendors.copy import Copy, Sync
from integrations.vendors.errors import Gone, Rejected

OVERLAP = timedelta(minutes=5)
"""Changes are read from a little before the last reading began: vendors' indexes lag, and their clocks differ from ours."""

FORGOTTEN = timedelta(days=1)
"""When single objects were read is not remembered longer."""

Progress = Callable[[str, Key, int, int | None], None]
"""Told after each part: the vendor, the key, how many objects were read of it so far, and of how many, if the vendor says."""


@dataclass
class Syncing:
    """Brings the copy of one vendor up to date. `clock` is the deployment's; `wall` the real time, by which vendors date changes: None, the same."""

    copy: Copy
    connector: Connector
    clock: Callable[[], datetime]
    progress: Progress = lambda _vendor, _key, _read, _of: None
    wall: Callable[[], datetime] | None = None
    faults: int = field(default=0, init=False)

    async def run(self, *, everything: bool = False) -> int:
        """All kinds of records in turn; how many objects were read. Goes on where the last one broke off. Raises a VendorError.

        `everything`: read all again, not only what changed.
        """
        read = sum([await self._key(key, everything=everything) for key in self.connector.keys])
        await self.copy.forget(self.connector.vendor, self.clock() - FORGOTTEN)
        return read

    async def _key(self, key: Key, *, everything: bool) -> int:
        sync = self._begun(await self.copy.sync(self.connector.vendor, key), everything=everything)
        before, resumed = sync.read, sync.cursor is not None
        while sync.done_at is None:
            try:
                page = await self.connector.page(key, sync.cursor, sync.since)
            except (Rejected, Gone, ValueError):
                if not resumed:
                    raise
                sync, before, resumed = sync._replace(cursor=None, read=0), 0, False  # the place is known no more: the same again from its start
                continue
            resumed = False
            read = sync.read + len(page.read.told) + len(page.read.faults)
            at = self.clock()
            sync = sync._replace(cursor=page.cursor, read=read, done_at=at if page.cursor is None else None)
            taken = await self.copy.take(self.connector.vendor, page.read, at, sync=(key, sync))
            self.faults += len(taken.faults)
            self.progress(self.connector.vendor, key, read, page.total)
        return sync.read - before

    def _begun(self, last: Sync | None, *, everything: bool) -> Sync:
        """The reading that broke off, unless it was of changes and everything is wanted; else a new one of what changed since the last began.

        The first is of everything.
        """
        if last is not None and last.done_at is None and not (everything and last.since):
            return last
        since = None if last is None or everything else last.began_at - OVERLAP
        began = min(self.clock(), self.wall()) if self.wall else self.clock()  # read from too early, nothing is skipped
        return Sync(None, since, began, None, 0)
