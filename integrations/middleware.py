"""Around every request: an id in its log lines and answer, safe headers, one access line, an answer even to a crash."""

import re
import time
from collections.abc import Callable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.problems import problem

log = structlog.get_logger("nextplay.http")

SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_TLS_HEADER = ("Strict-Transport-Security", "max-age=31536000")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
AT_ONCE = 512
"""Each may hold a body of 1 MiB."""

_CROWDED = problem(503, "Too many requests at the same time.", next_step="Send it again in a few seconds.")
_QUIET = ("/healthz", "/readyz", "/metrics")


class RequestFrame:
    """The outermost layer. Headers that a route sets itself are kept; request bodies are never logged.

    `at_once`: requests that are answered at the same time. More are told when to come again.
    """

    def __init__(
        self, app: ASGIApp, *, new_id: Callable[[], str], tls: bool, at_once: int = AT_ONCE, timer: Callable[[], float] = time.perf_counter
    ) -> None:
        self.app = app
        self.new_id = new_id
        self.timer = timer
        self.at_once, self.under_way = at_once, 0
        self.headers = SAFE_HEADERS | (dict([_TLS_HEADER]) if tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else self.new_id()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._framed(scope, receive, send, request_id)

    async def _framed(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started, status = self.timer(), 0
        crowded = self.under_way >= self.at_once
        self.under_way += 1

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(message, request_id)
            await send(message)

        try:
            await (_CROWDED if crowded else self.app)(scope, receive, send_framed)
        except Exception:  # the last place that can still answer the sender
            log.exception("request failed", method=scope["method"], path=scope["path"])
            if not status:
                await _crashed(scope["path"])(scope, receive, send_framed)
        finally:
            self.under_way -= 1
            write = log.debug if scope["path"] in _QUIET else log.info
            took = round((self.timer() - started) * 1000, 1)
            write("request", method=scope["method"], path=scope["path"], status=status, ms=took)

    def _add_headers(self, message: Message, request_id: str) -> None:
        headers = MutableHeaders(scope=message)
        headers["X-Request-ID"] = request_id
        for name, value in self.headers.items():
            headers.setdefault(name, value)


def _crashed(path: str) -> ASGIApp:
    """A webhook's sender is asked to come again, for its event is not stored; a person is told that it is our fault."""
    if path.startswith("/webhooks/"):
        return problem(503, "The event was not stored.", next_step="Send it again.")
    return problem(500, "Nextplay failed to answer.", next_step="Look for the X-Request-ID of this answer in the log.")
