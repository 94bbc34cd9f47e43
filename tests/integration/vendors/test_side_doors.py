"""Everything that a double can do wrong can be asked for over HTTP, and is seen over HTTP."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest

from integrations.http import http_client
from integrations.mail.smtp import Refused, hand_over
from integrations.sandbox.doubles.double import Double, served
from integrations.sandbox.doubles.hubspot.filling import fill as fill_hubspot
from integrations.sandbox.doubles.hubspot.portal import Portal
from integrations.sandbox.doubles.hubspot.server import hubspot
from integrations.sandbox.doubles.limits import RateLimit
from integrations.sandbox.doubles.mail.server import MAIL_FAULTS
from integrations.sandbox.doubles.misbehaviour import FAULTS
from integrations.sandbox.doubles.salesforce.filling import fill as fill_salesforce
from integrations.sandbox.doubles.salesforce.org import Org
from integrations.sandbox.doubles.salesforce.protocol import BASE, double
from integrations.sandbox.doubles.salesforce.signing_in import Door
from integrations.sandbox.doubles.side_door import SIDE_DOOR
from integrations.sandbox.doubles.zendesk.double import ZendeskDouble
from integrations.sandbox.doubles.zendesk.filling import fill as fill_zendesk
from integrations.sandbox.doubles.zendesk.filling import rows_of
from integrations.sandbox.doubles.zendesk.world import World
from integrations.sandbox.seed import seed_items
from tests.integration.mail.post import LETTER, post
from tests.unit.domain.building import AT

MANY = 1_000_000
ITEMS = cache(seed_items)
Answer = tuple[int, str]


@dataclass
class Played:
    """One vendor at an address, as somebody asks it who has signed in there. `ids`: its own by ours."""

    client: httpx2.AsyncClient
    address: str
    ids: dict[str, Any]
    signs_in: Callable[[httpx2.AsyncClient, str], Awaitable[str]]
    headers: dict[str, str] = field(default_factory=dict)

    async def tells(self, what: str, said: Any) -> httpx2.Response:
        return await self.client.post(f"{self.address}{SIDE_DOOR}/{what}", json=said)

    async def asks(self, method: str, path: str, body: Any = None) -> Answer:
        answer = await self.client.request(method, f"{self.address}{path}", json=body, headers=self.headers)
        return answer.status_code, answer.text

    async def sign_in(self) -> None:
        self.headers = {"authorization": f"Bearer {await self.signs_in(self.client, self.address)}"}


async def _hubspots(_client: httpx2.AsyncClient, _address: str) -> str:
    return "pat-eu1-double"


async def _salesforces(client: httpx2.AsyncClient, address: str) -> str:
    form = {"grant_type": "client_credentials", "client_id": "3MVG9double", "client_secret": "client-secret-7c1"}
    answer = await client.post(f"{address}/services/oauth2/token", data=form)
    return str(answer.json().get("access_token"))


async def _zendesks(client: httpx2.AsyncClient, address: str) -> str:
    form = {"grant_type": "client_credentials", "client_id": "nextplay", "client_secret": "not-a-secret", "scope": "read write"}
    return str((await client.post(f"{address}/oauth/tokens", json=form)).json().get("access_token"))


def _made(vendor: str) -> tuple[Double, dict[str, Any], Callable[[httpx2.AsyncClient, str], Awaitable[str]]]:
    if vendor == "hubspot":
        portal = Portal(now=lambda: AT)
        return hubspot(portal, requests=MANY, searches=MANY, late_s=0.6), fill_hubspot(portal, ITEMS(), AT), _hubspots
    if vendor == "salesforce":
        org = Org(lambda: AT)
        ids = fill_salesforce(org, ITEMS(), AT)
        return double(org, Door(lambda: AT), RateLimit(MANY, 86_400, time.monotonic), late_s=0.6), ids, _salesforces
    world = World(lambda: AT)
    zendesk = {name: own for of in fill_zendesk(world, rows_of(ITEMS(), AT)).values() for name, own in of.items()}
    return ZendeskDouble(world, time.monotonic, requests=MANY, late_s=0.6).server, zendesk, _zendesks


async def played(vendor: str) -> AsyncIterator[Played]:
    server, ids, signs_in = _made(vendor)
    async with server.serving() as address, http_client(hosts=["127.0.0.1"], timeout_s=0.3, max_bytes=10_000_000) as client:
        one = Played(client, address, ids, signs_in)
        await one.sign_in()
        yield one


@pytest.fixture(params=["hubspot", "salesforce", "zendesk"])
async def anyone(request: pytest.FixtureRequest) -> AsyncIterator[Played]:
    async for one in played(request.param):
        yield one


@pytest.fixture
async def portal() -> AsyncIterator[Played]:
    async for one in played("hubspot"):
        yield one


@pytest.fixture
async def org() -> AsyncIterator[Played]:
    async for one in played("salesforce"):
        yield one


@pytest.fixture
async def desk() -> AsyncIterator[Played]:
    async for one in played("zendesk"):
        yield one


READS = {
    "hubspot": ("GET", "/crm/objects/2026-03/companies"),
    "salesforce": ("GET", f"{BASE}/sobjects/Account/describe"),
    "zendesk": ("GET", "/api/v2/groups.json"),
}


async def _reads(there: Played) -> Answer:
    vendor = (await there.client.get(f"{there.address}{SIDE_DOOR}")).json()["vendor"]
    return await there.asks(*READS[vendor])


OUTCOMES: dict[str, Any] = {
    "too_many": {429, 403}, "failing": {500}, "late": httpx2.ReadTimeout, "reset": httpx2.RemoteProtocolError, "truncated": ValueError,
    "error_inside": {200},
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_at_each_vendor(anyone: Played, fault: str) -> None:
    well = await _reads(anyone)
    assert well[0] == 200
    assert (await anyone.tells("faults", {"next": [None, fault]})).status_code == 200
    assert await _reads(anyone) == well
    if isinstance(OUTCOMES[fault], set):
        status, text = await _reads(anyone)
        assert (status in OUTCOMES[fault], "error" in text.lower() or "limit" in text.lower()) == (True, True)
    else:
        with pytest.raises(OUTCOMES[fault]):
            (await anyone.client.get(f"{anyone.address}{READS[await _vendor(anyone)][1]}", headers=anyone.headers)).json()


async def _vendor(there: Played) -> str:
    return str((await there.client.get(f"{there.address}{SIDE_DOOR}")).json()["vendor"])


async def test_what_is_set_is_told_and_ends_when_it_is_well_again(anyone: Played) -> None:
    told = (await anyone.tells("faults", {"shares": {"failing": 1.0}, "next": ["late"]})).json()
    assert (told["set"]["shares"], told["set"]["next"], {*told["faults"]}) == ({"failing": 1.0}, ["late"], {*FAULTS})
    assert (await anyone.tells("well", {})).json()["set"] == {"shares": {}, "next": [], "tricks": []}
    assert (await _reads(anyone))[0] == 200


NONSENSE: list[tuple[str, Any, str]] = [
    ("faults", {"next": ["explode"]}, "there is no fault explode: a fault is one of too_many"),
    ("faults", {"shares": {"late": 1.5}}, "a share is a number from 0 to 1"),
    ("faults", {"shares": {"late": 0.6, "reset": 0.6}}, "all together are at most 1"),
    ("faults", {"nxt": ["late"]}, "say {"),
    ("faults", ["late"], "no JSON object"),
    ("tricks", {"name": "explode"}, "there is no trick explode: a trick is one of"),
    ("tricks", {"name": "deleted"}, "deleted needs to be told"),
    ("tricks", {"name": "deleted", "of": "nothing"}, "deleted of nothing is not possible here"),
    ("tricks", {"name": "signed_out", "of": "x"}, "signed_out needs nothing to be told"),
]


async def test_what_makes_no_sense_is_refused_with_a_sentence(anyone: Played) -> None:
    for what, said, why in NONSENSE:
        refused = await anyone.tells(what, said)
        assert (refused.status_code, why in refused.json()["error"]) == (400, True), refused.text
    assert (await anyone.client.get(f"{anyone.address}{SIDE_DOOR}")).json()["set"] == {"shares": {}, "next": [], "tricks": []}
    assert (await anyone.client.get(f"{anyone.address}{SIDE_DOOR}/nothing")).status_code == 404


@dataclass(frozen=True)
class Case:
    """What a trick needs to be told, what is asked then, and what is answered; whether that ends when it is well again."""

    of: str
    ask: tuple[Any, ...]
    status: int
    says: str
    ends: bool = True
    signs_in: bool = False


TASK = {"properties": {"hs_timestamp": "2026-11-23T09:00:00Z", "hs_task_subject": "s", "hs_task_body": "b"}, "associations": []}
HUBSPOT = {
    "signed_out": Case("", ("GET", "/crm/objects/2026-03/companies"), 401, "INVALID_AUTHENTICATION"),
    "denied": Case("crm.objects.deals.read", ("GET", "/crm/objects/2026-03/deals"), 403, "crm.objects.deals.read"),
    "no_property": Case("companies/nextplay_tier", ("GET", "/crm/properties/2026-03/companies"), 200, "!nextplay_tier"),
    "deleted": Case("deals/{deal_001}", ("GET", "/crm/objects/2026-03/deals/{deal_001}"), 404, "OBJECT_NOT_FOUND", ends=False),
    "merged": Case("companies/{acc_001}/{acc_002}", ("GET", "/crm/objects/2026-03/companies/{acc_002}"), 200, '"id":"{acc_001}"', ends=False),
    "writes_fail_inside": Case("1", ("POST", "/crm/objects/2026-03/tasks", TASK), 200, "error"),
    "lagging": Case("100000000", ("POST", "/crm/objects/2026-03/deals/search", {"filterGroups": [], "limit": 1}), 200, '"total":0'),
}
OBJECTS = f"{BASE}/sobjects"
SALESFORCE = {
    "session_over": Case("", ("GET", f"{BASE}/limits"), 401, "INVALID_SESSION_ID", ends=False),
    "signed_out": Case("", ("GET", f"{BASE}/limits"), 401, "INVALID_SESSION_ID", signs_in=True),
    "denied": Case("Opportunity.Amount", ("GET", f"{OBJECTS}/Opportunity/describe"), 200, '!"Amount"'),
    "denied_object": Case("Contract", ("GET", f"{OBJECTS}/Contract/describe"), 404, "NOT_FOUND"),
    "no_field": Case("Account.Tier__c", ("GET", f"{OBJECTS}/Account/describe"), 200, "!Tier__c"),
    "deleted": Case("{deal_001}", ("GET", f"{OBJECTS}/Opportunity/{{deal_001}}"), 404, "ENTITY_IS_DELETED", ends=False),
    "merged": Case("{acc_001}/{acc_002}", ("GET", f"{OBJECTS}/Account/{{acc_002}}"), 404, "ENTITY_IS_DELETED", ends=False),
    "locked": Case("{acc_001}/1", ("POST", f"{OBJECTS}/Task", {"Subject": "s", "WhatId": "{acc_001}"}), 400, "UNABLE_TO_LOCK_ROW"),
    "rule": Case("Task", ("POST", f"{OBJECTS}/Task", {"Subject": "s"}), 400, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
}
ZENDESK = {
    "token_over": Case("", ("GET", "/api/v2/groups.json"), 401, "invalid_token", ends=False),
    "signed_out": Case("", ("GET", "/api/v2/groups.json"), 401, "invalid_token", signs_in=True),
    "narrowed": Case("tickets:read", ("GET", "/api/v2/groups.json"), 401, "invalid_token", signs_in=True),
    "denied": Case("/api/v2/groups", ("GET", "/api/v2/groups.json"), 403, "Forbidden"),
    "no_field": Case("{product}", ("GET", "/api/v2/ticket_fields.json"), 200, '!"id":{product},'),
    "deleted": Case("{tic_001}", ("GET", "/api/v2/tickets/{tic_001}.json"), 404, "RecordNotFound", ends=False),
    "merged": Case("{tic_001}/{tic_002}", ("GET", "/api/v2/tickets/{tic_001}.json"), 200, "closed_by_merge", ends=False),
    "suspended": Case("", ("PUT", "/api/v2/tickets/{tic_001}.json", {"ticket": {"comment": {"body": "b"}}}), 403, "Forbidden"),
}


@pytest.mark.parametrize("name", HUBSPOT)
async def test_each_trick_at_hubspot(portal: Played, name: str) -> None:
    await _tried(portal, name, HUBSPOT[name])


@pytest.mark.parametrize("name", SALESFORCE)
async def test_each_trick_at_salesforce(org: Played, name: str) -> None:
    await _tried(org, name, SALESFORCE[name])


@pytest.mark.parametrize("name", ZENDESK)
async def test_each_trick_at_zendesk(desk: Played, name: str) -> None:
    await _tried(desk, name, ZENDESK[name])


async def test_every_trick_is_tried(anyone: Played) -> None:
    there = (await anyone.client.get(f"{anyone.address}{SIDE_DOOR}")).json()
    assert {*there["tricks"]} == {*{"hubspot": HUBSPOT, "salesforce": SALESFORCE, "zendesk": ZENDESK}[there["vendor"]]}


async def _tried(there: Played, name: str, case: Case) -> None:
    method, path, *body = (_named(one, there.ids) for one in case.ask)
    says = str(_named(case.says, there.ids))
    before = await there.asks(method, path, *body)
    told = await there.tells("tricks", {"name": name, "of": _named(case.of, there.ids)})
    assert (told.status_code, told.json().get("set", {}).get("tricks")) == (200, [[name, _named(case.of, there.ids)]]), told.text
    assert _is(await there.asks(method, path, *body), case.status, says)
    assert not _is(before, case.status, says), "else nothing would be seen of it"
    if case.signs_in:
        await there.sign_in()
        assert not _is(await there.asks(method, path, *body), before[0], before[1]), "nor does signing in again help"
    ended = (await there.tells("well", {})).json()["set"]["tricks"]
    assert bool(ended) is not case.ends
    if case.ends:
        await there.sign_in()
        assert not _is(await there.asks(method, path, *body), case.status, says)


def _named(said: Any, ids: dict[str, Any]) -> Any:
    """With the vendor's ids in the place of ours."""
    if isinstance(said, dict):
        return {name: _named(value, ids) for name, value in said.items()}
    if isinstance(said, str):
        for name, own in ids.items():
            said = said.replace(f"{{{name}}}", str(own))
    return said


def _is(answer: Answer, status: int, says: str) -> bool:
    """Whether it answered so; `!` means that it does not say that."""
    text = answer[1].replace('": ', '":')
    return answer[0] == status and ((says.removeprefix("!") not in text) if says.startswith("!") else says in text)


async def test_a_mail_server_is_told_by_a_side_door_too() -> None:
    async with post() as there, served(there.double.side_door) as address, http_client(hosts=["127.0.0.1"]) as client:
        assert (await client.post(f"{address}{SIDE_DOOR}/faults", json={"next": ["unknown_recipient"]})).status_code == 200
        with pytest.raises(Refused):
            await hand_over(there.server, LETTER)
        await hand_over(there.server, LETTER)
        [entry] = (await client.get(f"{address}{SIDE_DOOR}/log")).json()["entries"]
        assert (entry["name"], entry["target"]) == ("mail", LETTER.to)


def test_the_page_names_all_of_them() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text().partition("## Vendors that do wrong")[2]
    for name in (*FAULTS, *MAIL_FAULTS, *HUBSPOT, *SALESFORCE, *ZENDESK):
        assert f"`{name}`" in page, name
