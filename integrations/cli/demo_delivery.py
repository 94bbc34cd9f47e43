"""Delivers the demo's events as their vendors would: signed, over HTTP, to the real doors."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import httpx2
from pydantic import SecretStr

from integrations.app import create_app
from integrations.bootstrap import Workspace
from integrations.cli.demo_story import Scene
from integrations.sandbox import records
from integrations.serving import doors_of
from integrations.webhooks.signatures import sign_hubspot_v3, sign_standard, sign_zendesk

HOST = "http://nextplay.local"
_SECRETS = {
    "hubspot": "demo-hubspot-signing-key",
    "zendesk": "demo-zendesk-signing-key",
    "salesforce": "demo-salesforce-callout-key",
    "generic": "whsec_" + "ZGVtby1zaWduaW5nLWtleS1vZi0zMi1ieXRlcy4uLg==",
}
_ORG, _SOMEBODY = "00DHs0000000001AAA", "005Hs0000000901AAA"
_ZENDESK_TYPES = {"ticket.created": "zen:event-type:ticket.created", "ticket.group_changed": "zen:event-type:ticket.group_assignment_changed"}


async def deliver(workspace: Workspace, scenes: Iterable[Scene], at: datetime) -> None:
    """Send the events, and insist that each is accepted."""
    settings = workspace.settings.model_copy(
        update={f"{vendor}_webhook_secrets": (SecretStr(secret),) for vendor, secret in _SECRETS.items()} | {"public_url": HOST}
    )
    app = create_app(doors_of(workspace, settings, with_engine=False))
    links = await _external_ids(workspace)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=HOST) as client:
        for scene in scenes:
            await _send(client, scene, links, at)


def scene_behind(event_id: str, scenes: Iterable[Scene]) -> Scene | None:
    """The scene that an event of the inbox came from."""
    return next((scene for scene in scenes if event_id == scene.id or _names(event_id, scene)), None)


def _names(event_id: str, scene: Scene) -> bool:
    """Whether the vendor's own id of an event names the scene: HubSpot's by the number of the event, Salesforce's by the record."""
    if scene.door == "hubspot":
        return str(_number(scene)) in event_id
    return scene.door == "salesforce" and scene.subject.rpartition("-")[2] in event_id.split(":")


async def _external_ids(workspace: Workspace) -> dict[tuple[str, str, str], str]:
    """Our ids to the vendors', from the identity links."""
    rows = await workspace.database.glance(lambda connection: records.all_of(connection, "links"))
    return {(r.data["source"], r.data["kind"], r.data["id"]): r.data["external_id"] for r in rows}


async def _send(client: httpx2.AsyncClient, scene: Scene, links: dict[tuple[str, str, str], str], at: datetime) -> None:
    external = links.get((scene.door, scene.kind, scene.subject), scene.subject)
    build = {"hubspot": _hubspot, "salesforce": _salesforce, "zendesk": _zendesk, "generic": _generic}[scene.door]
    body, headers = build(scene, external, at)
    response = await client.post(f"/webhooks/{scene.door}", content=body, headers={"content-type": "application/json", **headers})
    response.raise_for_status()


def _number(scene: Scene) -> int:
    """HubSpot numbers its events."""
    return int(hashlib.sha256(scene.id.encode()).hexdigest()[:8], 16)


def _hubspot(scene: Scene, external: str, at: datetime) -> tuple[bytes, dict[str, str]]:
    change = {
        "eventId": _number(scene), "subscriptionId": 4210, "portalId": 62515, "appId": 54321, "attemptNumber": 0,
        "occurredAt": int(at.timestamp() * 1000),
        "subscriptionType": "deal.propertyChange", "objectId": int(external), "propertyName": "dealstage", "propertyValue": "contractsent",
        "changeSource": "CRM_UI", "sourceId": "userId:901",
    }  # fmt: skip
    body = json.dumps([change]).encode()
    stamp = str(int(datetime.now(UTC).timestamp() * 1000))
    signature = sign_hubspot_v3(_SECRETS["hubspot"], "POST", f"{HOST}/webhooks/hubspot", body, stamp)
    return body, {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": stamp}


def _salesforce(_scene: Scene, external: str, at: datetime) -> tuple[bytes, dict[str, str]]:
    """A flow's callout for a deal that moved on."""
    change = {
        "org": _ORG, "object": "Opportunity", "id": external, "what": "StageName", "value": "Contract Sent", "previous": "",
        "modstamp": at.isoformat(), "account": "", "user": _SOMEBODY, "key": "",
    }  # fmt: skip
    return json.dumps(change).encode(), {"x-nextplay-secret": _SECRETS["salesforce"]}


def _zendesk(scene: Scene, external: str, at: datetime) -> tuple[bytes, dict[str, str]]:
    event: dict[str, Any] = {"current": scene.data["group"], "previous": None} if "group" in scene.data else {}
    payload = {
        "account_id": 22129848, "id": scene.id, "type": _ZENDESK_TYPES[scene.type], "subject": f"zen:ticket:{external}", "time": at.isoformat(),
        "zendesk_event_version": "2022-11-06", "detail": {"id": external, "updated_at": at.isoformat()}, "event": event,
    }  # fmt: skip
    body = json.dumps(payload).encode()
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return body, {"x-zendesk-webhook-signature": sign_zendesk(_SECRETS["zendesk"], stamp, body), "x-zendesk-webhook-signature-timestamp": stamp}


def _generic(scene: Scene, external: str, at: datetime) -> tuple[bytes, dict[str, str]]:
    event = {
        "source": "billing", "id": scene.id, "type": scene.type, "occurred_at": at.isoformat(), "actor": scene.actor, "version": scene.version,
        "subject": {"kind": scene.kind, "id": external}, "data": scene.data,
    }  # fmt: skip
    body = json.dumps({key: value for key, value in event.items() if value is not None}).encode()
    stamp = str(int(datetime.now(UTC).timestamp()))
    signature = sign_standard(_SECRETS["generic"], scene.id, stamp, body)
    return body, {"webhook-id": scene.id, "webhook-timestamp": stamp, "webhook-signature": signature}
