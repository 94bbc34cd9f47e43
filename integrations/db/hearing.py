"""Word from one process to all others on the same PostgreSQL, so that what was left for them is not found at their next look only."""

import asyncio
from collections.abc import Callable

import structlog
from psycopg import AsyncConnection, Error
from sqlalchemy import URL

from integrations.db.postgres import CONNECT_S, NOT_DEAD, told

log = structlog.get_logger()

AGAIN_AFTER_S = 1.0


async def hear(address: URL, channel: str, woken: Callable[[], None]) -> None:
    """Call `woken` at every word, and whenever the line is up again, until cancelled. Words that come while the line is down are lost: whoever
    hears looks by itself, too, now and then.
    """
    while True:
        try:
            connecting = AsyncConnection.connect(
                told(address), autocommit=True, connect_timeout=CONNECT_S, application_name="nextplay-hearing", **NOT_DEAD
            )
            async with await connecting as connection:
                await connection.execute(f"LISTEN {channel}")
                woken()
                async for _ in connection.notifies():
                    woken()
        except Error as error:
            log.info("the line to the other processes is down", channel=channel, error=type(error).__name__)
        await asyncio.sleep(AGAIN_AFTER_S)
