"""The OpenID Connect provider that people sign in with: where it answers, and whom it says is there. Of what it says nothing is shown to anybody."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import structlog
from pydantic import BaseModel, Field, ValidationError, field_validator

from agent.errors import InvalidInput, Unauthorised, Unavailable
from integrations.http import EgressRefusedError, GuardedTransport, TooLargeError, guarded_options, http_client
from integrations.sessions import check_email, new_secret
from integrations.settings import LOCAL_HOSTS, Settings

log = structlog.get_logger("nextplay.console")

LASTS = timedelta(minutes=10)
"""How long somebody may take to sign in at the provider."""
KNOWN_FOR = timedelta(hours=1)
"""How long what the provider says of itself is believed. Its keys are asked for at every sign-in."""
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key that only the provider has. No others: `none` is none, and an HMAC could be made with a public key."""
LEEWAY_S = 60
"""By how many seconds its clock and ours may differ."""
MOST_BYTES = 500_000

_COOKIE = re.compile(r"([A-Za-z0-9_-]{43})\.(\d{10})\.([A-Za-z0-9_-]{0,2000})")


@dataclass(frozen=True, slots=True)
class Errand:
    """One sign-in that was begun in one browser, which keeps it as a cookie. Everything else is made from its secret, so nothing is stored here."""

    secret: str = field(repr=False)
    at: int
    to: str

    @classmethod
    def begun(cls, now: datetime, to: str, random: Callable[[int], bytes]) -> "Errand":
        """A new one, which ends at the page `to`."""
        return cls(new_secret(random), int(now.timestamp()), to)

    @classmethod
    def read(cls, cookie: str, now: datetime) -> "Errand | None":
        """The one in a cookie; None where there is none, or its time is over."""
        found = _COOKIE.fullmatch(cookie)
        if found is None or not 0 <= now.timestamp() - int(found[2]) < LASTS.total_seconds():
            return None
        try:
            return cls(found[1], int(found[2]), base64.urlsafe_b64decode(found[3] + "==").decode())
        except ValueError:
            return None

    @property
    def cookie(self) -> str:
        """As the browser keeps it."""
        return f"{self.secret}.{self.at}.{base64.urlsafe_b64encode(self.to.encode()).rstrip(b'=').decode()}"

    def part(self, name: str) -> str:
        """Its state, nonce or verifier: 256 bits of its own for each name, from which neither the secret nor another part can be told."""
        made = hmac.new(self.secret.encode(), f"{name} {self.at} {self.to}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


class Described(BaseModel):
    """What a provider says of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: list[str] = Field(default_factory=lambda: ["client_secret_basic"])
    authorization_response_iss_parameter_supported: bool = False

    @field_validator("authorization_endpoint", "token_endpoint", "jwks_uri")
    @classmethod
    def _safe(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
        if not (parts.scheme == "https" or local) or not parts.hostname or parts.username:
            raise ValueError("is no safe address")
        return value

    @property
    def method(self) -> str:
        """How our secret is sent."""
        basic = "client_secret_basic" in self.token_endpoint_auth_methods_supported
        return "client_secret_basic" if basic else "client_secret_post"


class _Token(BaseModel):
    """What its token endpoint answers, as far as we read it."""

    id_token: str
    access_token: str


class _Keys(BaseModel):
    """Its public keys."""

    keys: list[dict[str, Any]]


@dataclass
class Provider:
    """One provider, with our app there. `home` is our own public address; `transport` replaces the network in tests."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    home: str
    transport: Callable[[], httpx2.AsyncBaseTransport] = lambda: httpx2.AsyncHTTPTransport(retries=0)
    _known: tuple[datetime, Described] | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Provider | None":
        """The one in the settings; None where there is none, or nobody could come back from it for want of a public address."""
        secret = settings.oidc_client_secret
        if settings.oidc_issuer is None or settings.oidc_client_id is None or secret is None or settings.public_url is None:
            return None
        return cls(settings.oidc_issuer, settings.oidc_client_id, secret.get_secret_value(), settings.public_url)

    @property
    def name(self) -> str:
        """What its button says."""
        host = urlsplit(self.issuer).hostname or self.issuer
        return {"slack.com": "Slack", "accounts.google.com": "Google"}.get(host, host)

    @property
    def back(self) -> str:
        """Where it sends people back to: exactly this, as its app is set up."""
        return f"{self.home}/console/oidc/back"

    async def described(self, now: datetime) -> Described:
        """What it says of itself. Raises Unavailable where it does not answer, or says what cannot be."""
        if self._known is None or now - self._known[0] >= KNOWN_FOR:
            self._known = now, await self._discovered()
        return self._known[1]

    async def way(self, errand: Errand, now: datetime) -> str:
        """The address at which somebody signs in there. Raises Unavailable."""
        described = await self.described(now)
        async with self._client(described) as client:
            url, _ = client.create_authorization_url(
                described.authorization_endpoint, state=errand.part("state"), nonce=errand.part("nonce"), code_verifier=errand.part("verifier")
            )
        return str(url)

    async def who(self, errand: Errand, code: str, now: datetime) -> str:
        """The address of who signed in there. Raises Unavailable where it does not answer, Unauthorised where it does not vouch for somebody."""
        from authlib.common.errors import AuthlibBaseError
        from joserfc.errors import JoseError

        described = await self.described(now)
        try:
            async with self._client(described) as client:
                verifier = errand.part("verifier")
                token = await client.fetch_token(
                    described.token_endpoint, grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=self.back
                )
                keys = await client.request("GET", described.jwks_uri, withhold_token=True)
            return _vouched(self._claims(_Token(**token), _Keys.model_validate_json(keys.raise_for_status().content), errand.part("nonce"), now))
        except (httpx2.HTTPError, EgressRefusedError, TooLargeError) as error:
            raise self._silent(error) from None
        except (AuthlibBaseError, JoseError, ValueError) as error:
            log.warning("sign-in is not vouched for", provider=self.issuer, error=type(error).__name__)
            raise _not_vouched() from None

    def came_back(self, described: Described, issuer: str | None) -> bool:
        """Whether it was this provider that sent somebody back, as far as it says so (RFC 9207)."""
        return issuer == self.issuer if issuer is not None else not described.authorization_response_iss_parameter_supported

    def _claims(self, token: "_Token", keys: "_Keys", nonce: str, now: datetime) -> dict[str, Any]:
        """What the ID token says, once its signature, issuer, audience, time and nonce are found right."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.jwk import KeySet

        signed = jwt.decode(token.id_token, KeySet.import_key_set({"keys": keys.keys}), algorithms=SIGNED_BY)
        wanted = {"iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": self.client_id}}
        asked = {"nonce": nonce, "client_id": self.client_id, "access_token": token.access_token}
        claims = CodeIDToken(signed.claims, signed.header, wanted, asked)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
        return dict(claims)

    async def _discovered(self) -> Described:
        try:
            async with http_client(hosts=_hosts(self.issuer), max_bytes=MOST_BYTES, transport=self.transport()) as client:
                answer = await client.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            described = Described.model_validate_json(answer.raise_for_status().content)
        except (httpx2.HTTPError, EgressRefusedError, TooLargeError, ValidationError) as error:
            raise self._silent(error) from None
        if described.issuer != self.issuer:
            log.warning("the provider says it is another", provider=self.issuer)
            raise self._silent(None)
        return described

    def _client(self, described: Described) -> Any:
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        guarded = GuardedTransport(self.transport(), frozenset(_hosts(described.token_endpoint, described.jwks_uri)), MOST_BYTES)
        return AsyncOAuth2Client(
            client_id=self.client_id, client_secret=self.client_secret, token_endpoint_auth_method=described.method, scope="openid profile email",
            redirect_uri=self.back, code_challenge_method="S256", **guarded_options(guarded),
        )  # fmt: skip

    def _silent(self, error: Exception | None) -> Unavailable:
        if error is not None:
            log.warning("the provider does not answer as it should", provider=self.issuer, error=type(error).__name__)
        return Unavailable(f"{self.name} does not answer as it should, so nobody can sign in with it now.", "Try again, or ask an admin for a link.")


def _vouched(claims: dict[str, Any]) -> str:
    """The address, if the provider has made sure that it is theirs."""
    if claims.get("email_verified") is not True:
        raise Unauthorised(
            "The provider has not made sure that the e-mail address is yours, so it lets nobody in.", "Confirm your address there, or ask an admin."
        )
    try:
        return check_email(str(claims.get("email", "")))
    except InvalidInput:
        raise _not_vouched() from None


def _not_vouched() -> Unauthorised:
    return Unauthorised("The provider's answer does not prove who you are, so nobody was signed in.", "Try again; if it stays so, ask an admin.")


def _hosts(*addresses: str) -> set[str]:
    return {urlsplit(address).hostname or "" for address in addresses}
