"""The REST API in front of the real service: who may do what, what is told, and that one answer wins, whoever else clicks."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agent.arrivals import arrival_of
from agent.domain.event import Event
from tests.acceptance.scenarios.world import World
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import DATABASE, START, alone, seeded

ROLES = ("viewer", "operator", "approver", "admin", "ingest")
DEAL = Event("crm", "evt_deal", "deal.stage_changed", START, START, "deal", "deal_001", None, "u_katrin", None, {})
"""A mail to the customer, of which the deal's owner is asked."""
QUIET = Event("crm", "evt_human", "ticket.created", START, START, "ticket", "tic_010", None, None, None, {})
"""A ticket on which an agent is writing: nothing is proposed."""


@dataclass(frozen=True)
class Prepared:
    """A database with two decisions, tokens made at the command line, and what they are about."""

    database: Path
    tokens: dict[str, str]
    asked: str
    decision: str
    nothing: str


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, quiet_world: Path) -> Prepared:
    folder = tmp_path_factory.mktemp("api")

    async def decide() -> tuple[str, str, str]:
        async with seeded(folder, quiet_world) as workspace:
            accepted = await workspace.service.accept([arrival_of(DEAL), arrival_of(QUIET)])
            await workspace.engine.settle()
            asked = {approval.decision_id: approval.asked[0] for approval in await workspace.service.waiting()}
            first, second = (one.run_id.replace("run_", "dec_", 1) for one in accepted)
            return asked[first], first, second

    with alone(folder):
        asked, decision, nothing = asyncio.run(decide())
        people = {role: f"{role}@tessera.example" for role in ROLES} | {"approver": asked, "stranger": "nobody@elsewhere.example"}
        tokens = {name: _token(World(folder), email, name if name in ROLES else "approver") for name, email in people.items()}
    return Prepared(folder / DATABASE, tokens, asked, decision, nothing)


def _token(operator: World, email: str, role: str) -> str:
    made = operator.command("people", "token", email, "--role", role, "--json").json
    assert (made["email"], made["role"]) == (email, role)
    return str(made["token"])


@pytest.fixture
async def served(folder: Path, prepared: Prepared) -> AsyncIterator[Served]:
    async with serving(folder, prepared.database, prepared.tokens, undo_s=0) as served:
        yield served


async def ask(served: Served, role: str, method: str, path: str, **sent: Any) -> httpx2.Response:
    return await served.http.request(method, f"/api/v1/{path}", headers=served.bearer(role), **sent)


async def test_each_role_may_do_its_own_and_nothing_else(served: Served, prepared: Prepared) -> None:
    sent = {"source": "shop", "id": "e1", "type": "x.y", "occurred_at": "2026-11-10T09:00:00Z", "subject": {"kind": "deal", "id": "deal_002"}}
    block = {"target": "play", "ref": "expansion", "why": "prices are wrong"}
    readers = {"viewer", "operator", "approver", "admin"}
    promised: list[tuple[str, str, dict[str, Any], set[str]]] = [
        ("POST", "events", {"json": sent}, {"ingest", "operator", "admin"}),
        ("GET", "decisions", {}, readers),
        ("GET", f"decisions/{prepared.decision}", {}, readers),
        ("GET", "approvals", {}, readers),
        ("POST", "blocks", {"json": block}, {"operator", "admin"}),
        ("DELETE", "blocks", {"params": {"target": "play", "ref": "expansion", "why": "fixed"}}, {"operator", "admin"}),
        ("POST", f"decisions/{prepared.decision}/answer", {"json": {"answer": "approve"}}, {"approver", "admin"}),
    ]
    for method, path, what, allowed in promised:
        for role in ROLES:
            response = await ask(served, role, method, path, **what)
            if role not in allowed:
                assert response.status_code == 403, (role, method, path)
                assert all(other in response.json()["detail"] for other in allowed)
            else:
                assert response.status_code != 401
                assert "role" not in response.json().get("detail", "")
            if method == "DELETE" and response.is_success:
                await ask(served, "admin", "POST", "blocks", json=block)


async def test_decisions_are_listed_filtered_and_shown_whole(served: Served, prepared: Prepared) -> None:
    listed = (await served.get("decisions"))["decisions"]
    assert {row["id"] for row in listed} == {prepared.decision, prepared.nothing}
    asking = (await served.get("decisions", route="ask", surface="deal-follow-up", account="acc_001"))["decisions"]
    assert [row["id"] for row in asking] == [prepared.decision]
    assert (await served.get("decisions", account="acc_999"))["decisions"] == []

    decision = await served.get(f"decisions/{prepared.decision}")
    assert decision["trigger"]["event_id"] == "evt_deal"
    assert {"facts", "candidates", "choice", "route", "reasons", "proposal", "approvals", "actions", "playbook_version"} <= decision.keys()
    assert all(one["counterfactual"] for one in decision["candidates"] if one["id"] not in (decision["choice"], "do-nothing"))
    (waiting,) = (await served.get("approvals"))["approvals"]
    assert (waiting["decision_id"], waiting["asked"]) == (prepared.decision, [prepared.asked])
    assert await served.get(f"decisions/{waiting['id']}") == decision
    assert await served.get(f"decisions/{decision['run_id']}") == decision


async def test_of_fifty_answers_one_wins_and_the_effect_happens_once(served: Served, prepared: Prepared) -> None:
    path = f"decisions/{prepared.decision}/answer"
    kinds = ["approve"] * 25 + ["reject"] * 25
    responses = await asyncio.gather(*(ask(served, "approver", "POST", path, json={"answer": kind}) for kind in kinds))

    assert Counter(response.status_code for response in responses) == {200: 50}
    answers = [response.json() for response in responses]
    (winner,) = [answer for answer in answers if answer["won"]]
    state, who = winner["approval"]["state"], prepared.asked
    assert state in ("approved", "rejected")
    losers = [answer["says"] for answer in answers if not answer["won"]]
    assert len(losers) == 49
    assert all(says.startswith(f"Already {state} by {who} at ") and says.endswith("Nothing was changed.") for says in losers)

    async def finished() -> dict[str, Any] | None:
        row = next(row for row in (await served.get("decisions"))["decisions"] if row["id"] == prepared.decision)
        return row if row["state"] == "closed" else None

    assert await served.until(finished)
    effects = [effect["kind"] for effect in await served.workspace.sandbox.effects.log()]
    assert effects == (["send_content", "crm_note"] if state == "approved" else [])
    again = await ask(served, "approver", "POST", path, json={"answer": "approve"})
    assert (again.status_code, again.json()["won"]) == (200, False)


async def test_a_block_stops_what_waits_until_it_is_lifted(served: Served, prepared: Prepared) -> None:
    block = {"target": "account", "ref": "acc_001", "why": "legal asked"}
    made = await ask(served, "operator", "POST", "blocks", json=block)
    assert (made.status_code, made.json()) == (201, {"stopped": 1})

    late = await ask(served, "approver", "POST", f"decisions/{prepared.decision}/answer", json={"answer": "approve"})
    assert (late.json()["won"], late.json()["approval"]["state"]) == (False, "blocked")
    assert (await served.get("approvals"))["approvals"] == []
    assert await decide_anew(served, "evt_blocked") == ("none", {"all_forbidden", "blocked"})

    lift = {"target": "account", "ref": "acc_001", "why": "settled"}
    assert (await ask(served, "operator", "DELETE", "blocks", params=lift)).json() == {"target": "account", "ref": "acc_001"}
    assert (await ask(served, "operator", "DELETE", "blocks", params=lift)).status_code == 404
    route, reasons = await decide_anew(served, "evt_lifted")
    assert route == "ask"
    assert "blocked" not in reasons
    assert await served.workspace.sandbox.effects.log() == []


async def decide_anew(served: Served, name: str) -> tuple[str, set[str]]:
    """Send news of the deal through the API, and wait for what is decided: the route, and the codes of its reasons."""
    at = (START + timedelta(minutes=5)).isoformat()
    sent = {"source": name, "id": name, "type": "deal.stage_changed", "occurred_at": at, "subject": {"kind": "deal", "id": "deal_001"}}
    accepted = await ask(served, "ingest", "POST", "events", json=sent)
    assert (accepted.status_code, accepted.json()["status"]) == (202, "new")

    async def found() -> dict[str, Any] | None:
        response = await ask(served, "viewer", "GET", f"decisions/{accepted.json()['run_id']}")
        return dict(response.json()) if response.status_code == 200 else None

    decision = await served.until(found)
    return decision["route"], {reason["code"] for reason in decision["reasons"]}


async def test_the_api_describes_itself_to_anybody(served: Served) -> None:
    described = (await served.http.get("/api/v1/openapi.json")).json()
    paths = {
        "events",
        "decisions",
        "decisions/{decision_id}",
        "decisions/{decision_id}/answer",
        "decisions/{decision_id}/interrupt",
        "decisions/{decision_id}/resume",
        "approvals",
        "blocks",
        "effects",
        "effects/{key}/resolve",
    }
    assert described["paths"].keys() == {f"/api/v1/{path}" for path in paths}
    for methods in described["paths"].values():
        for route in methods.values():
            assert route["summary"]
            assert {"401", "403", "404", "409", "422"} <= route["responses"].keys()
            assert "application/problem+json" in route["responses"]["409"]["content"]
            assert route["security"]


async def test_problems_say_what_is_wrong_and_what_to_do(served: Served, prepared: Prepared) -> None:
    answer = f"decisions/{prepared.decision}/answer"
    nothing = f"decisions/{prepared.nothing}/answer"
    anonymous = await served.http.get("/api/v1/decisions")
    told = [
        (anonymous, 401, "nextplay people token"),
        (await ask(served, "viewer", "POST", answer, json={"answer": "approve"}), 403, "Use a token of the role approver or admin"),
        (await ask(served, "stranger", "POST", answer, json={"answer": "approve"}), 403, f"Who may: {prepared.asked}"),
        (await ask(served, "viewer", "GET", "decisions/dec_000000000000"), 404, "nextplay decisions list"),
        (await ask(served, "approver", "POST", "decisions/dec_0/answer", json={"answer": "approve"}), 404, "nextplay decisions list"),
        (await ask(served, "approver", "POST", nothing, json={"answer": "approve"}), 409, "is not waiting for an answer"),
        (await ask(served, "approver", "POST", answer, json={"answer": "undo"}), 409, f"nextplay decisions show {prepared.decision}"),
        (await ask(served, "approver", "POST", answer, json={"answer": "perhaps"}), 422, "'approve'"),
        (await ask(served, "approver", "POST", answer, json={"answer": "reject", "reason": "no"}), 422, "Use one of: irrelevant"),
        (await ask(served, "approver", "POST", answer, json={"answer": "edit"}), 422, "needs new content or parameters"),
        (await ask(served, "ingest", "POST", "events", json={"id": "e"}), 422, "occurred_at"),
        (await ask(served, "viewer", "GET", "decisions", params={"limit": 0}), 422, "limit"),
    ]
    for response, status, says in told:
        assert response.status_code == status, (says, response.text)
        assert response.headers["content-type"] == "application/problem+json"
        problem = response.json()
        assert (problem["status"], bool(problem["detail"])) == (status, True)
        assert says in response.text, (says, response.text)
    assert (await served.get(f"decisions/{prepared.decision}"))["approvals"][0]["state"] == "open"
