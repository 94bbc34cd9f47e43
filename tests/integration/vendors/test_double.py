"""A vendor's double over real HTTP: what each of its faults does, and what it holds against whoever asks."""

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.http import http_client
from integrations.sandbox.doubles.double import Double
from integrations.sandbox.doubles.journal import Journal
from integrations.sandbox.doubles.limits import RateLimit
from integrations.sandbox.doubles.misbehaviour import Misbehaviour
from integrations.sandbox.doubles.side_door import SIDE_DOOR
from integrations.wall_clock import wall_clock


def made(journal: Journal, requests: int = 1000) -> Double:
    async def task(request: Request) -> Response:
        content = await request.json()
        journal.add(wall_clock(), "task", "7", content)
        return JSONResponse({"id": "1", "properties": content}, 201)

    return Double(
        Starlette(routes=[Route("/tasks", task, methods=["POST"])]), journal, RateLimit(requests, 60, time.monotonic),
        lambda wait: JSONResponse({"message": "slow down"}, 429, {"Retry-After": str(round(wait))}), lambda: JSONResponse({"message": "oops"}, 500),
        late_s=0.4,
    )  # fmt: skip


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with http_client(hosts=["127.0.0.1"], timeout_s=0.2) as client:
        yield client


async def asked(client: httpx2.AsyncClient, address: str) -> Any:
    return (await client.post(f"{address}/tasks", json={"body": "marker-1"})).json()


async def test_it_does_what_it_is_asked_and_keeps_its_own_log(client: httpx2.AsyncClient, journal: Journal) -> None:
    async with made(journal).serving() as address:
        assert (await asked(client, address))["id"] == "1"
        log = (await client.get(f"{address}{SIDE_DOOR}/log")).json()
    assert [entry["content"] for entry in log["entries"]] == [{"body": "marker-1"}]
    assert (len(list(journal.with_marker("marker-1"))), list(journal.with_marker("marker-2"))) == (1, [])


@pytest.mark.parametrize(
    ("fault", "outcome", "done"),
    [
        ("too_many", 429, False), ("failing", 500, False), ("late", httpx2.ReadTimeout, True), ("reset", httpx2.RemoteProtocolError, True),
        ("truncated", ValueError, True),
    ],
)  # fmt: skip
async def test_each_fault_is_what_it_says(client: httpx2.AsyncClient, journal: Journal, fault: str, outcome: Any, done: bool) -> None:
    async with made(journal).serving() as address:
        assert (await client.post(f"{address}{SIDE_DOOR}/faults", json={"next": [fault]})).status_code == 200
        if isinstance(outcome, int):
            assert (await client.post(f"{address}/tasks", json={})).status_code == outcome
        else:
            with pytest.raises(outcome):
                await asked(client, address)
        assert bool(journal.entries) is done


async def test_who_comes_back_too_early_is_noted(client: httpx2.AsyncClient, journal: Journal) -> None:
    double = made(journal, requests=1)
    async with double.serving() as address:
        assert [(await client.post(f"{address}/tasks", json={})).status_code for _ in range(3)] == [201, 429, 429]
    assert double.limit.violations == 1, "the second could not know; the third could"


def test_chance_comes_from_a_seed() -> None:
    shares: Any = {"too_many": 0.2, "failing": 0.1}
    first, again = (Misbehaviour(shares, seed=4) for _ in range(2))
    drawn = [first.draw() for _ in range(2000)]
    assert drawn == [again.draw() for _ in range(2000)]
    assert 330 < drawn.count("too_many") < 470
    assert 150 < drawn.count("failing") < 250
