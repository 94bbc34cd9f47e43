"""The provider's protocol (OpenID Connect Core 1.0, code flow with PKCE): discovery, the page that asks who one is, the token endpoint, its keys.

`nextplay sandbox openid` serves it, so that signing in can be tried without a provider.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

Lie = Literal[
    "other_key", "unsigned", "public_key_as_secret", "other_issuer", "other_audience", "also_others_audience", "expired", "from_the_future",
    "other_nonce", "no_nonce", "unverified", "unverified_as_text", "no_address", "two_addresses", "no_token", "no_json", "refuses", "fails", "huge",
    "other_access_token",
]  # fmt: skip
LIES: Mapping[Lie, str] = {
    "other_key": "the ID token is signed by another key under the same id",
    "unsigned": "the ID token has no signature, and says so (alg none)",
    "public_key_as_secret": "the ID token is signed by HMAC with the public key as its secret",
    "other_issuer": "the ID token is another issuer's",
    "other_audience": "the ID token is for another app",
    "also_others_audience": "the ID token is for our app and another, and was given to the other",
    "expired": "the ID token has expired an hour ago",
    "from_the_future": "the ID token was made in an hour",
    "other_nonce": "the ID token belongs to another sign-in",
    "no_nonce": "the ID token belongs to no sign-in",
    "unverified": "nobody has made sure that the address is theirs",
    "unverified_as_text": "email_verified is a text, which is true to whoever does not look",
    "no_address": "there is no address",
    "two_addresses": "the address is two",
    "no_token": "the answer has no ID token",
    "no_json": "the answer is a page",
    "refuses": "the code is refused, in words that are a script",
    "fails": "the token endpoint fails",
    "huge": "the answer has no end",
    "other_access_token": "the ID token vouches for another access token",
}
"""What it can be made to do wrong at the token endpoint."""

_SCRIPT = "<script>alert('the provider')</script>"
_INSTEAD: Mapping[Lie | None, Callable[[], Response]] = {
    "refuses": lambda: JSONResponse({"error": "access_denied", "error_description": _SCRIPT}, 400),
    "fails": lambda: Response(_SCRIPT, 500),
    "no_json": lambda: HTMLResponse(_SCRIPT),
    "huge": lambda: Response(b"{" + b" " * 2_000_000 + b"}", media_type="application/json"),
}
"""What the token endpoint answers instead."""


@dataclass
class _Given:
    """A code that was given, and for what."""

    email: str
    nonce: str
    challenge: str
    back: str


@dataclass
class OpenIdDouble:
    """One provider. `clock` tells the time; `issuer` is its own address, once it has one. `people` may be chosen from on its page."""

    clock: Callable[[], datetime]
    client_id: str = "nextplay-double"
    client_secret: str = "secret-of-the-double-51c8"  # noqa: S105  of a server that is only played
    people: Sequence[str] = ("mia.brandt@tessera.example",)
    backs: Sequence[str] = ()
    """Where its app may be sent back to; none: anywhere."""
    issuer: str = ""
    lie: Lie | None = None
    names_itself: bool = True
    """Whether it says when sending back who it is (RFC 9207)."""
    asked: list[Mapping[str, str]] = field(default_factory=list)
    """What came to the page and to the token endpoint."""
    _key: RSAPrivateKey = field(default_factory=lambda: generate_private_key(65537, 2048), repr=False)
    _given: dict[str, _Given] = field(default_factory=dict)

    @property
    def protocol(self) -> Starlette:
        """The application."""
        return Starlette(routes=[
            Route("/.well-known/openid-configuration", self._described), Route("/authorize", self._authorize), Route("/keys", self._keys),
            Route("/token", self._token, methods=["POST"]),
        ])  # fmt: skip

    async def _described(self, _request: Request) -> Response:
        return JSONResponse({
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize", "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys", "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"], "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "authorization_response_iss_parameter_supported": self.names_itself,
        })  # fmt: skip

    async def _authorize(self, request: Request) -> Response:
        """The page that asks who one is; whoever was chosen is sent back at once."""
        asked = dict(request.query_params)
        self.asked.append(asked)
        if asked.get("client_id") != self.client_id or (self.backs and asked.get("redirect_uri") not in self.backs):
            return HTMLResponse("<h1>The app or its address is not known here</h1>", 400)
        who = asked.pop("as", None)
        if who is None:
            links = "".join(f'<li><a href="?{escape(urlencode({**asked, "as": one}))}">{escape(one)}</a></li>' for one in self.people)
            return HTMLResponse(f"<!doctype html><html lang=en><title>Who are you?</title><h1>Who are you?</h1><ul>{links}</ul>")
        code = secrets.token_urlsafe(24)
        self._given[code] = _Given(who, asked.get("nonce", ""), asked.get("code_challenge", ""), asked["redirect_uri"])
        back = {"code": code, "state": asked.get("state", ""), **({"iss": self.issuer} if self.names_itself else {})}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def _keys(self, _request: Request) -> Response:
        public = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        return JSONResponse({"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]})

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.asked.append(form)
        given = self._given.pop(form.get("code", ""), None)
        if given is None or not self._fits(request, form, given):
            return JSONResponse({"error": "invalid_grant"}, 400)
        if self.lie in _INSTEAD:
            return _INSTEAD[self.lie]()
        token = {} if self.lie == "no_token" else {"id_token": self._id_token(given)}
        return JSONResponse({"access_token": "at", "token_type": "Bearer", **token})

    def _fits(self, request: Request, form: Mapping[str, str], given: _Given) -> bool:
        """Whether the app proves that it is the one, and the browser's sign-in the same (RFC 7636)."""
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        same_app = request.headers.get("authorization") == f"Basic {basic}"
        return same_app and form.get("redirect_uri") == given.back and secrets.compare_digest(challenge, given.challenge)

    def _id_token(self, given: _Given) -> str:
        at, hour = self.clock(), timedelta(hours=1)
        claims: dict[str, Any] = {
            "iss": self.issuer, "sub": given.email, "aud": self.client_id, "iat": at, "exp": at + timedelta(minutes=5), "nonce": given.nonce,
            "email": given.email, "email_verified": True,
        }  # fmt: skip
        changed: dict[str, dict[str, Any]] = {
            "other_issuer": {"iss": "https://evil.example"}, "other_audience": {"aud": "another-app"},
            "also_others_audience": {"aud": [self.client_id, "another-app"], "azp": "another-app"},
            "expired": {"exp": at - hour, "iat": at - 2 * hour},
            "from_the_future": {"iat": at + hour, "nbf": at + hour, "exp": at + 2 * hour}, "other_nonce": {"nonce": "of another sign-in"},
            "no_nonce": {"nonce": None}, "unverified": {"email_verified": False}, "unverified_as_text": {"email_verified": "false"},
            "no_address": {"email": None}, "two_addresses": {"email": f"{given.email}, someone@evil.example"},
            "other_access_token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        }  # fmt: skip
        said = {name: value for name, value in {**claims, **changed.get(self.lie or "", {})}.items() if value is not None}
        return self._signed(said)

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.lie == "unsigned":
            return jwt.encode(claims, "", algorithm="none", headers={"kid": "1"})
        if self.lie == "public_key_as_secret":
            return _hmac(claims, RSAAlgorithm.to_jwk(self._key.public_key()))
        key = generate_private_key(65537, 2048) if self.lie == "other_key" else self._key
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "1"})


def _hmac(claims: dict[str, Any], secret: str) -> str:
    """By hand: honest libraries refuse to sign with a public key."""
    said = {name: int(value.timestamp()) if isinstance(value, datetime) else value for name, value in claims.items()}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "HS256", "kid": "1"}, said)]
    made = base64.urlsafe_b64encode(hmac.new(secret.encode(), b".".join(parts), hashlib.sha256).digest()).rstrip(b"=")
    return b".".join([*parts, made]).decode()
