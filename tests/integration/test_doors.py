"""The webhook doors of the real application."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from structlog.testing import capture_logs

from agent.domain.event import OWN_SOURCES
from agent.errors import Unavailable
from integrations.inlet import Inlet
from integrations.middleware import RequestFrame
from integrations.webhooks.signatures import sign_hubspot_v1
from tests.integration import signing
from tests.integration.fakes import NOW, FakeService
from tests.integration.signing import SIGN
from tests.integration.world import World, settings, world_of

MAKE = Callable[..., World]
DOORS = ("hubspot", "zendesk", "salesforce", "generic")
SIGNED = ("hubspot", "zendesk", "generic")
"""Whose senders sign body and time."""

EVENT: dict[str, Any] = {
    "source": "billing",
    "id": "evt_1",
    "type": "deal.stage_changed",
    "occurred_at": "2026-11-23T08:59:00Z",
    "subject": {"kind": "deal", "id": "deal_001"},
    "data": {"stage": "contract_sent"},
}
TICKET: dict[str, Any] = {
    "id": "evt-1",
    "type": "zen:event-type:ticket.created",
    "subject": "zen:ticket:731",
    "time": "2026-11-23T08:59:58.672717030Z",
    "detail": {"id": "731", "priority": "URGENT"},
    "event": {},
}

FLOW: dict[str, Any] = {
    "org": "00DHs000000TessMAE",
    "object": "Opportunity",
    "id": "006Hs00002Tes08IAM",
    "what": "StageName",
    "value": "Negotiation/Review",
    "modstamp": "2026-11-23T08:59:58.000Z",
}


def change(number: int = 1, **other: Any) -> dict[str, Any]:
    return {
        "eventId": 500 + number,
        "subscriptionId": 77,
        "portalId": 9001,
        "occurredAt": 1795424340000,
        "subscriptionType": "deal.propertyChange",
        "attemptNumber": 0,
        "objectId": 4000 + number,
        "propertyName": "dealstage",
        "propertyValue": "contractsent",
        "changeSource": "CRM_UI",
        "sourceId": "userId:88",
        **other,
    }


BODIES: dict[str, bytes] = {
    "hubspot": json.dumps([change()]).encode(),
    "zendesk": json.dumps(TICKET).encode(),
    "salesforce": json.dumps(FLOW).encode(),
    "generic": json.dumps(EVENT).encode(),
}


async def post(world: World, door: str, body: bytes, headers: dict[str, str] | None = None) -> httpx2.Response:
    """Post a body, signed as the door's vendor signs unless other headers are given."""
    signed = SIGN[door](body) if headers is None else headers
    return await world.http.post(f"/webhooks/{door}", content=body, headers=signed)


class TestEveryDoor:
    @pytest.mark.parametrize("door", DOORS)
    async def test_stores_an_event_once(self, world: World, door: str) -> None:
        first = await post(world, door, BODIES[door])
        again = await post(world, door, BODIES[door])
        assert (first.status_code, first.json()) == (202, {"new": 1, "duplicate": 0, "conflict": 0})
        assert (again.status_code, again.json()) == (200, {"new": 0, "duplicate": 1, "conflict": 0})
        [arrival] = world.service.inbox.values()
        assert arrival.event.received_at == NOW
        assert json.loads(arrival.raw) == json.loads(BODIES[door])

    @pytest.mark.parametrize("door", DOORS)
    async def test_is_shut_without_a_secret(self, make_world: MAKE, door: str) -> None:
        world = make_world(settings(**{f"{door}_webhook_secrets": ()}))
        shut = await post(world, door, BODIES[door])
        nowhere = await world.http.post("/webhooks/nowhere", content=BODIES[door])
        assert shut.status_code == nowhere.status_code == 404
        assert shut.json() == nowhere.json()
        assert (await world.http.get(f"/webhooks/{door}")).status_code == 404
        for other in set(DOORS) - {door}:
            assert (await post(world, other, BODIES[other])).status_code == 202

    @pytest.mark.parametrize("door", SIGNED)
    @pytest.mark.parametrize("seconds", [-300, 300])
    async def test_allows_the_clocks_to_differ_by_five_minutes(self, world: World, door: str, seconds: int) -> None:
        headers = SIGN[door](BODIES[door], at=NOW + timedelta(seconds=seconds))
        assert (await post(world, door, BODIES[door], headers)).status_code == 202

    @pytest.mark.parametrize("door", SIGNED)
    @pytest.mark.parametrize("seconds", [-301, 301, -7_200, 31_536_000])
    async def test_refuses_old_and_future_requests(self, world: World, door: str, seconds: int) -> None:
        headers = SIGN[door](BODIES[door], at=NOW + timedelta(seconds=seconds))
        await self._refused(world, door, BODIES[door], headers)

    @pytest.mark.parametrize("door", DOORS)
    async def test_refuses_what_is_not_signed_by_its_key(self, world: World, door: str) -> None:
        body = BODIES[door]
        await self._refused(world, door, body, signing.JSON)
        await self._refused(world, door, body, SIGN[door](body, key="whsec_" + "b" * 32))
        for other in set(DOORS) - {door}:
            await self._refused(world, door, body, SIGN[other](body))

    @pytest.mark.parametrize("door", SIGNED)
    async def test_refuses_the_same_json_in_other_bytes(self, world: World, door: str) -> None:
        body = BODIES[door]
        others = (body + b" ", json.dumps(json.loads(body), separators=(",", ":")).encode(), body.decode().encode("utf-16"))
        for other in others:
            assert other != body
            await self._refused(world, door, other, SIGN[door](body))

    @pytest.mark.parametrize("door", DOORS)
    async def test_headers_count_in_any_case_and_only_when_said_once(self, world: World, door: str) -> None:
        body, headers = BODIES[door], SIGN[door](BODIES[door])
        proofs = [name for name in headers if name != "Content-Type"]
        for name in proofs:
            for twice in ([(name, headers[name])] * 2, [(name, headers[name]), (name.upper(), "other")], [(name, "other"), (name, headers[name])]):
                others = [(one, value) for one, value in headers.items() if one != name]
                response = await world.http.post(f"/webhooks/{door}", content=body, headers=[*others, *twice])
                assert (response.status_code, response.content) == (401, b""), name
        assert world.service.calls == []
        shouted = {name.upper(): value for name, value in headers.items()}
        assert (await post(world, door, body, shouted)).status_code == 202

    @pytest.mark.parametrize("door", DOORS)
    async def test_tells_strangers_nothing_about_their_body(self, world: World, door: str) -> None:
        for body in (b"", b"{", b"[" * 100_000, gzip.compress(b"{}")):
            await self._refused(world, door, body, {**SIGN[door](b"other", key="whsec_" + "b" * 32), "Content-Type": "text/plain"})

    async def _refused(self, world: World, door: str, body: bytes, headers: dict[str, str]) -> None:
        response = await post(world, door, body, headers)
        assert (response.status_code, response.content) == (401, b"")
        assert world.service.calls == []

    @pytest.mark.parametrize("door", DOORS)
    async def test_accepts_both_secrets_of_a_rotation(self, make_world: MAKE, door: str) -> None:
        old, new = "whsec_" + "b" * 32, "whsec_" + "c" * 32
        world = make_world(settings(**{f"{door}_webhook_secrets": f"{old},{new}"}))
        for key in (old, new):
            response = await post(world, door, BODIES[door], SIGN[door](BODIES[door], key=key))
            assert response.is_success
        assert (await post(world, door, BODIES[door])).status_code == 401

    @pytest.mark.parametrize("door", DOORS)
    @pytest.mark.parametrize("failure", [Unavailable("The database does not answer."), OSError("disk"), KeyError("bug")])
    async def test_asks_to_send_again_what_was_not_stored(self, world: World, door: str, failure: Exception) -> None:
        world.service.fails_with = failure
        response = await post(world, door, BODIES[door])
        assert response.status_code == 503
        assert 0 < int(response.headers["Retry-After"]) < 60
        assert "disk" not in response.text
        world.service.fails_with = None
        assert (await post(world, door, BODIES[door])).json()["new"] == 1

    @pytest.mark.parametrize("door", DOORS)
    async def test_takes_only_posts(self, world: World, door: str) -> None:
        for method in ("GET", "PUT", "DELETE"):
            assert (await world.http.request(method, f"/webhooks/{door}")).status_code == 405


class TestHostileBodies:
    @pytest.mark.parametrize("door", DOORS)
    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"{", id="cut off"),
            pytest.param(b"\xff\xfe", id="not UTF-8"),
            pytest.param(b"[" * 100_000 + b"]" * 100_000, id="100,000 lists deep"),
            pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="100,000 objects deep"),
            pytest.param(b'[{"id":1,"id":2}]', id="a key twice"),
            pytest.param(b'"\x00"', id="a raw NUL"),
        ],
    )
    async def test_what_is_not_strict_json_is_400(self, world: World, door: str, body: bytes) -> None:
        response = await post(world, door, body)
        assert response.status_code == 400
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["detail"].startswith("The body ")
        assert world.service.calls == []

    @pytest.mark.parametrize("door", DOORS)
    async def test_more_than_a_mebibyte_is_413(self, world: World, door: str) -> None:
        big = b" " * (1 << 20) + BODIES[door]
        assert (await post(world, door, big)).status_code == 413
        assert (await post(world, door, big, signing.JSON)).status_code == 413
        assert (await post(world, door, big[len(BODIES[door]) :])).status_code == 202

    @pytest.mark.parametrize("door", DOORS)
    async def test_more_than_a_mebibyte_in_unannounced_pieces_is_413(self, world: World, door: str) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(40):
                yield b" " * 65_536

        response = await world.http.post(f"/webhooks/{door}", content=pieces(), headers=SIGN[door](b""))
        assert response.status_code == 413

    @pytest.mark.parametrize("door", DOORS)
    @pytest.mark.parametrize(
        "headers",
        [
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/x-www-form-urlencoded"},
            {"Content-Type": "application/json; charset=utf-16"},
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        ],
    )
    async def test_other_types_are_415(self, world: World, door: str, headers: dict[str, str]) -> None:
        body = gzip.compress(BODIES[door]) if "Content-Encoding" in headers else BODIES[door]
        response = await post(world, door, body, {**SIGN[door](body), **headers})
        assert response.status_code == 415

    async def test_what_a_database_cannot_keep_is_replaced_and_noted(self, world: World) -> None:
        data = f'{{"nul":"a\\u0000b","half":"\\ud800","nan":NaN,"far":1e999,"big":{"9" * 5_000},"max":{2**63 - 1}}}'
        body = json.dumps(EVENT).replace(json.dumps(EVENT["data"]), data).encode()
        assert (await post(world, "generic", body)).status_code == 202
        [arrival] = world.service.inbox.values()
        kept = arrival.event.data
        assert {name: kept[name] for name in ("nul", "half", "nan", "far", "big", "max")} == {
            "nul": "a\ufffdb",
            "half": "\ufffd",
            "nan": None,
            "far": None,
            "big": "9" * 5_000,
            "max": 2**63 - 1,
        }
        assert [note.partition(":")[0] for note in kept["normalised"]] == [
            "data.nul", "data.half", "data.nan", "data.far", "data.big"
        ]  # fmt: skip
        assert arrival.raw == body

    @pytest.mark.parametrize("door", ["hubspot", "zendesk"])
    async def test_a_vendors_hostile_fields_are_kept_apart_not_refused(self, world: World, door: str) -> None:
        raw = BODIES[door]
        for old, new in ((b"4001", b"1" * 5_000), (b'"zen:ticket:731"', b'"\\u0000\\ud800"'), (b"731", b"1e400")):
            body = raw.replace(old, new)
            assert (await post(world, door, body)).is_success
        for arrival in world.service.inbox.values():
            json.dumps(arrival.event.data, allow_nan=False, ensure_ascii=False).encode()


FUZZED = world_of(settings())


@effort(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    door=st.sampled_from(DOORS),
    body=st.binary(max_size=300)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from([*EVENT, *TICKET, *FLOW, *change()]) | st.text(max_size=3), inner, max_size=6)
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
)
def test_no_signed_body_breaks_a_door(door: str, body: bytes) -> None:
    with capture_logs():
        response = asyncio.run(post(FUZZED, door, body))
    assert response.status_code in (200, 202, 400, 422)


class TestHubspot:
    async def test_a_batch_is_one_call_with_all_its_events(self, world: World) -> None:
        batch = [change(number) for number in range(90)] + [change(number, attemptNumber=1) for number in range(10)]
        response = await post(world, "hubspot", json.dumps(batch).encode())
        assert (response.status_code, response.json()) == (202, {"new": 90, "duplicate": 10, "conflict": 0})
        assert world.service.calls == [100]

    async def test_a_retry_of_a_batch_is_all_duplicates(self, world: World) -> None:
        for attempt in (0, 1):
            batch = [change(number, attemptNumber=attempt) for number in range(100)]
            response = await post(world, "hubspot", json.dumps(batch).encode())
        assert (response.status_code, response.json()) == (200, {"new": 0, "duplicate": 100, "conflict": 0})

    async def test_other_content_under_a_known_id_is_taken_and_counted(self, world: World) -> None:
        await post(world, "hubspot", BODIES["hubspot"])
        other = json.dumps([change(propertyValue="closedwon")]).encode()
        response = await post(world, "hubspot", other)
        assert (response.status_code, response.json()) == (200, {"new": 0, "duplicate": 0, "conflict": 1})

    async def test_unknown_kinds_of_event_are_recorded(self, world: World) -> None:
        batch = [change(1), change(2, subscriptionType="deal.somethingNew"), {"odd": True}, None]
        response = await post(world, "hubspot", json.dumps(batch).encode())
        assert response.json()["new"] == 4
        types = [arrival.event.type for arrival in world.service.inbox.values()]
        assert types == ["deal.stage_changed", "hubspot.deal.somethingNew", "hubspot.unreadable", "hubspot.unreadable"]

    async def test_an_empty_batch_is_fine(self, world: World) -> None:
        assert (await post(world, "hubspot", b"[]")).status_code == 200
        assert world.service.calls == []

    async def test_a_batch_above_hubspots_own_limit_is_refused(self, world: World) -> None:
        batch = [change(number) for number in range(101)]
        assert (await post(world, "hubspot", json.dumps(batch).encode())).status_code == 400

    async def test_the_public_address_is_what_hubspot_signed(self, make_world: MAKE) -> None:
        world = make_world(settings(public_url="https://example.com/nextplay"))
        body = BODIES["hubspot"]
        public = signing.hubspot(body, url="https://example.com/nextplay/webhooks/hubspot?a=1")
        response = await world.http.post("/webhooks/hubspot?a=1", content=body, headers=public)
        assert response.status_code == 202
        assert (await post(world, "hubspot", body)).status_code == 401

    async def test_older_signatures_count_only_where_allowed(self, make_world: MAKE) -> None:
        body = BODIES["hubspot"]
        headers = {**signing.JSON, "X-HubSpot-Signature": sign_hubspot_v1("hub-key-9f2c", body)}
        assert (await post(make_world(), "hubspot", body, headers)).status_code == 401
        lenient = make_world(settings(hubspot_legacy_signatures=True))
        assert (await post(lenient, "hubspot", body, headers)).status_code == 202


class TestGeneric:
    async def test_a_wrong_event_is_told_which_fields_are_wrong(self, world: World) -> None:
        body = json.dumps({**EVENT, "occurred_at": "today", "acount": "x"}).encode()
        response = await post(world, "generic", body)
        assert response.status_code == 422
        problem = response.json()
        assert "occurred_at: must be a time with an offset" in problem["detail"]
        assert "acount: " in problem["detail"]
        assert problem["next_step"].startswith("Correct it")

    @pytest.mark.parametrize("source", sorted(OWN_SOURCES))
    async def test_nobody_speaks_in_our_name(self, world: World, source: str) -> None:
        """What we say ourselves is not looked at for echoes, bulk changes and late news."""
        response = await post(world, "generic", json.dumps({**EVENT, "source": source}).encode())
        assert response.status_code == 422
        assert "source: must be the sender's own name" in response.json()["detail"]
        assert world.service.inbox == {}

    async def test_unknown_types_are_taken(self, world: World) -> None:
        body = json.dumps({**EVENT, "type": "invoice.paid"}).encode()
        assert (await post(world, "generic", body)).status_code == 202


class TestOverload:
    async def test_more_requests_than_slots_are_sent_away_for_a_moment(self, make_world: MAKE) -> None:
        world = make_world(settings(webhook_concurrency=2))
        entered, gate = asyncio.Semaphore(0), asyncio.Event()
        accept = world.service.accept

        async def slow(arrivals: Any) -> Any:
            entered.release()
            await gate.wait()
            return await accept(arrivals)

        world.service.accept = slow  # type: ignore[method-assign]  # the database is slow here
        running = [asyncio.create_task(post(world, "generic", BODIES["generic"])) for _ in range(2)]
        for _ in running:
            await entered.acquire()
        third = await post(world, "generic", BODIES["generic"])
        stranger = await post(world, "generic", BODIES["generic"], signing.JSON)
        gate.set()
        assert third.status_code == 503
        assert int(third.headers["Retry-After"]) > 0
        assert stranger.status_code == 401
        assert [(await task).status_code for task in running] == [202, 200]
        assert (await post(world, "generic", BODIES["generic"])).status_code == 200

    async def test_while_too_much_waits_to_be_decided_nothing_more_is_taken_in(self) -> None:
        asked, waits = list[int](), 3

        async def waiting(at_most: int) -> int:
            asked.append(at_most)
            return min(waits, at_most)

        world = world_of(settings(backlog=2), waiting=waiting)
        async with world.http:
            refused = await post(world, "generic", BODIES["generic"])
            again = await post(world, "generic", BODIES["generic"])
        assert (refused.status_code, again.status_code) == (503, 503)
        assert int(refused.headers["Retry-After"]) > 0
        assert "More than 2 events" in refused.json()["detail"]
        assert world.service.inbox == {}
        assert asked == [3], "it is counted once a second, and no further than it matters"

    async def test_what_is_worked_off_makes_room(self) -> None:
        now, waits = [0.0], [3]

        async def waiting(at_most: int) -> int:
            return min(waits[0], at_most)

        service = FakeService()
        inlet = Inlet(service, waiting, settings(backlog=2), clock=lambda: now[0])
        with pytest.raises(Unavailable):
            await inlet.take([])
        now[0], waits[0] = 1.0, 2
        assert await inlet.take([]) == ()

    async def test_a_crowd_is_told_when_to_come_again(self) -> None:
        gate, entered = asyncio.Event(), asyncio.Event()

        async def slow(_scope: Any, _receive: Any, send: Any) -> None:
            entered.set()
            await gate.wait()
            await PlainTextResponse("done")(_scope, _receive, send)

        frame = RequestFrame(slow, new_id=lambda: "id", tls=False, at_once=1)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=frame), base_url="http://nextplay.test") as http:
            first = asyncio.create_task(http.get("/"))
            await entered.wait()
            second = await http.get("/")
            gate.set()
            assert (second.status_code, (await first).status_code, (await http.get("/")).status_code) == (503, 200, 200)
        assert int(second.headers["Retry-After"]) > 0

    async def test_the_api_answers_also_while_the_database_hangs(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        async def hangs(_sha256: str) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr("integrations.api_guard.ANSWERED_WITHIN_S", 0.0)
        world.tokens.token = hangs  # type: ignore[method-assign,assignment]  # the database hangs here
        response = await world.http.get("/api/v1/decisions", headers={"Authorization": f"Bearer np_{'x' * 43}"})
        assert response.status_code == 503
        assert response.headers["Retry-After"]

    async def test_a_store_that_hangs_is_not_waited_for(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        async def hangs(arrivals: Any) -> Any:
            await asyncio.Event().wait()

        monkeypatch.setattr("integrations.inlet.STORED_WITHIN_S", 0.0)
        world.service.accept = hangs  # type: ignore[method-assign]  # the database hangs here
        response = await post(world, "generic", BODIES["generic"])
        assert response.status_code == 503
        assert response.headers["Retry-After"]
