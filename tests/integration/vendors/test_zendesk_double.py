"""Zendesk's double over real HTTP: it behaves as Zendesk says that Zendesk does."""

import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from integrations.sandbox.doubles.zendesk import World, ZendeskDouble, fill
from integrations.sandbox.doubles.zendesk.desk import MOST_COMMENTS, deleted, merged, rated, updated
from integrations.sandbox.doubles.zendesk.filling import rows_of
from integrations.sandbox.doubles.zendesk.senders import Webhook
from integrations.sandbox.seed import seed_items
from integrations.webhooks import zendesk
from integrations.webhooks.reading import read_json
from integrations.webhooks.signatures import Signed, verify_zendesk
from tests.integration.vendors.zendesk_desk import NOON, Desk, asking


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    async with asking(desk.double()) as client:
        yield client


async def put(client: httpx2.AsyncClient, ticket: int, **said: Any) -> httpx2.Response:
    return await client.put(f"/api/v2/tickets/{ticket}.json", json={"ticket": said})


async def test_a_comment_is_public_unless_it_says_otherwise(desk: Desk, client: httpx2.AsyncClient) -> None:
    assert (await put(client, desk.ticket, comment={"body": "to everybody"})).status_code == 200
    assert (await put(client, desk.ticket, comment={"body": "to us", "public": False})).status_code == 200
    comments = (await client.get(f"/api/v2/tickets/{desk.ticket}/comments.json")).json()["comments"]
    assert [comment["public"] for comment in comments] == [True, True, False]


async def test_a_safe_update_of_what_was_changed_is_refused(desk: Desk, client: httpx2.AsyncClient) -> None:
    stamp = desk.world.tickets[desk.ticket]["updated_at"]
    desk.clock.pass_(seconds=5)
    assert (await put(client, desk.ticket, priority="low", safe_update=True, updated_stamp=stamp)).status_code == 200
    assert (await put(client, desk.ticket, priority="urgent", safe_update=True, updated_stamp=stamp)).status_code == 409
    assert desk.world.tickets[desk.ticket]["priority"] == "low"


async def test_tags_are_added_set_and_removed(desk: Desk, client: httpx2.AsyncClient) -> None:
    path = f"/api/v2/tickets/{desk.ticket}/tags.json"
    assert (await client.put(path, json={"tags": ["vip"]})).json()["tags"] == ["webhooks", "vip"]
    assert (await client.request("DELETE", path, json={"tags": ["webhooks"]})).json()["tags"] == ["vip"]
    await put(client, desk.ticket, tags=["only"])
    assert desk.world.tickets[desk.ticket]["tags"] == ["only"], "setting tags overwrites"


async def test_a_marker_comes_back_in_the_audits(desk: Desk, client: httpx2.AsyncClient) -> None:
    await put(client, desk.ticket, priority="urgent", metadata={"custom": {"nextplay": "np-1"}})
    audits = (await client.get(f"/api/v2/tickets/{desk.ticket}/audits.json")).json()["audits"]
    assert [audit["metadata"]["custom"] for audit in audits] == [{}, {"nextplay": "np-1"}]
    assert audits[1]["events"][0]["previous_value"] == "high"
    assert [entry.target for entry in desk.world.journal.with_marker("np-1")] == [str(desk.ticket)]


@pytest.mark.parametrize(
    ("said", "status", "error"),
    [
        ({"comment": {"body": ""}}, 422, "RecordInvalid"), ({"priority": "p1"}, 422, "RecordInvalid"), ({"group_id": 7}, 422, "RecordInvalid"),
        ({"assignee_id": 7}, 422, "RecordInvalid"),
    ],
)  # fmt: skip
async def test_what_cannot_be_stored_is_refused_in_zendesks_words(desk: Desk, client: httpx2.AsyncClient, said: Any, status: int, error: str) -> None:
    answer = await put(client, desk.ticket, **said)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert desk.world.journal.entries == []


async def test_a_ticket_takes_five_thousand_comments_and_no_more(desk: Desk, client: httpx2.AsyncClient) -> None:
    first = desk.world.comments[desk.ticket][0]
    desk.world.comments[desk.ticket] = [first] * MOST_COMMENTS
    assert (await put(client, desk.ticket, comment={"body": "one more", "public": False})).status_code == 422
    path, seen = f"/api/v2/tickets/{desk.ticket}/comments.json?page[size]=100", 0
    while path:
        page = (await client.get(path)).json()
        seen, path = seen + len(page["comments"]), page["links"]["next"]
    assert seen == MOST_COMMENTS


async def test_closed_deleted_and_merged_tickets_take_nothing(desk: Desk, client: httpx2.AsyncClient) -> None:
    survivor = desk.world.add(desk.world.tickets, {**desk.world.tickets[desk.ticket], "id": 0})
    merged(desk.world, desk.ticket, survivor)
    assert (await put(client, desk.ticket, priority="low")).json()["details"]["status"][0]["error"] == "TicketClosed"
    deleted(desk.world, desk.ticket)
    assert (await client.get(f"/api/v2/tickets/{desk.ticket}.json")).json()["error"] == "RecordNotFound"
    desk.clock.pass_(minutes=2)
    exported = (await client.get("/api/v2/incremental/tickets/cursor.json?start_time=0")).json()
    assert {ticket["id"]: ticket["status"] for ticket in exported["tickets"]}[desk.ticket] == "deleted"


async def test_exports_go_on_from_their_cursor_and_are_few_in_a_minute(desk: Desk, client: httpx2.AsyncClient) -> None:
    desk.clock.pass_(minutes=2)
    first = (await client.get("/api/v2/incremental/tickets/cursor.json?start_time=0")).json()
    again = f"/api/v2/incremental/tickets/cursor.json?cursor={first['after_cursor']}"
    assert (first["end_of_stream"], len(first["tickets"])) == (True, 1)
    assert (await client.get(again)).json()["tickets"] == []
    await put(client, desk.ticket, priority="low")
    assert [ticket["id"] for ticket in (await client.get(again)).json()["tickets"]] == [desk.ticket]
    answers = [await client.get(again) for _ in range(9)]
    assert [answer.status_code for answer in answers[-2:]] == [429, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_one_ticket_is_not_updated_too_often(desk: Desk, client: httpx2.AsyncClient) -> None:
    answers = [await put(client, desk.ticket, subject=str(n)) for n in range(31)]
    assert [answer.status_code for answer in answers[-2:]] == [200, 429]
    assert int(answers[-1].headers["x-rate-limit-remaining"]) > 0, "it is this ticket, not the account"


async def test_a_token_is_good_for_its_scopes_until_it_is_revoked(desk: Desk) -> None:
    double = desk.double()
    async with asking(double, "tickets:read") as client:
        assert (await client.get(f"/api/v2/tickets/{desk.ticket}.json")).status_code == 200
        assert (await client.get(f"/api/v2/tickets/{desk.ticket}/audits.json")).status_code == 403, "only the whole scope reads audits"
        assert (await put(client, desk.ticket, priority="low")).status_code == 403
        double.tokens.revoke()
        assert (await client.get(f"/api/v2/tickets/{desk.ticket}.json")).status_code == 401


async def test_it_denies_and_lies_when_told(desk: Desk) -> None:
    double = desk.double(denied=["/api/v2/groups"])
    async with asking(double) as client:
        assert (await client.get("/api/v2/groups.json")).status_code == 403
        double.misbehaviour.next = ["error_inside"]
        answer = await put(client, desk.ticket, priority="low")
        assert (answer.status_code, "error" in answer.json()) == (200, True)
    assert desk.world.journal.entries == []


def read(body: bytes) -> Any:
    """As the product's own door reads it."""
    (arrival,) = zendesk.read(read_json(body), body, NOON)
    return arrival.event


def test_events_are_what_the_door_reads(desk: Desk) -> None:
    webhook = Webhook(desk.world, "http://x.example/", "s")
    updated(desk.world, desk.ticket, {"priority": "urgent", "comment": {"body": "hello", "public": True}}, author=desk.sanne)
    said, changed = (read(one.body) for one in webhook.waiting)
    assert (changed.type, changed.data["priority"], changed.data["previous_priority"]) == ("ticket.priority_changed", "p1", "p2")
    assert (said.type, said.data["by"], said.actor) == ("ticket.comment_added", "customer", str(desk.sanne))


def test_triggers_send_the_body_that_is_pasted_into_them(desk: Desk) -> None:
    webhook = Webhook(desk.world, "http://x.example/", "s", trigger=zendesk.TRIGGER_BODY)
    updated(desk.world, desk.ticket, {"priority": "urgent"})
    event = read(webhook.waiting[0].body)
    assert (event.type, event.subject_id, event.data["priority"]) == ("ticket.priority_changed", str(desk.ticket), "p1")


async def test_webhooks_are_signed_and_come_twice_and_backwards_on_demand(desk: Desk) -> None:
    heard: list[httpx2.Request] = []

    def door(request: httpx2.Request) -> httpx2.Response:
        heard.append(request)
        return httpx2.Response(200)

    webhook = Webhook(desk.world, "https://x.example/webhooks/zendesk", "secret")
    for priority in ("low", "urgent"):
        updated(desk.world, desk.ticket, {"priority": priority})
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(door)) as client:
        assert await webhook.send(client, times=2, backwards=True) == [200] * 4
    said = [json.loads(request.content)["event"]["current"] for request in heard]
    assert said == ["URGENT", "URGENT", "LOW", "LOW"]
    assert len({request.headers["x-zendesk-webhook-invocation-id"] for request in heard}) == 2
    for request in heard:
        signed = Signed("POST", str(request.url), dict(request.headers), request.content)
        assert verify_zendesk(signed, ["secret"], NOON)
        assert not verify_zendesk(signed, ["other"], NOON)


def test_a_rating_is_on_the_ticket_and_among_ratings(desk: Desk) -> None:
    rated(desk.world, desk.ticket, "bad")
    assert desk.world.tickets[desk.ticket]["satisfaction_rating"]["score"] == "bad"
    assert [one["ticket_id"] for one in desk.world.ratings.values()] == [desk.ticket]


async def test_the_sandboxs_world_is_a_zendesk() -> None:
    world = World(lambda: datetime(2026, 11, 26, 12, tzinfo=UTC))
    ids = fill(world, rows_of(seed_items(), world.clock()))
    async with asking(ZendeskDouble(world, time.monotonic)) as client:
        ticket = (await client.get(f"/api/v2/tickets/{ids['tickets']['tic_001']}.json?include=users,slas")).json()
    assert (ticket["ticket"]["priority"], ticket["ticket"]["external_id"]) == ("urgent", "tic_001")
    assert ticket["ticket"]["slas"]["policy_metrics"][0]["breach_at"] == "2026-11-26T12:05:00Z"
    assert len(world.articles) == len(ids["articles"]) > 50
