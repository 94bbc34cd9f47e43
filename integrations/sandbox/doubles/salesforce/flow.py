"""A record-triggered flow: it tells another system of each change, once, and nobody tries again where that fails."""

from typing import Any

import httpx2

from integrations.sandbox.doubles.salesforce.org import Org


async def call_out(org: Org, client: httpx2.AsyncClient, url: str, secret: str, *, user: str = "") -> list[int]:
    """Tell `url` of everything that people changed since the last time; the status of each answer, 0 where none came."""
    changed, org.changed = org.changed, []
    return [await _told(client, url, secret, body) for body in (_body(org, user, *one) for one in changed)]


async def _told(client: httpx2.AsyncClient, url: str, secret: str, body: dict[str, Any]) -> int:
    try:
        return (await client.post(url, json=body, headers={"X-Nextplay-Secret": secret})).status_code
    except httpx2.TransportError:
        return 0


def _body(org: Org, user: str, name: str, record_id: str, what: str) -> dict[str, Any]:
    row = org.tables[name][record_id]
    return {
        "org": org.id, "object": name, "id": record_id, "what": what, "value": "" if what == "created" else row.get(what), "previous": "",
        "modstamp": row["SystemModstamp"], "account": row.get("AccountId") or "", "user": user, "key": row.get("Nextplay_Key__c") or "",
    }  # fmt: skip
