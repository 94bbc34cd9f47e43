"""A portal's webhooks: what changed, signed as HubSpot signs it, up to 100 at once, in no order and more than once if told so."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, Literal

import httpx2

from integrations.sandbox.doubles.hubspot import schema
from integrations.sandbox.doubles.hubspot.portal import Portal, Thing

MOST = 100
Signature = Literal["v1", "v2", "v3"]
_TYPE_IDS = {
    "contacts": "0-1",
    "companies": "0-2",
    "deals": "0-3",
    "tickets": "0-5",
    "tasks": "0-27",
    "notes": "0-46",
    "emails": "0-49",
    "meetings": "0-47",
}
_CHANGES: dict[str, dict[str, Any]] = {"creation": {"changeFlag": "NEW"}, "deletion": {"changeFlag": "DELETED"}}


@dataclass
class Webhooks:
    """What a portal's app tells one address. `generic`: in the form `object.propertyChange` with the type's id, instead of `deal.propertyChange`."""

    portal: Portal
    url: str
    secret: str
    client: httpx2.AsyncClient
    generic: bool = False
    source: str = "CRM_UI"
    actor: str = "userId:500"
    waiting: list[dict[str, Any]] = field(default_factory=list)
    _numbers: Callable[[], int] = field(default_factory=lambda: count(802_835_955).__next__)

    def __post_init__(self) -> None:
        self.portal.told.append(self._hear)

    async def deliver(self, signature: Signature = "v3", *, twice: float = 0.0, shuffled: Random | None = None) -> list[int]:
        """Everything that waits; the statuses of the answers. `twice`: the share that is sent again. What is not taken goes on waiting."""
        events, self.waiting = self.waiting, []
        dice = shuffled or Random(0)  # noqa: S311  chance, not secrets
        again = [event for event in events if dice.random() < twice]
        if shuffled is not None:
            shuffled.shuffle(events)
        events += again
        statuses = []
        for start in range(0, len(events), MOST):
            batch = events[start : start + MOST]
            body = json.dumps(batch).encode()
            answer = await self.client.post(self.url, content=body, headers={"Content-Type": "application/json", **self._signed(body, signature)})
            statuses.append(answer.status_code)
            if answer.is_error:
                self.waiting += [{**event, "attemptNumber": event["attemptNumber"] + 1} for event in batch]
        return statuses

    def _hear(self, thing: Thing, what: str, properties: dict[str, str | None]) -> None:
        if what != "propertyChange":
            self.waiting.append({**self._event(thing, what), **_CHANGES.get(what, {})})
        for name, value in properties.items():
            self.waiting.append({**self._event(thing, what), "propertyName": name, "propertyValue": value or ""})

    def _event(self, thing: Thing, what: str) -> dict[str, Any]:
        subscribed = {"subscriptionType": f"object.{what}", "objectTypeId": _TYPE_IDS[thing.type]}
        named = {"subscriptionType": f"{schema.TYPES[thing.type]}.{what}"}
        return {
            "eventId": self._numbers(), "subscriptionId": 92_894, "portalId": self.portal.id, "appId": 186_886,
            "occurredAt": int(thing.updated.timestamp() * 1000), **(subscribed if self.generic else named), "attemptNumber": 0,
            "objectId": int(thing.id), "changeSource": self.source, "sourceId": self.actor,
        }  # fmt: skip

    def _signed(self, body: bytes, signature: Signature) -> dict[str, str]:
        secret = self.secret.encode()
        match signature:
            case "v1":
                return {"X-HubSpot-Signature": hashlib.sha256(secret + body).hexdigest(), "X-HubSpot-Signature-Version": "v1"}
            case "v2":
                whole = secret + b"POST" + self.url.encode() + body
                return {"X-HubSpot-Signature": hashlib.sha256(whole).hexdigest(), "X-HubSpot-Signature-Version": "v2"}
        at = str(int(self.portal.now().timestamp() * 1000))
        digest = hmac.digest(secret, b"POST" + self.url.encode() + body + at.encode(), "sha256")
        return {"X-HubSpot-Signature-v3": base64.b64encode(digest).decode(), "X-HubSpot-Request-Timestamp": at}
