"""The double as a whole: who may ask what, how much, and all paths."""

import time
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.sandbox.doubles.double import Double
from integrations.sandbox.doubles.hubspot import schema
from integrations.sandbox.doubles.hubspot.answers import failed, missing, refused, too_many
from integrations.sandbox.doubles.hubspot.objects import Objects, unknown_type
from integrations.sandbox.doubles.hubspot.portal import Portal
from integrations.sandbox.doubles.hubspot.search import Search
from integrations.sandbox.doubles.hubspot.settings import Settings
from integrations.sandbox.doubles.hubspot.tricks import tricks_of
from integrations.sandbox.doubles.limits import RateLimit

_TOKEN = "/oauth/v1/token"  # noqa: S105  a path
_READS = frozenset({"search", "batch"})
"""What comes after a type of object in a POST that changes nothing."""
_SECONDS_OF_A_DAY = 86_400


def hubspot(
    portal: Portal,
    *,
    requests: int = 190,
    seconds: float = 10.0,
    searches: int = 5,
    clock: Callable[[], float] = time.monotonic,
    late_s: float = 30.0,
) -> Double:
    """A double of a portal with so many requests in so many seconds, and so many searches a second."""
    limit = RateLimit(requests, seconds, clock)
    search = Search(portal, RateLimit(searches, 1.0, clock))
    objects = "/crm/objects/{version}/{type}"
    paths = [Route(f"{objects}/search", search.page, methods=["POST"]), *Objects(portal).routes(), *Settings(portal).routes()]
    door = _Door(Starlette(routes=paths), portal, limit)
    protocol = Starlette()
    protocol.mount("/", door)
    return Double(protocol, portal.journal, limit, too_many, failed, late_s=late_s, free=(_TOKEN,), vendor="hubspot", tricks=tricks_of(portal))


class _Door:
    """Lets in who has a good token and the scope, counts the day, and says how much is left."""

    def __init__(self, inner: ASGIApp, portal: Portal, limit: RateLimit) -> None:
        self._inner, self._portal, self._limit = inner, portal, limit
        self._today = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith("/oauth/"):
            await self._inner(scope, receive, send)
            return
        self._today += 1
        answer = self._refused(scope, path.strip("/").split("/"))
        if answer is not None:
            await answer(scope, receive, send)
            return

        async def with_limits(message: Message) -> None:
            if message["type"] == "http.response.start" and not path.endswith("/search"):
                MutableHeaders(scope=message).update(self._headers())
            await send(message)

        await self._inner(scope, receive, with_limits)

    def _refused(self, scope: Scope, parts: list[str]) -> Response | None:
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        wrong = self._portal.token(headers.get("authorization", "").removeprefix("Bearer "))
        if wrong is not None:
            return refused(401, wrong, "Authentication credentials not found or expired.")
        if self._today > self._portal.daily:
            return too_many(_SECONDS_OF_A_DAY, policy="DAILY", told=False)
        type_ = parts[3] if parts[:2] in (["crm", "objects"], ["crm", "associations"], ["crm", "pipelines"], ["crm", "properties"]) else None
        if type_ is not None and type_ not in schema.TYPES:
            return unknown_type(type_)
        needed = _scope(parts, type_, scope["method"])
        return missing(needed) if needed in self._portal.missing_scopes else None

    def _headers(self) -> dict[str, Any]:
        return {
            "X-HubSpot-RateLimit-Max": str(self._limit.requests), "X-HubSpot-RateLimit-Remaining": str(self._limit.left),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(round(self._limit.seconds * 1000)),
            "X-HubSpot-RateLimit-Daily": str(self._portal.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(self._portal.daily - self._today, 0)),
        }  # fmt: skip


def _scope(parts: list[str], type_: str | None, method: str) -> str:
    """What a token must be allowed to do for a path."""
    whole = {
        "owners": "crm.objects.owners.read", "statuses": "communication_preferences.statuses.batch.read", "details": "oauth",
        "properties": f"crm.schemas.{type_}.read", "pipelines": f"crm.schemas.{type_}.read",
    }  # fmt: skip
    own = next((whole[part] for part in parts[1:3] if part in whole), None)
    if own is not None and type_ != "tickets":
        return own
    reads = method == "GET" or bool(_READS & {*parts[4:]}) or parts[1] == "associations"
    if type_ == "tickets" or (type_ == "emails" and reads):
        return "tickets" if type_ == "tickets" else "sales-email-read"
    of = "contacts" if type_ in ("tasks", "notes", "emails", "meetings") else type_
    return f"crm.objects.{of}.{'read' if reads else 'write'}"
