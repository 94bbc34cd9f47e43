"""The workspace as a server: the Web API, the socket, response URLs, and the page."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from integrations.sandbox.slack import control, webapi
from integrations.sandbox.slack.calls import Refused
from integrations.sandbox.slack.carrying import Link
from integrations.sandbox.slack.page import routes
from integrations.sandbox.slack.responding import respond
from integrations.sandbox.slack.silence import socket_protocol
from integrations.sandbox.slack.workspace import Workspace

LOCAL = ["127.0.0.1", "localhost", "[::1]"]


def create_app(workspace: Workspace, hosts: list[str] | None = None) -> Starlette:
    """Build it. It answers only to these host names: it has no passwords, so no other site may reach it through a browser."""
    return Starlette(routes=_routes(workspace), middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL, *(hosts or [])])])


def _routes(workspace: Workspace) -> list[BaseRoute]:
    def on(path: str, handle: Callable[[Workspace, Request], Awaitable[Response]], *methods: str) -> Route:
        async def endpoint(request: Request) -> Response:
            return await handle(workspace, request)

        return Route(path, endpoint, methods=list(methods))

    async def link(websocket: WebSocket) -> None:
        await _link(workspace, websocket)

    return [
        on("/api/{method}", webapi.answer, "GET", "POST"),
        on("/response/{name}", _response, "POST"),
        on("/_fake/act", control.act, "POST"),
        on("/_fake/faults", control.faults, "GET", "POST", "DELETE"),
        on("/_fake/effects", control.effects, "GET"),
        WebSocketRoute("/link", link),
        on("/", routes.show, "GET"),
        on("/changes", routes.changes, "GET"),
        on("/static/{name}", routes.static, "GET"),
        on("/archives/{channel}/{ts}", routes.archive, "GET"),
    ]


async def _response(workspace: Workspace, request: Request) -> Response:
    try:
        body = await request.json()
        respond(workspace, request.path_params["name"], body if isinstance(body, dict) else {})
    except ValueError:
        return JSONResponse({"ok": False, "error": "invalid_payload"}, 400)
    except Refused as refusal:
        gone = refusal.error in ("used_url", "expired_url", "no_service")
        return JSONResponse(refusal.as_slack(), 404 if gone else 400)
    return Response("ok", media_type="text/plain")


async def _link(workspace: Workspace, websocket: WebSocket) -> None:
    """One socket of the app's, from hello to its end."""
    if not workspace.tickets.admits(websocket.query_params.get("ticket", "")):
        await websocket.close(4003)
        return
    await websocket.accept()
    link = Link(websocket.send_json, websocket.close)
    links = workspace.sender.socket.links
    links.append(link)
    workspace.announce()
    hello = {"type": "hello", "num_connections": len(links), "connection_info": {"app_id": workspace.app.id}, "debug_info": {"host": "sandbox"}}
    try:
        await websocket.send_json(hello)
        while True:
            with suppress(json.JSONDecodeError):
                message = await websocket.receive_json()
                link.acknowledged(message if isinstance(message, dict) else {})
    except (WebSocketDisconnect, RuntimeError):
        pass  # the app went, or we closed it
    finally:
        links.remove(link)


@asynccontextmanager
async def running(workspace: Workspace, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve in this loop; yields where."""
    listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    async with serving(workspace, listener) as url:
        yield url


@asynccontextmanager
async def serving(workspace: Workspace, listener: socket.socket) -> AsyncIterator[str]:
    """Serve on an open socket; yields where."""
    host, port = listener.getsockname()[:2]
    workspace.ending = False
    workspace.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    config = uvicorn.Config(
        create_app(workspace, [host]), log_config=None, access_log=False, server_header=False, ws=socket_protocol(workspace.faults),
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.ready.wait()
        yield workspace.url
    finally:
        workspace.faults.clear()  # a line that is silent would not hear that it ends
        server.should_exit = workspace.ending = True
        workspace.announce()
        await task
        await workspace.close()
        listener.close()


class Server(uvicorn.Server):
    """Leaves the signals to the program around it, and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield
