"""Keeps the copies young while the server runs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from agent.errors import InvalidInput
from integrations.vendors.errors import VendorError
from integrations.vendors.syncing import Syncing

log = structlog.get_logger("nextplay.vendors")

EVERY = timedelta(minutes=10)
"""Well within the age at which the copy of everything is no longer given."""

Work = Callable[[], Awaitable[object]]


async def keep_synced(
    syncings: Sequence[Syncing], *, before: Work | None = None, after: Sequence[Work] = (), sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Sync each vendor in turn, for as long as this runs, and do what is to be done `after` that. What fails is tried again the next time.

    Nothing is synced until what must come `before` was done once.
    """
    ready = before is None
    while True:
        if not ready and before is not None:
            ready = await _went_well("preparing the sync", before)
        if ready:
            for syncing in syncings:
                if await _went_well(f"the sync of {syncing.connector.vendor}", syncing.run):
                    log.info("synced", vendor=syncing.connector.vendor)
            for work in after:
                await _went_well("asking what came of it", work)
        await sleep(EVERY.total_seconds())


async def _went_well(what: str, work: Work) -> bool:
    """Whether it did. Whatever goes wrong in one is told, and must not let the copies of the others grow old."""
    try:
        await work()
    except VendorError as error:
        log.warning("broke off, and is tried again", what=what, vendor=error.vendor, why=error.what)
    except InvalidInput as error:
        log.warning("not possible, and is tried again", what=what, why=error.message, next_step=error.next_step)
    except Exception:
        log.exception("failed, and is tried again", what=what)
    else:
        return True
    return False
