"""Signature vectors that vendors publish with their libraries, judged by the code that judges requests at the doors.

Each vector is one case that must be accepted, and as many that must be refused: its body changed by one letter, another secret, and
(where it says when it was signed) ten minutes later. An entry marked `"valid": false` must be refused as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from pathlib import Path

from slack_sdk.signature import Clock, SignatureVerifier

from agent.errors import InvalidInput
from evals.benchmarks.figures import Entry, Report, Source, read, share, told
from integrations.webhooks import signatures
from integrations.webhooks.times import EPOCH, MILLISECOND, SECOND, from_epoch, parse_time

FILE = "signature_vectors.json"
LATE = timedelta(minutes=10)
_OTHER_SECRET = "whsec_" + "b" * 32


@dataclass(frozen=True, slots=True)
class Vector:
    """A request as a vendor signed it. `scheme` is the vendor's name, for HubSpot with the version."""

    scheme: str
    secret: str
    body: str
    signature: str
    method: str
    uri: str
    message_id: str
    timestamp: str
    valid: bool

    def accepted(self, *, after: timedelta = timedelta()) -> bool:
        """Whether the door takes it, so long after it was signed."""
        if self.scheme == "slack":
            verifier = SignatureVerifier(self.secret, _Then(float(self.timestamp or 0) + after.total_seconds()))
            return verifier.is_valid(self.body.encode(), self.timestamp, self.signature)
        signed_at = self.signed_at
        if signed_at is None and self.timestamp:  # the door refuses a time that it cannot read; what is left to judge is the signature
            return self.scheme == "zendesk" and compare_digest(
                signatures.sign_zendesk(self.secret, self.timestamp, self.body.encode()), self.signature
            )
        verify = _VERIFY[self.scheme]
        return verify(signatures.Signed(self.method, self.uri, self._headers(), self.body.encode()), [self.secret], (signed_at or EPOCH) + after)

    @property
    def signed_at(self) -> datetime | None:
        """When it was signed, where it says so in the vendor's way."""
        try:
            if self.scheme == "zendesk":
                return parse_time(self.timestamp)
            return from_epoch(self.timestamp, MILLISECOND if self.scheme == "hubspot v3" else SECOND)
        except ValueError:
            return None

    def _headers(self) -> dict[str, str]:
        at, given = self.timestamp, self.signature
        return {
            "hubspot v1": {"x-hubspot-signature": given},
            "hubspot v2": {"x-hubspot-signature": given},
            "hubspot v3": {"x-hubspot-request-timestamp": at, "x-hubspot-signature-v3": given},
            "zendesk": {"x-zendesk-webhook-signature-timestamp": at, "x-zendesk-webhook-signature": given},
            "standard-webhooks": {"webhook-id": self.message_id, "webhook-timestamp": at, "webhook-signature": given},
        }[self.scheme]


class _Then(Clock):
    """Slack's own verifier asks this for the time."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def now(self) -> float:
        return self._seconds


_VERIFY: dict[str, signatures.Verify] = {
    "hubspot v1": signatures.verify_hubspot_legacy,
    "hubspot v2": signatures.verify_hubspot_legacy,
    "hubspot v3": signatures.verify_hubspot,
    "zendesk": signatures.verify_zendesk,
    "standard-webhooks": signatures.verify_standard,
}


def measure(data: Path) -> Report:
    """Judge every case. Raises Skipped, InvalidInput."""
    entries, sha256 = read(data, FILE)
    cases = [case for entry in entries for case in _cases(_vector(entry))]
    right = sum(vector.accepted(after=after) is wanted for vector, after, wanted in cases)
    accepting = sum(wanted for _, _, wanted in cases) / max(len(cases), 1)
    return Report(
        "signatures",
        [Source(FILE, sha256, len(entries))],
        {"correct": share(right, len(cases), baseline=accepting)},
        about=f"{len(entries)} vectors, {len(cases)} cases: as signed, changed, with another secret, late. Baseline: to accept everything.",
    )


def _cases(vector: Vector) -> Iterator[tuple[Vector, timedelta, bool]]:
    yield vector, timedelta(), vector.valid
    if not vector.valid:
        return
    yield replace(vector, body=f"{vector.body} "), timedelta(), False
    yield replace(vector, secret=_OTHER_SECRET), timedelta(), False
    if vector.scheme == "slack" or vector.signed_at is not None:
        yield vector, LATE, False


def _vector(entry: Entry) -> Vector:
    vendor, version = told(entry, "vendor", FILE), str(entry.get("scheme", "")).partition(" ")[0]
    scheme = f"hubspot {version}" if vendor == "hubspot" else vendor
    if scheme != "slack" and scheme not in _VERIFY:
        raise InvalidInput(
            f"{FILE} has a vector of '{scheme}', which no door knows.", "Leave it out, or teach integrations/webhooks/signatures.py the scheme."
        )
    text = {name: str(entry.get(name) or "") for name in ("method", "uri", "timestamp")}
    return Vector(
        scheme, told(entry, "secret", FILE), told(entry, "body", FILE), told(entry, "signature", FILE), text["method"], text["uri"],
        str(entry.get("id") or ""), text["timestamp"], bool(entry.get("valid", entry.get("verified_here", True))),
    )  # fmt: skip
