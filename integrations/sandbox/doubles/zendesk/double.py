"""The whole of it as a server, with the ways to fail that only Zendesk has."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.sandbox.doubles.double import Double
from integrations.sandbox.doubles.journal import Journal
from integrations.sandbox.doubles.limits import RateLimit
from integrations.sandbox.doubles.misbehaviour import Fault, Misbehaviour
from integrations.sandbox.doubles.zendesk.errors import Refusal, answered, forbidden, too_many
from integrations.sandbox.doubles.zendesk.exports import Exports
from integrations.sandbox.doubles.zendesk.guide import Guide
from integrations.sandbox.doubles.zendesk.oauth import Tokens
from integrations.sandbox.doubles.zendesk.support import Support
from integrations.sandbox.doubles.zendesk.tricks import tricks_of
from integrations.sandbox.doubles.zendesk.world import World

TOKENS = "/oauth/tokens"
A_MINUTE = 700


@dataclass
class ZendeskDouble:
    """A world behind its protocol. `clock` gives monotonic seconds, for tokens and limits. `denied`: beginnings of paths that answer 403."""

    world: World
    clock: Callable[[], float]
    requests: int = A_MINUTE
    late_s: float = 30.0
    misbehaviour: Misbehaviour[Fault] = field(default_factory=Misbehaviour)
    denied: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.clock)
        self.limit = RateLimit(self.requests, 60, self.clock)
        self.support, self.exports, self.guide = Support(self.world, self.clock), Exports(self.world, self.clock), Guide(self.world)
        protocol = Starlette(
            routes=[*self.support.routes(), *self.exports.routes(), *self.guide.routes()],
            exception_handlers={Refusal: answered, 404: _no_such_path, 405: _no_such_path},
        )
        whole = Starlette(exception_handlers={Refusal: answered})
        whole.add_route(TOKENS, self.tokens.grant, methods=["POST"])
        whole.mount("/", self._guarded(protocol))
        self.server = Double(
            whole, self.world.journal, self.limit, _busy, _failed, self.misbehaviour, late_s=self.late_s, free=(TOKENS,),
            vendor="zendesk", tricks=tricks_of(self),
        )  # fmt: skip
        self.serving = self.server.serving

    @property
    def journal(self) -> Journal:
        """What was done to it."""
        return self.world.journal

    @property
    def violations(self) -> int:
        """Requests before the end of a wait that was asked for, by any of its limits."""
        return sum(limit.violations for limit in (self.limit, self.exports.limit, *self.support.limits.values()))

    def _guarded(self, protocol: ASGIApp) -> ASGIApp:
        """Tokens, refusals made on purpose, and what is left of the limit on every answer."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            async def counted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": [*message["headers"], *self._left()]}
                await send(message)

            try:
                self.tokens.check(Request(scope))
                if any(scope["path"].startswith(begin) for begin in self.denied):
                    raise forbidden()
            except Refusal as refusal:
                await JSONResponse(refusal.body, refusal.status, refusal.headers)(scope, receive, counted)
                return
            await protocol(scope, receive, counted)

        return app

    def _left(self) -> list[tuple[bytes, bytes]]:
        said = {"X-Rate-Limit": self.requests, "X-Rate-Limit-Remaining": self.limit.left, "ratelimit-reset": 60}
        return [(name.lower().encode(), str(value).encode()) for name, value in said.items()]


def _busy(wait_s: float) -> Response:
    refusal = too_many(wait_s)
    return JSONResponse(refusal.body, refusal.status, refusal.headers)


def _failed() -> Response:
    return Response(json.dumps({"error": "InternalServerError"}), 500, media_type="application/json")


async def _no_such_path(_request: object, _error: Exception) -> Response:
    return JSONResponse({"error": "InvalidEndpoint", "description": "Not found"}, 404)
