"""The REST API of the real application."""

import json
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from agent.domain.event import OWN_SOURCES
from agent.errors import InvalidInput, Refused, Unauthorised, Unavailable
from integrations.tokens import ROLES, Role
from tests.integration.fakes import NOW, ask, decision, effect
from tests.integration.test_doors import BODIES, EVENT, post
from tests.integration.world import World

ANSWER = {"answer": "approve"}
BLOCK = {"target": "play", "ref": "offer-demo", "why": "wrong price"}
FOUND = {"done": True, "why": "it is in the outbox"}
LIFT = {"target": "play", "ref": "offer-demo", "why": "fixed"}


class Promise(NamedTuple):
    method: str
    path: str
    sent: dict[str, Any]
    roles: set[Role]


# method, path, what is sent, and who may: this table is the promise, the routes must match it
ROUTES: list[Promise] = [
    Promise("POST", "/api/v1/events", {"json": EVENT}, {"ingest", "operator", "admin"}),
    Promise("GET", "/api/v1/decisions", {}, {"viewer", "operator", "approver", "admin"}),
    Promise("GET", "/api/v1/decisions/dec_1", {}, {"viewer", "operator", "approver", "admin"}),
    Promise("POST", "/api/v1/decisions/dec_1/answer", {"json": ANSWER}, {"approver", "admin"}),
    Promise("GET", "/api/v1/decisions/dec_1/interrupt", {}, {"viewer", "operator", "approver", "admin"}),
    Promise("POST", "/api/v1/decisions/dec_1/resume", {"json": {"decisions": [{"type": "approve"}]}}, {"approver", "admin"}),
    Promise("GET", "/api/v1/approvals", {}, {"viewer", "operator", "approver", "admin"}),
    Promise("POST", "/api/v1/blocks", {"json": BLOCK}, {"operator", "admin"}),
    Promise("DELETE", "/api/v1/blocks", {"params": LIFT}, {"operator", "admin"}),
    Promise("GET", "/api/v1/effects", {}, {"viewer", "operator", "approver", "admin"}),
    Promise("POST", "/api/v1/effects/np-1/resolve", {"json": FOUND}, {"operator", "admin"}),
]


@pytest.fixture
def filled(world: World) -> World:
    world.service.known = {"dec_1": decision("dec_1"), "dec_2": decision("dec_2", "renewal", None)}
    world.service.asks = {"dec_1": ask("dec_1")}
    world.service.effects = {"np-1": effect("np-1")}
    world.service.blocks["play", "offer-demo"] = ("ann@example.com", "x", None)
    return world


class TestWhoMayDoWhat:
    def test_the_table_names_every_route(self, world: World) -> None:
        paths = world.app.openapi()["paths"]
        served = {(method.upper(), path) for path, methods in paths.items() for method in methods}
        assert served == {(method, path.replace("dec_1", "{decision_id}").replace("np-1", "{key}")) for method, path, _, _ in ROUTES}

    @pytest.mark.parametrize("promise", ROUTES)
    @pytest.mark.parametrize("role", ROLES)
    async def test_each_role(self, filled: World, promise: Promise, role: Role) -> None:
        method, path, sent, roles = promise
        response = await filled.http.request(method, path, headers=await filled.token(role), **sent)
        if role in roles:
            waits_for_nobody = path.endswith("/interrupt") and response.status_code == 409
            assert response.is_success or waits_for_nobody
        else:
            assert response.status_code == 403
            assert all(allowed in response.json()["detail"] for allowed in roles)

    @pytest.mark.parametrize("promise", ROUTES)
    @pytest.mark.parametrize(
        "header",
        [
            None,
            b"",
            b"Bearer",
            b"Bearer np_",
            b"Bearer np_" + b"A" * 43,
            b"Basic YTpi",
            b"Bearer \xff\xfe",
            b"np_" + b"A" * 43,
        ],
    )
    async def test_nobody_gets_in_without_a_live_token(self, filled: World, promise: Promise, header: bytes | None) -> None:
        method, path, sent, _ = promise
        headers = [] if header is None else [(b"Authorization", header)]
        response = await filled.http.request(method, path, headers=headers, **sent)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert "nextplay people token" in response.json()["detail"]

    async def test_the_token_is_checked_before_the_body_is_read(self, filled: World) -> None:
        for body in (b"{", b"[" * 100_000, b" " * (2 << 20)):
            response = await filled.http.post("/api/v1/events", content=body)
            assert response.status_code == 401

    async def test_an_expired_token_is_refused(self, filled: World) -> None:
        headers = await filled.token("viewer")
        filled.now = NOW + timedelta(days=1)
        assert (await filled.http.get("/api/v1/decisions", headers=headers)).status_code == 401


class TestEvents:
    async def test_an_event_is_stored_once(self, world: World) -> None:
        headers = await world.token("ingest")
        first = await world.http.post("/api/v1/events", json=EVENT, headers=headers)
        again = await world.http.post("/api/v1/events", json=EVENT, headers=headers)
        other = await world.http.post("/api/v1/events", json={**EVENT, "version": 9}, headers=headers)
        assert (first.status_code, first.json()) == (202, {"event_id": "evt_1", "status": "new", "run_id": "run_1"})
        assert (again.status_code, again.json()["status"]) == (200, "duplicate")
        assert (other.status_code, other.json()["status"]) == (200, "conflict")
        [arrival] = world.service.inbox.values()
        assert arrival.event.subject_id == "deal_001"
        assert json.loads(arrival.raw) == EVENT

    async def test_the_api_and_the_webhook_know_each_others_events(self, world: World) -> None:
        await post(world, "generic", BODIES["generic"])
        response = await world.http.post("/api/v1/events", json=EVENT, headers=await world.token("ingest"))
        assert response.json()["status"] == "duplicate"

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"", 400),
            (b"{", 400),
            (b"[" * 100_000, 400),
            (b'{"id":1,"id":2}', 400),
            (b" " * (2 << 20), 413),
            (b"null", 422),
            (b"[]", 422),
            (b'{"id":' + b"9" * 5_000 + b"}", 422),
            (b'{"id":"\\u0000\\ud800"}', 422),
        ],
    )
    async def test_hostile_bodies_are_refused(self, world: World, body: bytes, status: int) -> None:
        headers = {**await world.token("ingest"), "Content-Type": "application/json"}
        response = await world.http.post("/api/v1/events", content=body, headers=headers)
        assert response.status_code == status
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["status"] == status

    async def test_what_was_replaced_is_noted(self, world: World) -> None:
        body = json.dumps({**EVENT, "data": {"x": float("nan")}})
        headers = {**await world.token("ingest"), "Content-Type": "application/json"}
        assert (await world.http.post("/api/v1/events", content=body, headers=headers)).status_code == 202
        [arrival] = world.service.inbox.values()
        assert arrival.event.data == {"x": None, "normalised": ["data.x: NaN became null"]}

    async def test_wrong_fields_are_named(self, world: World) -> None:
        wrong = {**EVENT, "occurred_at": "today", "subject": {"kind": "deal"}}
        response = await world.http.post("/api/v1/events", json=wrong, headers=await world.token("ingest"))
        assert response.status_code == 422
        fields = {field["where"]: field["what"] for field in response.json()["fields"]}
        assert "must be a time with an offset" in fields["body.occurred_at"]
        assert "body.subject.id" in fields

    @pytest.mark.parametrize("source", sorted(OWN_SOURCES))
    async def test_nobody_speaks_in_our_name(self, world: World, source: str) -> None:
        response = await world.http.post("/api/v1/events", json={**EVENT, "source": source}, headers=await world.token("operator"))
        assert response.status_code == 422
        assert "must be the sender's own name" in response.json()["fields"][0]["what"]
        assert world.service.inbox == {}

    async def test_other_types_are_415(self, world: World) -> None:
        headers = {**await world.token("ingest"), "Content-Type": "text/plain"}
        response = await world.http.post("/api/v1/events", content=json.dumps(EVENT), headers=headers)
        assert response.status_code == 415


class TestDecisions:
    async def test_lists_and_filters(self, filled: World) -> None:
        headers = await filled.token("viewer")

        async def ids(**params: Any) -> list[str]:
            response = await filled.http.get("/api/v1/decisions", params=params, headers=headers)
            assert response.status_code == 200
            return [found["id"] for found in response.json()["decisions"]]

        assert await ids() == ["dec_1", "dec_2"]
        assert await ids(limit=1) == ["dec_1"]
        assert await ids(surface="renewal") == ["dec_2"]
        assert await ids(account="acc_001") == ["dec_1"]
        assert await ids(route="act") == []

    @pytest.mark.parametrize("params", [{"limit": 0}, {"limit": "9" * 5_000}, {"route": "sideways"}, {"surface": "a\x00b"}, {"account": ""}])
    async def test_wrong_filters_are_named(self, filled: World, params: dict[str, Any]) -> None:
        headers = await filled.token("viewer")
        response = await filled.http.get("/api/v1/decisions", params=params, headers=headers)
        assert response.status_code == 422
        assert response.json()["fields"][0]["where"] == f"query.{next(iter(params))}"

    async def test_shows_one_whole(self, filled: World) -> None:
        response = await filled.http.get("/api/v1/decisions/dec_1", headers=await filled.token("viewer"))
        assert response.json() == decision("dec_1").model_dump(mode="json")

    async def test_an_unknown_one_is_404(self, filled: World) -> None:
        response = await filled.http.get("/api/v1/decisions/dec_9", headers=await filled.token("viewer"))
        assert response.status_code == 404
        assert response.json() == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "There is no decision dec_9.",
            "next_step": "GET /api/v1/decisions lists those that there are.",
        }

    @pytest.mark.parametrize("id_", ["%00", "a%0Ab", "x" * 129, "a%20b", "%F0%9F%98%80"])
    async def test_what_cannot_be_an_id_is_refused(self, filled: World, id_: str) -> None:
        response = await filled.http.get(f"/api/v1/decisions/{id_}", headers=await filled.token("viewer"))
        assert response.status_code == 422


class TestAnswers:
    async def test_the_holder_of_the_token_answers(self, filled: World) -> None:
        body = {"answer": "edit", "note": "softer", "content": {"body": "Hello"}, "params": {"discount": 5}}
        headers = await filled.token("approver", "bob@example.com")
        response = await filled.http.post("/api/v1/decisions/dec_1/answer", json=body, headers=headers)
        assert response.status_code == 200
        assert (response.json()["won"], response.json()["approval"]["answered_by"]) == (True, "bob@example.com")
        assert filled.service.answers == [{**body, "who": "bob@example.com", "reason": None}]

    async def test_nobody_answers_in_anothers_name(self, filled: World) -> None:
        headers = await filled.token("approver", "bob@example.com")
        body = {"answer": "approve", "who": "ann@example.com"}
        response = await filled.http.post("/api/v1/decisions/dec_1/answer", json=body, headers=headers)
        assert response.status_code == 422
        assert filled.service.answers == []

    async def test_who_comes_second_is_told_who_was_first(self, filled: World) -> None:
        for email in ("ann@example.com", "bob@example.com"):
            headers = await filled.token("approver", email)
            response = await filled.http.post("/api/v1/decisions/dec_1/answer", json=ANSWER, headers=headers)
        assert response.status_code == 200
        assert (response.json()["won"], response.json()["says"]) == (False, "ann@example.com was faster.")

    async def test_waiting_asks_are_listed(self, filled: World) -> None:
        response = await filled.http.get("/api/v1/approvals", headers=await filled.token("viewer"))
        [found] = response.json()["approvals"]
        assert (found["decision_id"], found["asked"], found["state"]) == ("dec_1", ["ann@example.com"], "open")


class TestBlocks:
    async def test_blocks_and_lifts(self, filled: World) -> None:
        headers = await filled.token("operator", "olga@example.com")
        body = {**BLOCK, "target": "account", "ref": "acc_001", "until": "2026-12-01T00:00:00+01:00"}
        made = await filled.http.post("/api/v1/blocks", json=body, headers=headers)
        assert (made.status_code, made.json()) == (201, {"stopped": 1})
        who, why, until = filled.service.blocks["account", "acc_001"]
        assert (who, why, until is not None and until.isoformat()) == (
            "olga@example.com",
            "wrong price",
            "2026-12-01T00:00:00+01:00",
        )
        lifted = await filled.http.delete("/api/v1/blocks", params={**LIFT, "target": "account", "ref": "acc_001"}, headers=headers)
        assert (lifted.status_code, lifted.json()) == (200, {"target": "account", "ref": "acc_001"})
        assert filled.service.lifted == [("olga@example.com", "fixed")]

    async def test_lifting_what_is_not_blocked_is_404(self, filled: World) -> None:
        headers = await filled.token("operator")
        response = await filled.http.delete("/api/v1/blocks", params={**LIFT, "ref": "other"}, headers=headers)
        assert response.status_code == 404
        assert response.json()["detail"] == "There is no block on the play other."

    @pytest.mark.parametrize("change", [{"target": "world"}, {"why": ""}, {"until": "2026-12-01T00:00:00"}, {"ref": "a\nb"}])
    async def test_wrong_blocks_are_refused(self, filled: World, change: dict[str, Any]) -> None:
        headers = await filled.token("operator")
        response = await filled.http.post("/api/v1/blocks", json={**BLOCK, **change}, headers=headers)
        assert response.status_code == 422


class TestEffects:
    async def test_the_holder_of_the_token_says_what_became_of_one(self, filled: World) -> None:
        headers = await filled.token("operator", "olga@example.com")
        listed = await filled.http.get("/api/v1/effects", headers=headers)
        assert [(one["key"], one["state"]) for one in listed.json()["effects"]] == [("np-1", "unknown")]
        said = await filled.http.post("/api/v1/effects/np-1/resolve", json={**FOUND, "done": False}, headers=headers)
        assert said.status_code == 200
        assert (said.json()["effect"]["state"], said.json()["effect"]["error"]) == ("failed", "olga@example.com: it is in the outbox")

    @pytest.mark.parametrize("body", [{}, {"done": True}, {**FOUND, "done": "perhaps"}, {**FOUND, "why": ""}, {**FOUND, "who": "x"}])
    async def test_what_is_not_said_clearly_is_refused(self, filled: World, body: dict[str, Any]) -> None:
        response = await filled.http.post("/api/v1/effects/np-1/resolve", json=body, headers=await filled.token("operator"))
        assert response.status_code == 422
        assert filled.service.effects["np-1"].state == "unknown"

    async def test_an_unknown_key_is_404(self, filled: World) -> None:
        response = await filled.http.post("/api/v1/effects/np-9/resolve", json=FOUND, headers=await filled.token("operator"))
        assert response.status_code == 404


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (InvalidInput("Wrong.", "Do it right."), 422),
            (Refused("Too late.", "Ask again."), 409),
            (Unauthorised("Not yours.", "Ask Ann."), 403),
            (Unavailable("Down.", "Wait."), 503),
        ],
    )
    async def test_the_services_errors_say_what_to_do(self, filled: World, error: Any, status: int) -> None:
        filled.service.fails_with = error
        response = await filled.http.get("/api/v1/decisions", headers=await filled.token("viewer"))
        assert response.status_code == status
        assert (response.json()["detail"], response.json()["next_step"]) == (error.message, error.next_step)
        assert ("Retry-After" in response.headers) is (status == 503)

    async def test_a_bug_is_told_without_its_text(self, filled: World) -> None:
        filled.service.fails_with = RuntimeError("hush")
        response = await filled.http.get("/api/v1/decisions", headers=await filled.token("viewer"))
        assert response.status_code == 500
        assert "hush" not in response.text
        assert response.headers["X-Request-ID"] == "req_1"

    async def test_unknown_paths_are_problems_too(self, world: World) -> None:
        response = await world.http.get("/api/v1/nothing")
        assert (response.status_code, response.json()["title"]) == (404, "Not Found")

    async def test_who_asks_in_a_way_that_is_not_taken_is_told_every_way_that_is(self, world: World) -> None:
        response = await world.http.put("/api/v1/blocks", json={})
        assert (response.status_code, response.headers["Allow"]) == (405, "DELETE, POST")


class TestOpenApi:
    async def test_the_description_is_served_and_typed(self, world: World) -> None:
        described = (await world.http.get("/api/v1/openapi.json")).json()
        assert described == json.loads(json.dumps(world.app.openapi()))
        answer = described["paths"]["/api/v1/decisions/{decision_id}"]["get"]["responses"]
        assert answer["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Decision"}
        assert answer["404"]["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
        event = described["components"]["schemas"]["CanonicalEvent"]
        assert set(event["required"]) == {"source", "id", "type", "occurred_at", "subject"}
        assert event["properties"]["occurred_at"]["format"] == "date-time"
        assert {"200", "202"} <= described["paths"]["/api/v1/events"]["post"]["responses"].keys()
        largest = event["properties"]["version"]["anyOf"][0]["maximum"]
        assert int(largest) == largest == 9 * 10**18, "a limit that a float can say, within what a database keeps"

    def test_every_route_needs_a_token_and_says_so(self, world: World) -> None:
        for path, methods in world.app.openapi()["paths"].items():
            for method, described in methods.items():
                assert described.get("security"), f"{method} {path}"
