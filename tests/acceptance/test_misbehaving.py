"""`nextplay sandbox misbehave`: an operator has a vendor's double do wrong from a second terminal, and ends it again."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from integrations.sandbox.doubles.double import Double
from integrations.sandbox.doubles.hubspot.portal import Portal
from integrations.sandbox.doubles.hubspot.server import hubspot

COMPANIES = "/crm/objects/2026-03/companies"
TOKEN = {"authorization": "Bearer pat-eu1-double"}


@pytest.fixture
async def double() -> AsyncIterator[tuple[Double, str]]:
    made = hubspot(Portal())
    async with made.serving() as address:
        yield made, address


async def run(*arguments: str) -> tuple[int, str, str]:
    """The command in a process of its own."""
    code = "from evals.cli import main; raise SystemExit(main())"
    command = [sys.executable, "-c", code, "sandbox", "misbehave", *arguments]
    given = {**os.environ, "COLUMNS": "110"}
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=False, env=given)
    return done.returncode, done.stdout, done.stderr


async def statuses(address: str, count: int = 1) -> list[int]:
    async with httpx2.AsyncClient(base_url=address, headers=TOKEN) as client:
        return [(await client.get(COMPANIES)).status_code for _ in range(count)]


async def test_it_says_what_there_is_and_that_all_is_well(double: tuple[Double, str]) -> None:
    code, said, _ = await run(double[1])
    assert code == 0
    for part in ("too_many", "429; nothing is done", "denied", "SCOPE, such as crm.objects.deals.read", "The double of hubspot is well."):
        assert part in said


async def test_a_fault_is_for_the_next_requests_and_a_share_for_all(double: tuple[Double, str]) -> None:
    address = double[1]
    code, said, _ = await run(address, "failing", "--times", "2")
    assert (code, "for the next requests: failing, failing" in said) == (0, True)
    assert f"nextplay sandbox misbehave {address} well" in said
    assert await statuses(address, 3) == [500, 500, 200]
    code, said, _ = await run(address, "failing", "--share", "1")
    assert (code, "failing for 100% of all requests" in said, await statuses(address, 2)) == (0, True, [500, 500])
    code, said, _ = await run(address, "well", "--json")
    told: dict[str, Any] = json.loads(said)
    assert (code, told["set"], await statuses(address)) == (0, {"shares": {}, "next": [], "tricks": []}, [200])


async def test_a_trick_is_told_what_it_is_about(double: tuple[Double, str]) -> None:
    address = double[1]
    code, said, _ = await run(address, "denied", "crm.objects.companies.read")
    assert (code, "denied of crm.objects.companies.read" in said, await statuses(address)) == (0, True, [403])
    assert (await run(address, "well"))[0] == 0
    assert await statuses(address) == [200]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["explode"], "cannot be 'explode'. It can be: too_many, failing"),
        (["deleted"], "deleted needs to be told TYPE/ID"),
        (["deleted", "contacts/4711"], "deleted of contacts/4711 is not possible here"),
        (["late", "contacts"], "late is a fault of requests, and needs nothing to be told"),
        (["deleted", "contacts/1", "--times", "3"], "deleted happens once"),
    ],
)
async def test_what_cannot_be_is_said(double: tuple[Double, str], arguments: list[str], says: str) -> None:
    code, _, said = await run(double[1], *arguments)
    assert (code, says in " ".join(said.split())) == (2, True), said


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://example.invalid", "127.0.0.1:80", "nonsense"])
async def test_where_no_double_answers_that_is_said(url: str) -> None:
    code, _, said = await run(url)
    assert (code, f"No double of a vendor answers at {url}." in " ".join(said.split())) == (2, True), said
