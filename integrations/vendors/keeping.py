"""Keeps the copies young while the server runs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from integrations.vendors.errors import VendorError
from integrations.vendors.syncing import Syncing

log = structlog.get_logger("nextplay.vendors")

EVERY = timedelta(minutes=10)
"""Well within the age at which the copy of everything is no longer given."""


async def keep_synced(
    syncings: Sequence[Syncing], *, after: Callable[[], Awaitable[None]], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Sync each vendor in turn, for as long as this runs, and do what is to be done `after` that. What fails is tried again the next time."""
    while True:
        for syncing in syncings:
            try:
                read = await syncing.run()
                log.info("synced", vendor=syncing.connector.vendor, read=read)
            except VendorError as error:
                log.warning("sync broke off", vendor=error.vendor, why=error.what)
            except Exception:  # a bug in one connector must not let the copies of the others grow old
                log.exception("sync failed", vendor=syncing.connector.vendor)
        try:
            await after()
        except VendorError as error:
            log.warning("not asked what was completed", vendor=error.vendor, why=error.what)
        await sleep(EVERY.total_seconds())
