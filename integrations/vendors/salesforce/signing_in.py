"""Signing in to an External Client App: where, as whom, and that the session is the org's that was named."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

import httpx2
import jwt
from pydantic import SecretStr

from integrations.http import Sleep
from integrations.vendors.credentials import Form, Grant, Granted, said_now
from integrations.vendors.errors import Denied
from integrations.vendors.salesforce.endpoints import TOKEN, VENDOR

_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_GOOD_FOR = timedelta(minutes=2)
"""Salesforce takes no assertion that is good for more than three minutes; the clocks may differ by one."""
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_TESTING = (".sandbox.my.salesforce.com", ".scratch.my.salesforce.com")


def address_of(text: str) -> str:
    """The address of an org, without a path. Raises ValueError unless it is one of Salesforce's by https, or on this machine."""
    parts = urlsplit(text.strip())
    host = (parts.hostname or "").rstrip(".")
    ours = host in _HERE and parts.scheme in ("http", "https")
    if not ours and not (parts.scheme == "https" and host.endswith(".salesforce.com")):
        raise ValueError("must be the My Domain address of your org, such as https://acme.my.salesforce.com")
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in ("", "/"):
        raise ValueError("must be an address without a path, a name or a password in it")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def audience_of(address: str) -> Literal["https://test.salesforce.com", "https://login.salesforce.com"]:
    """Whom an assertion for this org is for."""
    host = urlsplit(address).hostname or ""
    return "https://test.salesforce.com" if host.endswith(_TESTING) else "https://login.salesforce.com"


def client_credentials(client_id: str, secret: SecretStr | Callable[[], SecretStr]) -> Form:
    """As the user that the app runs as."""
    return lambda: {"grant_type": "client_credentials", "client_id": client_id, "client_secret": said_now(secret)}


def assertion(client_id: str, username: str, key: SecretStr, *, audience: str, now: Callable[[], datetime]) -> Form:
    """As a user for whom the app was approved: signed anew each time with the private key (PEM) of the app's certificate.

    Raises ValueError at once for what is no such key.
    """
    pem = key.get_secret_value()
    try:
        jwt.encode({}, pem, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise ValueError("must be an unencrypted RSA private key in PEM, whose certificate the External Client App holds") from None

    def form() -> dict[str, str]:
        claims = {"iss": client_id, "sub": username, "aud": audience, "exp": int((now() + _GOOD_FOR).timestamp())}
        return {"grant_type": _BEARER, "assertion": jwt.encode(claims, pem, algorithm="RS256")}

    return form


class Session(Granted):
    """Sessions of the org at an address, where it is asked: one of another org is no use there, and is never sent anywhere else."""

    def __init__(
        self, client: httpx2.AsyncClient, address: str, form: Form, *, clock: Callable[[], float], sleep: Sleep = asyncio.sleep
    ) -> None:  # fmt: skip
        super().__init__(VENDOR, client, f"{address}{TOKEN.path}", form, clock=clock, sleep=sleep)
        self._address = address

    async def grant(self) -> Grant:
        """A session. Raises Denied where it belongs to another org than the one that was named."""
        grant = await super().grant()
        if grant.instance_url is None:
            return grant
        try:
            at = address_of(grant.instance_url)
        except ValueError:
            raise Denied(VENDOR, "its session belongs to an address that is not Salesforce's; nothing was sent there") from None
        if at != self._address:
            raise Denied(VENDOR, f"its session belongs to {at}, not to {self._address}. Set the address of the org to that")
        return grant
