"""One vendor's double as a server: its protocol, within its limit, failing as told, with a side door for whoever plays it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.sandbox.doubles.journal import Journal
from integrations.sandbox.doubles.limits import RateLimit
from integrations.sandbox.doubles.misbehaviour import FAULTS, Fault, Misbehaviour
from integrations.sandbox.doubles.side_door import SIDE_DOOR, SideDoor, Trick


@dataclass
class Double:
    """An ASGI application around a vendor's `protocol`. `busy` makes the vendor's own answer to too many requests, `failed` to a failure of its own.

    `late_s`: how long an answer that comes too late takes. Paths in `free` (a token endpoint) neither count nor fail. `tricks`: what else can happen
    at this vendor.
    """

    protocol: Starlette
    journal: Journal
    limit: RateLimit
    busy: Callable[[float], Response]
    failed: Callable[[], Response]
    misbehaviour: Misbehaviour[Fault] = field(default_factory=Misbehaviour)
    late_s: float = 30.0
    free: tuple[str, ...] = ()
    vendor: str = "vendor"
    tricks: Mapping[str, Trick] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request that came, whatever became of it."""

    def __post_init__(self) -> None:
        self.side_door = SideDoor(self.vendor, self.journal, self.misbehaviour, FAULTS, self.tricks, self._counted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        if path.startswith(SIDE_DOOR):
            await self.side_door(scope, receive, send)
            return
        self.asked.append((scope["method"], path))
        fault = None if path in self.free else self.misbehaviour.draw()
        wait_s = None if path in self.free else self.limit.take()
        if wait_s is None and fault == "too_many":
            wait_s = 1.0
            self.limit.ask_to_wait(wait_s)
        if wait_s is not None:
            await self.busy(wait_s)(scope, receive, send)
        else:
            await self._do(fault, scope, receive, send)

    async def _do(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        match fault:
            case None:
                await self.protocol(scope, receive, send)
            case "failing":
                await self.failed()(scope, receive, send)
            case "error_inside":
                lie = self.failed()
                lie.status_code = 200
                await lie(scope, receive, send)
            case "late":
                await self.protocol(scope, receive, _nobody)
                await asyncio.sleep(self.late_s)
                await self.failed()(scope, receive, send)
            case _:
                await _broken_off(self.protocol, scope, receive, send, whole=fault == "truncated")

    def _counted(self) -> Mapping[str, int]:
        return {"violations": self.limit.violations, "asked": len(self.asked)}

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Its address, while the context is open."""
        async with served(self) as address:
            yield address


@asynccontextmanager
async def served(application: ASGIApp) -> AsyncIterator[str]:
    """An application at an address of this machine, while the context is open."""
    # said to be TCP, for only then does asyncio send at once, and not 40 ms later
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as door:
        door.bind(("127.0.0.1", 0))
        door.listen()  # it queues whoever comes before the server is there
        async with served_on(door, application) as address:
            yield address


@asynccontextmanager
async def served_on(door: socket.socket, application: ASGIApp) -> AsyncIterator[str]:
    """The same at a socket that listens already."""
    server = uvicorn.Server(uvicorn.Config(application, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
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
