"""HubSpot's double speaks HubSpot's protocol, as somebody sees it who knows nothing of our client."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx2
import pytest

from integrations.http import http_client
from integrations.sandbox.doubles.double import Double
from integrations.sandbox.doubles.hubspot.filling import fill
from integrations.sandbox.doubles.hubspot.portal import Bulk, Owner, Portal
from integrations.sandbox.doubles.hubspot.server import hubspot
from integrations.sandbox.doubles.hubspot.webhooks import Webhooks
from integrations.sandbox.seed import seed_items
from integrations.webhooks.signatures import Signed, verify_hubspot, verify_hubspot_legacy

OBJECTS = "/crm/objects/2026-03"
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
TOKEN = "pat-eu1-double"


@dataclass
class Now:
    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Asked:
    """A portal that is served, and a client of it."""

    portal: Portal
    double: Double
    client: httpx2.AsyncClient
    address: str
    now: Now = field(default_factory=Now)

    async def get(self, path: str, **query: Any) -> httpx2.Response:
        return await self.client.get(self.address + path, params=query)

    async def post(self, path: str, content: Any) -> httpx2.Response:
        return await self.client.post(self.address + path, json=content)

    async def found(self, type_: str, *filters: tuple[str, str, Any], **more: Any) -> Any:
        groups = [{"filters": [{"propertyName": name, "operator": how, "value": str(value)} for name, how, value in filters]}]
        return (await self.post(f"{OBJECTS}/{type_}/search", {"filterGroups": groups, **more})).json()


@pytest.fixture
async def hub() -> AsyncIterator[Asked]:
    now = Now()
    portal = Portal(now=now)
    double = hubspot(portal, requests=1000, searches=1000)
    async with double.serving() as address, http_client(hosts=["127.0.0.1"], headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield Asked(portal, double, client, address, now)


async def test_our_own_world_is_there_in_its_words(hub: Asked) -> None:
    ids = fill(hub.portal, seed_items(), START)
    deal = (
        await hub.get(
            f"{OBJECTS}/deals/{ids['deal_001']}", properties="dealstage,amount,deal_currency_code,nosuch", associations="companies,contacts"
        )
    ).json()
    assert {name: deal["properties"][name] for name in ("dealstage", "amount", "deal_currency_code")} == {
        "dealstage": "contractsent", "amount": "64000", "deal_currency_code": "EUR",
    }  # fmt: skip
    assert "nosuch" not in deal["properties"]
    assert deal["associations"]["companies"]["results"] == [
        {"id": ids["acc_001"], "type": "deal_to_company"}, {"id": ids["acc_001"], "type": "deal_to_company_unlabeled"},
    ]  # fmt: skip
    assert {one["id"] for one in deal["associations"]["contacts"]["results"]} == {ids["con_001"], ids["con_002"]}


async def test_pages_lead_to_each_other(hub: Asked) -> None:
    fill(hub.portal, seed_items(), START)
    seen: list[str] = []
    after = "0"
    while after:
        page = (await hub.get(f"{OBJECTS}/companies", limit=25, after=after)).json()
        seen += [one["id"] for one in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after")
    assert len(seen) == len({*seen}) == 58


async def test_many_objects_are_made_when_somebody_looks(hub: Asked) -> None:
    hub.portal.bulk = Bulk(50_000, 200_000, START)
    found = await hub.found("deals", ("hs_object_id", "GT", 1_000_150_000), limit=200, sorts=[{"propertyName": "hs_object_id"}])
    assert (found["total"], len(found["results"]), found["results"][0]["id"]) == (49_999, 200, "1000150001")
    deal = (await hub.get(f"{OBJECTS}/deals/1000150001", associations="companies")).json()
    assert deal["associations"]["companies"]["results"][0]["id"] == "1000000001"
    assert (await hub.found("deals", ("hs_lastmodifieddate", "GTE", int(START.timestamp() * 1000) + 1)))["total"] == 0


async def test_search_gives_ten_thousand_at_most_and_lags(hub: Asked) -> None:
    refused = await hub.post(f"{OBJECTS}/deals/search", {"limit": 200, "after": "9900"})
    assert (refused.status_code, refused.json()["category"]) == (400, "VALIDATION_ERROR")
    hub.portal.index_lag_s = 10
    deal = hub.portal.create("deals", {"dealname": "A"})
    assert (await hub.found("deals"))["total"] == 0
    hub.now.passes(10)
    hub.portal.update("deals", deal.id, {"dealname": "B"})
    assert [one["properties"]["dealname"] for one in (await hub.found("deals", properties=["dealname"]))["results"]] == ["A"]
    hub.now.passes(10)
    assert [one["properties"]["dealname"] for one in (await hub.found("deals", properties=["dealname"]))["results"]] == ["B"]


async def test_what_is_gone_says_so_and_what_was_merged_is_the_survivor(hub: Asked) -> None:
    stays, goes, dies = (hub.portal.create("companies", {"name": name}).id for name in "ABC")
    hub.portal.merge("companies", stays, goes)
    hub.portal.archive("companies", dies)
    assert (await hub.get(f"{OBJECTS}/companies/{goes}")).json()["id"] == stays
    assert (await hub.get(f"{OBJECTS}/companies/{dies}")).json()["category"] == "OBJECT_NOT_FOUND"
    assert (await hub.get(f"{OBJECTS}/companies/{dies}", archived="true")).json()["archivedAt"] == "2026-11-23T09:00:00.000Z"
    batch = await hub.post(f"{OBJECTS}/companies/batch/read", {"inputs": [{"id": stays}, {"id": dies}], "properties": ["name"]})
    assert (batch.status_code, len(batch.json()["results"]), batch.json()["errors"][0]["context"]["ids"]) == (207, 1, [dies])


async def test_a_task_is_made_with_its_associations_and_stands_in_the_log(hub: Asked) -> None:
    deal = hub.portal.create("deals", {"dealname": "A"})
    types = (await hub.get("/crm/associations/2026-03/tasks/deals/labels")).json()["results"]
    content = {
        "properties": {"hs_task_subject": "Call"},
        "associations": [{"to": {"id": deal.id}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": types[0]["typeId"]}]}],
    }
    made = await hub.post(f"{OBJECTS}/tasks", content)
    assert made.status_code == 201
    assert [(e.name, e.target) for e in hub.portal.journal.entries] == [("tasks.create", made.json()["id"])]
    assert (await hub.found("tasks", ("associations.deal", "EQ", deal.id)))["total"] == 1
    content["associations"][0]["types"] = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]  # type: ignore[index]
    assert (await hub.post(f"{OBJECTS}/tasks", content)).status_code == 400


async def test_writes_that_it_refuses(hub: Asked) -> None:
    hub.portal.owners["7"] = Owner("7", "a@b.example", "A", "B", archived=True)
    for properties, code in (({"nosuch": "1"}, "PROPERTY_DOESNT_EXIST"), ({"hubspot_owner_id": "7"}, "INVALID_OWNER_ID")):
        answer = await hub.post(f"{OBJECTS}/tasks", {"properties": properties})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    hub.portal.required["tasks"] = {"hs_task_priority"}
    assert (await hub.post(f"{OBJECTS}/tasks", {"properties": {}})).status_code == 201, "older versions do not look"
    assert (await hub.post("/crm/objects/2026-09/tasks", {"properties": {}})).status_code == 400
    hub.portal.writes_fail_inside = 1
    inside = await hub.post(f"{OBJECTS}/tasks", {"properties": {}})
    assert (inside.status_code, inside.json()["status"], len(hub.portal.journal.entries)) == (200, "error", 1)


async def test_who_may_not_is_told_what_is_lacking(hub: Asked) -> None:
    hub.portal.missing_scopes.add("crm.objects.deals.read")
    answer = await hub.get(f"{OBJECTS}/deals")
    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")
    assert answer.json()["errors"][0]["context"] == {"requiredGranularScopes": ["crm.objects.deals.read"]}
    del hub.portal.tokens[TOKEN]
    assert (await hub.get(f"{OBJECTS}/companies")).json()["category"] == "INVALID_AUTHENTICATION"


async def test_a_refresh_token_buys_a_token_that_ends(hub: Asked) -> None:
    hub.portal.refresh["r"] = ("client", "secret")
    form = {"grant_type": "refresh_token", "refresh_token": "r", "client_id": "client", "client_secret": "secret"}
    granted = (await hub.client.post(f"{hub.address}/oauth/v1/token", data=form)).json()
    hub.client.headers["Authorization"] = f"Bearer {granted['access_token']}"
    assert (await hub.get("/account-info/2026-03/details")).json()["portalId"] == hub.portal.id
    hub.now.passes(granted["expires_in"])
    assert (await hub.get("/account-info/2026-03/details")).json()["category"] == "EXPIRED_AUTHENTICATION"
    assert (await hub.client.post(f"{hub.address}/oauth/v1/token", data={**form, "client_secret": "x"})).json()["error"] == "invalid_grant"


async def test_it_says_how_much_is_left_except_of_searches() -> None:
    double = hubspot(Portal(), requests=3, seconds=60, searches=1)
    async with double.serving() as address, http_client(hosts=["127.0.0.1"], headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        hub = Asked(Portal(), double, client, address)
        first = await hub.get(f"{OBJECTS}/deals")
        assert [first.headers[f"x-hubspot-ratelimit-{name}"] for name in ("max", "remaining", "interval-milliseconds")] == ["3", "2", "60000"]
        searches = [await hub.post(f"{OBJECTS}/deals/search", {}) for _ in range(2)]
        assert [one.status_code for one in searches] == [200, 429]
        assert "x-hubspot-ratelimit-max" not in searches[0].headers
        assert searches[1].json()["policyName"] == "SECONDLY"
        assert (await hub.get(f"{OBJECTS}/deals")).json()["policyName"] == "TEN_SECONDLY_ROLLING"


class Door(httpx2.AsyncBaseTransport):
    """Whoever the webhooks are sent to."""

    def __init__(self, *statuses: int) -> None:
        self.requests: list[httpx2.Request] = []
        self.statuses = list(statuses)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return httpx2.Response(self.statuses.pop(0) if self.statuses else 202, stream=httpx2.ByteStream(b""))


@pytest.mark.parametrize(("signature", "verify"), [("v3", verify_hubspot), ("v1", verify_hubspot_legacy), ("v2", verify_hubspot_legacy)])
async def test_webhooks_are_signed_as_ours_are_checked(signature: Any, verify: Any) -> None:
    now, door = Now(), Door()
    portal, url = Portal(now=now), "https://nextplay.example/webhooks/hubspot"
    async with http_client(hosts=["nextplay.example"], transport=door) as client:
        hooks = Webhooks(portal, url, "secret", client)
        deal = portal.create("deals", {"dealstage": "qualifiedtobuy"})
        portal.update("deals", deal.id, {"dealstage": "contractsent"})
        assert await hooks.deliver(signature) == [202]
    (request,) = door.requests
    signed = Signed("POST", url, {name.lower(): value for name, value in request.headers.items()}, request.content)
    assert verify(signed, ["secret"], now()) is True
    assert verify(signed, ["other"], now()) is False


async def test_webhooks_come_in_hundreds_twice_in_any_order_and_until_they_are_taken() -> None:
    door = Door(202, 500)
    portal = Portal()
    async with http_client(hosts=["nextplay.example"], transport=door) as client:
        hooks = Webhooks(portal, "https://nextplay.example/w", "secret", client, generic=True)
        for _ in range(150):
            portal.create("deals", {})
        assert await hooks.deliver(twice=0.2, shuffled=Random(3)) == [202, 500]  # noqa: S311  chance
        lost = {event["eventId"] for event in hooks.waiting}
        assert {event["attemptNumber"] for event in hooks.waiting} == {1}
        assert await hooks.deliver() == [202]
    first, second, third = (httpx2.Response(200, content=request.content).json() for request in door.requests)
    ids = [event["eventId"] for event in first]
    assert (len(first), ids != sorted(ids), len(second) > 50) == (100, True, True)
    assert {event["eventId"] for event in third} == lost
    assert {(event["subscriptionType"], event["objectTypeId"]) for event in first} == {("object.creation", "0-3")}
