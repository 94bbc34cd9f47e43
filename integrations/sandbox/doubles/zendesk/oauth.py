"""Tokens: the client_credentials grant, each for half an hour, and their revocation."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integrations.sandbox.doubles.zendesk.errors import forbidden, unauthorised

LASTS_S = 1800.0
_WHOLE = ("/audits.json", "/audits")
"""Only the whole scope reaches these."""


@dataclass
class Tokens:
    """Who may ask. `clock` gives monotonic seconds."""

    clock: Callable[[], float]
    client_id: str = "nextplay"
    client_secret: str = "not-a-secret"  # noqa: S105  and it is none
    scopes: tuple[str, ...] = ("read", "write")
    """What the client is allowed at most."""
    granted: int = 0
    _good: dict[str, tuple[float, tuple[str, ...]]] = field(default_factory=dict)

    async def grant(self, request: Request) -> Response:
        """`POST /oauth/tokens`, as a form or as JSON."""
        asked = await _said(request)
        if asked.get("grant_type") != "client_credentials":
            return _refused("unsupported_grant_type")
        if (asked.get("client_id"), asked.get("client_secret")) != (self.client_id, self.client_secret):
            return _refused("invalid_client", 401)
        wanted = tuple(asked.get("scope", "read").split())
        if not all(scope in self.scopes or scope.rpartition(":")[2] in self.scopes for scope in wanted):
            return _refused("invalid_scope")
        token = secrets.token_urlsafe(24)
        self.granted += 1
        lasts_s = float(asked.get("expires_in") or LASTS_S)
        self._good[token] = (self.clock() + lasts_s, wanted)
        return JSONResponse({"access_token": token, "token_type": "bearer", "scope": " ".join(wanted), "expires_in": int(lasts_s)})

    def revoke(self) -> None:
        """All of them, as an administrator who deletes the client's tokens does."""
        self._good.clear()

    def check(self, request: Request) -> None:
        """Raises Refusal for a request whose token is none, has ended, or does not reach as far."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        until, scopes = self._good.get(token, (0.0, ()))
        if scheme.lower() != "bearer" or self.clock() >= until:
            raise unauthorised()
        verb = "read" if request.method == "GET" else "write"
        what = "hc" if "/help_center/" in request.url.path else request.url.path.split("/")[3].partition(".")[0]
        enough = {verb} if request.url.path.endswith(_WHOLE) else {verb, f"{what}:{verb}"}
        if not enough & set(scopes):
            raise forbidden()


async def _said(request: Request) -> dict[str, str]:
    if "json" in request.headers.get("content-type", ""):
        said: dict[str, str] = await request.json()
        return said
    return {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}


def _refused(error: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": "the request for a token was refused"}, status)
