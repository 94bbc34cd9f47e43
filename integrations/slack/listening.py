"""Socket Mode: this server calls Slack and keeps a link open. A link that brings nothing is replaced, however it came to that.

Three things look after it. The client pings every PING_S and takes a link for dead when nothing came back within half of that again; its own
monitor then opens another, PING_S later at most: 25 seconds by the numbers below. But it opens links without a limit of time (aiohttp's five
minutes), and tries an address that Slack has spent again and again. So whoever has had no live link for GIVES_UP_S begins anew, with nothing
kept of the old one.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient

log = structlog.get_logger()

PING_S = 10.0
GIVES_UP_S = 60.0
CLOSES_WITHIN_S = 1.0
"""A silent Slack does not answer a farewell either, and a server that stops does not wait for it."""
AGAIN_S = 2.0
"""A pause before the next try, so that a Slack that refuses us is not asked without a break."""


class LinkLost(Exception):
    """There has been no live link for too long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no live link to Slack for {seconds:g} s")


async def listen(app: AsyncApp, token: str) -> None:
    """Have the app's listeners answer over the socket. Never returns; raises LinkLost, or TimeoutError when no link opened at all."""
    handler = AsyncSocketModeHandler(app, token, ping_interval=PING_S)
    try:
        async with asyncio.timeout(GIVES_UP_S):
            await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves it bare
        log.info("the link to Slack is open")
        await _while_alive(handler.client)
    finally:
        await _close(handler)


async def keep_listening(listen: Callable[[], Awaitable[None]]) -> None:
    """Listen again whenever that has ended."""
    while True:
        try:
            await listen()
        except Exception as error:  # noqa: BLE001  whatever ends it, it begins again
            log.warning("the link to Slack is opened anew", why=str(error) or type(error).__name__)
        await asyncio.sleep(AGAIN_S)


async def _close(handler: AsyncSocketModeHandler) -> None:
    """Let go of the link. The second time there is nobody left to say farewell to, and only the tasks end."""
    try:
        async with asyncio.timeout(CLOSES_WITHIN_S):
            await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves it bare
    except TimeoutError:
        await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves it bare


async def _while_alive(client: SocketModeClient) -> None:
    """Return never. Raises LinkLost when the client has not brought a live link about for too long."""
    clock = asyncio.get_running_loop().time
    alive_at = clock()
    while clock() - alive_at < GIVES_UP_S:
        await asyncio.sleep(PING_S)
        if await _is_alive(client):
            alive_at = clock()
    raise LinkLost(GIVES_UP_S)


async def _is_alive(client: SocketModeClient) -> bool:
    """Whether the link is open and answers pings, and the client's own tasks, without which it would be deaf, are at work."""
    tasks = (client.message_receiver, client.message_processor, client.current_session_monitor)
    return await client.is_connected() and all(task is not None and not task.done() for task in tasks)
