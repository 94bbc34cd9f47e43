"""A workspace of a few people behind a real port, a real client for it, and a real Bolt app in either mode."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integrations.sandbox.slack.roster import App, Channel, Member, channels
from integrations.sandbox.slack.server import Server, running
from integrations.sandbox.slack.store import Doc
from integrations.sandbox.slack.workspace import Workspace

ADA, BOB, GUEST, GONE = "UADA", "UBOB", "UGUEST", "UGONE"


def workspace(log: Path | None = None, app: App | None = None, **timing: Any) -> Workspace:
    """Ada and Bob, a guest, somebody who left; two open channels, a private one, one that is shared."""
    app = app or App(name="Robin", commands=("/robin",))
    people = [
        Member(ADA, "Ada Byron", "ada@example.com", "Engineer", "Europe/London"),
        Member(BOB, "Bob Noyce", "bob@example.com", timezone="America/Los_Angeles"),
        Member(GUEST, "Gus Guest", "gus@elsewhere.example", guest="single_channel"),
        Member(GONE, "Gone Girl", "gone@example.com", deleted=True),
    ]
    rooms = channels(["general", "random"], people, app)
    rooms[1].members.remove(app.user)
    rooms += [Channel("CPRIV", "secret", "private", [ADA]), Channel("CSHARED", "partners", members=[ADA, app.user], is_ext_shared=True)]
    return Workspace(people, rooms, app, log=log, **timing)


def general(space: Workspace) -> str:
    """The id of #general."""
    return next(channel.id for channel in space.channels() if channel.name == "general")


def client_of(space: Workspace, token: str | None = None, timeout: int = 5) -> AsyncWebClient:
    """Slack's own client."""
    return AsyncWebClient(token=space.app.bot_token if token is None else token, base_url=f"{space.url}/api/", timeout=timeout)


@asynccontextmanager
async def serving_http(space: Workspace, bolt: AsyncApp) -> AsyncIterator[None]:
    """The Bolt app behind a request URL of its own."""
    handler = AsyncSlackRequestHandler(bolt)

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    app = Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])
    server = Server(uvicorn.Config(app, port=0, log_config=None, ws="none", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve())
    await server.ready.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    space.app.request_url = f"http://127.0.0.1:{port}/slack/events"
    try:
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def serving_socket(space: Workspace, bolt: AsyncApp) -> AsyncIterator[None]:
    """The Bolt app on a socket."""
    handler = AsyncSocketModeHandler(bolt, space.app.app_token, ping_interval=1)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt's
    await until(space, lambda: bool(space.sender.socket.links))
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt's


MODES: dict[str, Callable[[Workspace, AsyncApp], Any]] = {"http": serving_http, "socket": serving_socket}


@asynccontextmanager
async def talking(mode: str, listen: Callable[[AsyncApp], None], **more: Any) -> AsyncIterator[Workspace]:
    """A workspace and an app that talk to each other."""
    space = workspace(**more)
    async with running(space):
        bolt = AsyncApp(token=space.app.bot_token, signing_secret=space.app.signing_secret, client=client_of(space))
        listen(bolt)
        async with MODES[mode](space, bolt):
            yield space


async def until(space: Workspace, found: Callable[[], Any], within_s: float = 20.0) -> Any:
    """Wait for what the app brings about in the workspace. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while not (value := found()):
            await space.changed()
    return value


def button(action: str, label: str = "Press", **more: str) -> Doc:
    """A button."""
    return {"type": "button", "action_id": action, "text": {"type": "plain_text", "text": label}, **more}


def card(*buttons: Doc) -> list[Doc]:
    """Blocks with buttons."""
    return [{"type": "section", "text": {"type": "mrkdwn", "text": "*Lunch?*"}}, {"type": "actions", "block_id": "do", "elements": list(buttons)}]


def modal(*blocks: Doc, **more: Any) -> Doc:
    """A modal with a title and a submit button."""
    ends = {"title": {"type": "plain_text", "text": "A modal"}, "submit": {"type": "plain_text", "text": "Save"}}
    return {"type": "modal", **ends, "blocks": list(blocks), **more}


def field(block: str, element: Doc, **more: Any) -> Doc:
    """An input block."""
    return {"type": "input", "block_id": block, "label": {"type": "plain_text", "text": block}, "element": element, **more}
