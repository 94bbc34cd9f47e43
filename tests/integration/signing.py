"""Signs requests as the vendors do."""

from datetime import datetime

from integrations.webhooks.signatures import SALESFORCE_SECRET, sign_hubspot_v3, sign_standard, sign_zendesk
from tests.integration.fakes import NOW
from tests.integration.world import GENERIC_KEY, HUBSPOT_KEY, SALESFORCE_KEY, ZENDESK_KEY

JSON = {"Content-Type": "application/json"}


def hubspot(body: bytes, *, at: datetime = NOW, url: str = "http://nextplay.test/webhooks/hubspot", key: str = HUBSPOT_KEY) -> dict[str, str]:
    timestamp = str(int(at.timestamp() * 1000))
    signature = sign_hubspot_v3(key, "POST", url, body, timestamp)
    return {**JSON, "X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": timestamp}


def zendesk(body: bytes, *, at: datetime = NOW, key: str = ZENDESK_KEY) -> dict[str, str]:
    timestamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = sign_zendesk(key, timestamp, body)
    return {**JSON, "X-Zendesk-Webhook-Signature": signature, "X-Zendesk-Webhook-Signature-Timestamp": timestamp}


def generic(body: bytes, *, at: datetime = NOW, key: str = GENERIC_KEY, message: str = "msg_1") -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = sign_standard(key, message, timestamp, body)
    return {**JSON, "webhook-id": message, "webhook-timestamp": timestamp, "webhook-signature": signature}


def salesforce(body: bytes, *, at: datetime = NOW, key: str = SALESFORCE_KEY) -> dict[str, str]:
    """A flow signs neither body nor time: it says its secret."""
    return {**JSON, SALESFORCE_SECRET: key}


SIGN = {"hubspot": hubspot, "zendesk": zendesk, "salesforce": salesforce, "generic": generic}
