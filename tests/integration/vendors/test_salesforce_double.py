"""Our Salesforce over real HTTP, asked without our client: what it does, and how it refuses."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import jwt
import pytest

from integrations.http import http_client
from integrations.sandbox.doubles.salesforce.filling import fill
from integrations.sandbox.doubles.salesforce.flow import call_out
from integrations.sandbox.doubles.salesforce.org import Rule
from integrations.sandbox.doubles.salesforce.protocol import BASE, TOKEN
from integrations.sandbox.doubles.salesforce.signing_in import BEARER
from integrations.sandbox.seed import seed_items
from tests.integration.vendors.salesforce_org import AT, Made, keys, small
from tests.integration.world import SALESFORCE_KEY, World

CREDENTIALS = {"grant_type": "client_credentials", "client_id": "3MVG9double", "client_secret": "client-secret-7c1"}


class Asking:
    """A client that knows HTTP, and nothing else."""

    def __init__(self, made: Made, client: httpx2.AsyncClient, address: str, token: str) -> None:
        self.made, self.client, self.address, self.token = made, client, address, token

    async def __call__(self, method: str, path: str, **content: Any) -> tuple[int, Any]:
        answer = await self.client.request(method, f"{self.address}{BASE}{path}", headers={"Authorization": f"Bearer {self.token}"}, **content)
        return answer.status_code, answer.json() if answer.content else None

    async def rows(self, soql: str) -> list[dict[str, Any]]:
        status, body = await self("GET", "/queryAll", params={"q": soql})
        assert status == 200, body
        return list(body["records"])


@pytest.fixture
async def asking() -> AsyncIterator[Asking]:
    made = Made(batch=2)
    async with made.double.serving() as address, http_client(hosts=["127.0.0.1"], timeout_s=5) as client:
        granted = (await client.post(f"{address}{TOKEN}", data=CREDENTIALS)).json()
        assert granted["instance_url"] == address
        yield Asking(made, client, address, granted["access_token"])


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1][0]["errorCode"]


async def test_it_keeps_what_it_is_given_and_logs_it(asking: Asking) -> None:
    ids = small(asking.made.org)
    status, made = await asking("POST", "/sobjects/Task", json={"Subject": "Call", "WhatId": ids["deal"], "OwnerId": ids["mia"]})
    assert (status, made["success"]) == (201, True)
    status, task = await asking("GET", f"/sobjects/Task/{made['id']}", params={"fields": "Subject,AccountId,Status"})
    assert (status, task["Subject"], task["AccountId"], task["Status"]) == (200, "Call", ids["acme"], "Not Started")
    assert (await asking("PATCH", f"/sobjects/Task/{made['id'][:15]}", json={"Status": "Completed"})) == (204, None)
    assert [entry.name for entry in asking.made.org.journal.entries] == ["create Task", "update Task"]
    assert (await asking("DELETE", f"/sobjects/Task/{made['id']}"))[0] == 204
    assert code(await asking("GET", f"/sobjects/Task/{made['id']}")) == (404, "ENTITY_IS_DELETED")


async def test_an_upsert_by_its_key_makes_one_however_often_it_comes(asking: Asking) -> None:
    path = "/sobjects/Task/Nextplay_Key__c/np-1"
    first, second = [await asking("PATCH", path, json={"Subject": subject}) for subject in ("one", "two")]
    assert (first[0], first[1]["created"], second[0], second[1]["created"]) == (201, True, 200, False)
    assert [row["Subject"] for row in await asking.rows("SELECT Subject FROM Task")] == ["two"]
    assert code(await asking("POST", "/sobjects/Task", json={"Subject": "three", "Nextplay_Key__c": "np-1"})) == (400, "DUPLICATE_VALUE")
    asking.made.org.key_is(unique=True)
    assert code(await asking("PATCH", path, json={"Subject": "four"})) == (404, "NOT_FOUND")


async def test_it_answers_questions_in_parts(asking: Asking) -> None:
    ids = [asking.made.org.add("Account", Name=f"O'Neil \\ {number}", Health_Score__c=number) for number in range(5)]
    status, body = await asking("GET", "/query", params={"q": "SELECT Id FROM Account WHERE Health_Score__c >= 0 ORDER BY Id DESC"})
    found = [row["Id"] for row in body["records"]]
    while not body["done"]:
        _, body = await asking("GET", body["nextRecordsUrl"].removeprefix(BASE))
        found += [row["Id"] for row in body["records"]]
    assert (status, found) == (200, ids[::-1])
    assert [row["Id"] for row in await asking.rows(r"SELECT Id FROM Account WHERE Name = 'O\'Neil \\ 3'")] == [ids[3]]
    some = "(Health_Score__c < 1 OR Health_Score__c = 4) AND Id IN ('{}', '{}') AND ParentId = null".format(*ids[3:])
    assert [row["Id"] for row in await asking.rows(f"SELECT Id FROM Account WHERE {some} LIMIT 9")] == [ids[4]]
    assert (await asking("GET", "/query", params={"q": "SELECT COUNT() FROM Account"}))[1]["totalSize"] == 5


@pytest.mark.parametrize(
    ("soql", "expected"),
    [
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Nope = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT Id FROM Account WHERE Name = 'x' OR", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'x' y", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'it's'", "MALFORMED_QUERY"),
        ("DELETE FROM Account", "MALFORMED_QUERY"),
    ],
)
async def test_it_refuses_what_is_no_question(asking: Asking, soql: str, expected: str) -> None:
    assert code(await asking("GET", "/query", params={"q": soql})) == (400, expected)


async def test_deleted_and_merged_records_are_found_among_all(asking: Asking) -> None:
    org = asking.made.org
    kept, lost, binned = (org.add("Account", Name=name) for name in ("kept", "lost", "binned"))
    org.delete(lost, merged_into=kept)
    org.delete(binned)
    rows = await asking.rows("SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true ORDER BY Id")
    assert [(row["Id"], row["MasterRecordId"]) for row in rows] == [(lost, kept), (binned, None)]
    assert (await asking("GET", "/query", params={"q": "SELECT Id FROM Account"}))[1]["totalSize"] == 1


async def test_what_it_refuses_to_write(asking: Asking) -> None:
    org, ids = asking.made.org, small(asking.made.org)
    org.rules.append(Rule("Task", "Say when it is due", lambda row: row.get("Subject") == "Vague"))
    gone = org.add("User", Name="Gone", IsActive=False)
    org.locked[ids["acme"]] = 1
    tried: list[tuple[dict[str, Any], str]] = [
        ({"WhatId": ids["acme"]}, "UNABLE_TO_LOCK_ROW"), ({"Subject": "Vague"}, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        ({"OwnerId": gone}, "INACTIVE_OWNER_OR_USER"), ({"WhatId": "001000000000000AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"Nope__c": 1}, "INVALID_FIELD"), ({"IsClosed": True}, "INVALID_FIELD_FOR_INSERT_UPDATE"), ({"Subject": "x" * 256}, "STRING_TOO_LONG"),
        ({"Status": "Whenever"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ]  # fmt: skip
    for values, expected in tried:
        assert code(await asking("POST", "/sobjects/Task", json=values)) == (400, expected)
    org.delete(ids["deal"])
    assert code(await asking("POST", "/sobjects/Task", json={"WhatId": ids["deal"]})) == (400, "ENTITY_IS_DELETED")
    assert (await asking("POST", "/sobjects/Task", json={"WhatId": ids["acme"]}))[0] == 201
    assert code(await asking("POST", "/sobjects/Task", content=b"{")) == (400, "JSON_PARSER_ERROR")
    assert len(org.journal.entries) == 1


async def test_it_describes_what_the_user_may_see(asking: Asking) -> None:
    org = asking.made.org
    org.hidden.add(("Contact", "HasOptedOutOfEmail"))
    org.multi_currency = False
    names = {field["name"] for field in (await asking("GET", "/sobjects/Contact/describe"))[1]["fields"]}
    assert "Email" in names
    assert "HasOptedOutOfEmail" not in names
    assert code(await asking("GET", "/query", params={"q": "SELECT HasOptedOutOfEmail FROM Contact"})) == (400, "INVALID_FIELD")
    assert code(await asking("GET", "/query", params={"q": "SELECT CurrencyIsoCode FROM Account"})) == (400, "INVALID_FIELD")
    assert (await asking("GET", "/sobjects/Nope/describe"))[0] == 404


async def test_a_composite_answers_200_whatever_becomes_of_its_parts(asking: Asking) -> None:
    small(asking.made.org)
    urls = ["/query?q=SELECT+Name+FROM+Account", "/query?q=SELECT%20Nope%20FROM%20Account", "/limits"]
    asked = [{"method": "GET", "url": f"{BASE}{url}", "referenceId": f"r{number}"} for number, url in enumerate(urls)]
    status, body = await asking("POST", "/composite", json={"compositeRequest": asked})
    parts = body["compositeResponse"]
    assert (status, [part["httpStatusCode"] for part in parts]) == (200, [200, 400, 404])
    assert parts[0]["body"]["records"][0]["Name"] == "Acme"
    assert parts[1]["body"][0]["errorCode"] == "INVALID_FIELD"


async def test_sessions_end_and_are_revoked(asking: Asking) -> None:
    asking.made.clock.passed_s += timedelta(hours=2).total_seconds()
    assert code(await asking("GET", "/limits")) == (401, "INVALID_SESSION_ID")
    asking.token = (await asking.client.post(f"{asking.address}{TOKEN}", data=CREDENTIALS)).json()["access_token"]
    assert (await asking("GET", "/limits"))[0] == 200
    asking.made.door.revoke()
    assert code(await asking("GET", "/limits")) == (401, "INVALID_SESSION_ID")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({}, None),
        ({"exp": int(AT.timestamp()) + 181}, "invalid_grant"),
        ({"exp": int(AT.timestamp())}, "invalid_grant"),
        ({"aud": "https://elsewhere.example"}, "invalid_grant"),
        ({"sub": "somebody@example.com"}, "invalid_grant"),
        ({"iss": "other"}, "invalid_client_id"),
    ],
)
async def test_an_assertion_must_say_who_for_whom_to_whom_and_until_when(asking: Asking, change: dict[str, Any], error: str | None) -> None:
    claims = {"iss": "3MVG9double", "sub": "nextplay@example.com", "aud": "https://login.salesforce.com", "exp": int(AT.timestamp()) + 180, **change}
    signed = jwt.encode(claims, keys()[0], algorithm="RS256")
    answer = await asking.client.post(f"{asking.address}{TOKEN}", data={"grant_type": BEARER, "assertion": signed})
    assert (answer.status_code, answer.json().get("error")) == (400 if error else 200, error)


async def test_an_assertion_of_another_key_and_a_wrong_secret_are_refused(asking: Asking) -> None:
    forged = jwt.encode({"iss": "3MVG9double", "sub": "nextplay@example.com"}, "a secret of thirty-two characters", algorithm="HS256")
    for form in ({"grant_type": BEARER, "assertion": forged}, {**CREDENTIALS, "client_secret": "x"}, {**CREDENTIALS, "client_id": "x"}, {}):
        assert (await asking.client.post(f"{asking.address}{TOKEN}", data=form)).status_code == 400


async def test_its_limit_is_told_and_a_403_when_it_is_reached() -> None:
    made = Made(calls_a_day=2)
    async with made.double.serving() as address, http_client(hosts=["127.0.0.1"], timeout_s=5) as client:
        token = (await client.post(f"{address}{TOKEN}", data=CREDENTIALS)).json()["access_token"]
        answers = [await client.get(f"{address}{BASE}/limits", headers={"Authorization": f"Bearer {token}"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert [answer.headers.get("sforce-limit-info") for answer in answers] == ["api-usage=1/2", "api-usage=2/2", None]
    assert answers[2].json() == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]


async def test_it_is_filled_from_the_seed(asking: Asking) -> None:
    org = asking.made.org
    ids = await asyncio.to_thread(fill, org, seed_items(), AT)
    counts = {name: len(rows) for name, rows in org.tables.items()}
    assert counts["Account"] == sum(item.key == "accounts" for item in seed_items())
    assert counts["Opportunity"] == sum(item.key == "deals" for item in seed_items())
    assert org.find(ids["acc_006"])[1]["ParentId"] == ids["acc_005"]
    assert org.find(ids["deal_001"])[1]["StageName"] == "Contract Sent"
    assert counts["EmailMessage"] > 0
    assert counts["DatedConversionRate"] > 5


async def test_a_flow_tells_our_door_of_what_changed(asking: Asking, world: World) -> None:
    org, ids = asking.made.org, small(asking.made.org)
    org.changed.clear()
    org.edit(ids["deal"], StageName="Closed Won")
    org.edit(ids["deal"], Amount=90_000.0)
    told = await call_out(org, world.http, "http://nextplay.test/webhooks/salesforce", SALESFORCE_KEY, user=ids["mia"])
    assert told == [202, 202]
    events = [arrival.event for arrival in world.service.inbox.values()]
    assert [(event.type, event.subject_id, event.actor) for event in events] == [
        ("deal.stage_changed", ids["deal"], ids["mia"]), ("deal.amount_changed", ids["deal"], ids["mia"])
    ]  # fmt: skip
    assert (events[0].data["stage"], events[1].data["amount"], events[0].account) == ("Closed Won", 90_000.0, ids["acme"])
    org.edit(ids["deal"], Amount=80_000.0)
    assert await call_out(org, world.http, "http://nextplay.test/webhooks/salesforce", "wrong-key-9f2c") == [401]
    assert org.changed == [], "a flow does not try again"
