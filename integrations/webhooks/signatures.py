"""Signatures of webhook senders: how each signs, and whether a request carries a valid one.

Verification works on the raw bytes, accepts any secret of a rotation list, allows the sender's clock to be off by
`TOLERANCE` in either direction, and compares in constant time. Without a secret nothing is valid.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.webhooks.times import MILLISECOND, SECOND, from_epoch, parse_time

TOLERANCE = timedelta(seconds=300)

SALESFORCE_SECRET = "x-nextplay-secret"  # noqa: S105  the header's name

# HubSpot signs its address with these escapes undone, whatever the request line says.
_HUBSPOT_UNESCAPED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as its sender signed it: the public URL, header names in lower case, the body's raw bytes."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


Verify = Callable[[Signed, Sequence[str], datetime], bool]
"""(request, secrets, now) -> whether one of the secrets signed exactly this request, and recently."""


def sign_hubspot_v1(secret: str, body: bytes) -> str:
    """Hex SHA-256 of secret and body."""
    return hashlib.sha256(secret.encode() + body).hexdigest()


def sign_hubspot_v2(secret: str, method: str, url: str, body: bytes) -> str:
    """Hex SHA-256 of secret, method, URL and body."""
    return hashlib.sha256(f"{secret}{method}{url}".encode() + body).hexdigest()


def sign_hubspot_v3(secret: str, method: str, url: str, body: bytes, timestamp: str) -> str:
    """Base64 HMAC-SHA-256 of method, URL, body and the timestamp in milliseconds."""
    return _hmac(secret.encode(), f"{method}{_unescaped(url)}".encode() + body + timestamp.encode())


def sign_zendesk(secret: str, timestamp: str, body: bytes) -> str:
    """Base64 HMAC-SHA-256 of the timestamp (ISO 8601) and the body, which may be empty."""
    return _hmac(secret.encode(), timestamp.encode() + body)


def sign_standard(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """Standard Webhooks: `v1,` and the base64 HMAC-SHA-256 of id, timestamp (seconds) and body, joined by dots.

    Raises ValueError when the secret is not base64.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    return "v1," + _hmac(key, f"{message_id}.{timestamp}.".encode() + body)


def verify_hubspot(request: Signed, secrets: Sequence[str], now: datetime) -> bool:
    """Check version 3, the only one of HubSpot's that carries a time."""
    timestamp = request.headers.get("x-hubspot-request-timestamp", "")
    given = request.headers.get("x-hubspot-signature-v3", "")
    expected = [sign_hubspot_v3(s, request.method, request.url, request.body, timestamp) for s in secrets if s]
    return _recent(lambda: from_epoch(timestamp, MILLISECOND), now) and _any_equal([given], expected)


def verify_hubspot_legacy(request: Signed, secrets: Sequence[str], now: datetime) -> bool:
    """Check version 3, or where the request carries none, versions 1 and 2, which anybody who saw them can replay."""
    if "x-hubspot-signature-v3" in request.headers:
        return verify_hubspot(request, secrets, now)
    given = request.headers.get("x-hubspot-signature", "")
    expected = [sign_hubspot_v1(s, request.body) for s in secrets if s]
    expected += [sign_hubspot_v2(s, request.method, request.url, request.body) for s in secrets if s]
    return _any_equal([given], expected)


def verify_zendesk(request: Signed, secrets: Sequence[str], now: datetime) -> bool:
    """Check Zendesk's signature of time and body."""
    timestamp = request.headers.get("x-zendesk-webhook-signature-timestamp", "")
    given = request.headers.get("x-zendesk-webhook-signature", "")
    expected = [sign_zendesk(s, timestamp, request.body) for s in secrets if s]
    return _recent(lambda: parse_time(timestamp), now) and _any_equal([given], expected)


def verify_standard(request: Signed, secrets: Sequence[str], now: datetime) -> bool:
    """Check Standard Webhooks' signature of id, time and body; the header may list several, from a rotation."""
    message_id = request.headers.get("webhook-id", "")
    timestamp = request.headers.get("webhook-timestamp", "")
    given = request.headers.get("webhook-signature", "").split(" ")
    expected = [sign_standard(s, message_id, timestamp, request.body) for s in secrets if s]
    return bool(message_id) and _recent(lambda: from_epoch(timestamp, SECOND), now) and _any_equal(given, expected)


def verify_salesforce(request: Signed, secrets: Sequence[str], now: datetime) -> bool:  # noqa: ARG001  a flow says no time
    """Check the secret that a flow of Salesforce's sends in a header. It says who calls, and nothing of the body or of when it was sent."""
    return _any_equal([request.headers.get(SALESFORCE_SECRET, "")], [s for s in secrets if s])


def _hmac(key: bytes, message: bytes) -> str:
    return base64.b64encode(hmac.digest(key, message, "sha256")).decode()


def _unescaped(url: str) -> str:
    for escape, character in _HUBSPOT_UNESCAPED.items():
        url = url.replace(escape, character)
    return url


def _recent(read: Callable[[], datetime], now: datetime) -> bool:
    try:
        return abs(now - read()) <= TOLERANCE
    except ValueError:
        return False


def _any_equal(given: Iterable[str], expected: Sequence[str]) -> bool:
    """Compare all with all: a sum, unlike `any`, does not tell by its time which one matched."""
    return sum(hmac.compare_digest(g.encode(), e.encode()) for g in given if g for e in expected) > 0
