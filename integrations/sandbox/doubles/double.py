"""One vendor's double as a server: its protocol, within its limit, failing as told, with a side door for whoever plays it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.sandbox.doubles.journal import Journal
from integrations.sandbox.doubles.limits import RateLimit
from integrations.sandbox.doubles.misbehaviour import FAULTS, Fault, Misbehaviour

SIDE_DOOR = "/_double"
"""`GET /_double/log` is what was done, `POST /_double/faults` says how to fail: {"shares": {...}, "next": [...]}."""


@dataclass
class Double:
    """An ASGI application around a vendor's `protocol`. `busy` makes the vendor's own answer to too many requests, `failed` to a failure of its own.

    `late_s`: how long an answer that comes too late takes. Paths in `free` (a token endpoint) neither count nor fail.
    """

    protocol: Starlette
    journal: Journal
    limit: RateLimit
    busy: Callable[[float], Response]
    failed: Callable[[], Response]
    misbehaviour: Misbehaviour[Fault] = field(default_factory=Misbehaviour)
    late_s: float = 30.0
    free: tuple[str, ...] = ()
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request that came, whatever became of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        if path.startswith(SIDE_DOOR):
            await (await self._side_door(Request(scope, receive)))(scope, receive, send)
            return
        self.asked.append((scope["method"], path))
        fault = None if path in self.free else self.misbehaviour.draw()
        wait_s = None if path in self.free else self.limit.take()
        if wait_s is None and fault == "too_many":
            wait_s = 1.0
            self.limit.ask_to_wait(wait_s)
        if wait_s is not None:
            await self.busy(wait_s)(scope, receive, send)
        elif fault == "failing":
            await self.failed()(scope, receive, send)
        else:
            await self._do(fault, scope, receive, send)

    async def _do(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        match fault:
            case None:
                await self.protocol(scope, receive, send)
            case "late":
                await self.protocol(scope, receive, _nobody)
                await asyncio.sleep(self.late_s)
                await self.failed()(scope, receive, send)
            case _:
                await _broken_off(self.protocol, scope, receive, send, whole=fault == "truncated")

    async def _side_door(self, request: Request) -> Response:
        what = request.url.path.removeprefix(f"{SIDE_DOOR}/")
        if what == "log":
            return JSONResponse({"entries": self.journal.as_json(), "violations": self.limit.violations, "asked": len(self.asked)})
        if what != "faults" or request.method != "POST":
            return JSONResponse({"error": "there is log, and POST faults"}, 404)
        said: dict[str, Any] = json.loads(await request.body())
        if not {*said.get("shares", {}), *said.get("next", [])} <= {*FAULTS}:
            return JSONResponse({"error": f"a fault is one of {', '.join(FAULTS)}"}, 400)
        self.misbehaviour.shares, self.misbehaviour.next = dict(said.get("shares", {})), list(said.get("next", []))
        return JSONResponse({"ok": True})

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Its address, while the context is open."""
        # said to be TCP, for only then does asyncio send at once, and not 40 ms later
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as door:
            door.bind(("127.0.0.1", 0))
            door.listen()  # it queues whoever comes before the server is there
            server = uvicorn.Server(uvicorn.Config(self, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
            task = asyncio.create_task(server.serve(sockets=[door]))
            try:
                yield f"http://127.0.0.1:{door.getsockname()[1]}"
            finally:
                server.should_exit = True
                await task


async def _nobody(_message: Message) -> None:
    """Hears the answer, and tells nobody."""


async def _broken_off(protocol: ASGIApp, scope: Scope, receive: Receive, send: Send, *, whole: bool) -> None:
    """Do it, and send half of the answer. `whole`: as if that were all of it; else the connection ends before what was announced."""
    heard: list[Message] = []

    async def hear(message: Message) -> None:
        heard.append(message)

    await protocol(scope, receive, hear)
    body = b"".join(message.get("body", b"") for message in heard if message["type"] == "http.response.body")
    start = next(message for message in heard if message["type"] == "http.response.start")
    half = body[: len(body) // 2]
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    announced = len(half) if whole else len(body) + 1
    await send({**start, "headers": [*headers, (b"content-length", str(announced).encode())]})
    await send({"type": "http.response.body", "body": half, "more_body": not whole})
    if not whole:
        raise ConnectionResetError("the connection breaks here, as told")
