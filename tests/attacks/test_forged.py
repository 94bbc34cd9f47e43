"""Nothing that is forged is taken: not at the doors of vendors and Slack, not at the API, not in the console; and nothing of it is left behind."""

import base64
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx2
from pydantic import SecretStr
from sqlalchemy import func, select

from integrations.app import create_app
from integrations.bootstrap import Workspace, open_workspace
from integrations.db.tables import Row
from integrations.serving import doors_of
from integrations.settings import Settings
from integrations.tokens import mint
from tests.attacks.forging import DOORS, HOST, SECRETS, Attempt, body_of, forgeries, signed

FORGED, SLICE = 10_000, 700
OPEN_TO_ALL = ("/api/v1/openapi.json", "/api/v1/docs", "/healthz", "/readyz")


PAGES = ("/console/queue", "/console/decisions", "/console/operations", "/console/people")


def settings_of(url: str, folder: Path) -> Settings:
    """A deployment with every door open, and Slack's too."""
    secrets: dict[str, Any] = {f"{door}_webhook_secrets": (SecretStr(secret),) for door, secret in SECRETS.items() if door != "slack"}
    return Settings(
        _env_file=None, database_url=SecretStr(url), audit_key_file=folder / "audit.key", public_url=HOST,
        slack_mode="http", slack_bot_token=SecretStr("xoxb-1"),
        slack_signing_secret=SecretStr(SECRETS["slack"]), **secrets,
    )  # fmt: skip


@asynccontextmanager
async def doors(url: str, folder: Path) -> AsyncIterator[tuple[Workspace, httpx2.AsyncClient]]:
    """The real application of a real workspace. No engine runs, so that nothing is written but by who comes in."""
    settings = settings_of(url, folder)
    async with open_workspace(settings) as workspace:
        app = create_app(doors_of(workspace, settings, with_engine=False))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=HOST) as client:
            yield workspace, client


async def rows(workspace: Workspace) -> dict[str, int]:
    """How many rows each table has."""
    counts = {table.name: select(func.count()).select_from(table) for table in Row.metadata.sorted_tables}
    return {name: await workspace.database.read_core(lambda c, q=query: int(c.execute(q).scalar_one())) for name, query in counts.items()}  # type: ignore[misc]


async def send(client: httpx2.AsyncClient, attempt: Attempt) -> httpx2.Response:
    headers = attempt.headers if isinstance(attempt.headers, tuple) else tuple(attempt.headers.items())
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return await client.post(attempt.path, content=attempt.body, headers=raw)


async def test_no_forged_delivery_is_taken(url: str, folder: Path, seed: int, *, whole: bool) -> None:
    count, now = FORGED if whole else SLICE, datetime.now(UTC)
    async with doors(url, folder) as (workspace, client):
        before = await rows(workspace)
        said = Counter[tuple[int, str, str]]()
        for attempt in forgeries(Random(seed), now, count):  # noqa: S311  no secret
            answer = await send(client, attempt)
            said[answer.status_code, attempt.door, attempt.how] += 1
            assert answer.content == b"", (attempt, answer.text)
            now = datetime.now(UTC)
        assert {status for status, _, _ in said} == {401}, [found for found in said if found[0] != 401]
        assert await rows(workspace) == before
        for door in DOORS:  # the same doors are open to who has the secret
            answer = await send(client, signed(door, body_of(door, 99_999_999, now), datetime.now(UTC)))
            assert answer.is_success or (door == "slack" and answer.status_code == 404), (door, answer.status_code)
        assert (await rows(workspace))["inbox"] == before["inbox"] + len(DOORS) - 1
    print(f"{count} forged deliveries in {len({(door, how) for _, door, how in said})} ways: 0 taken")


def tokens(dice: Random, real: str, over: str, gone: str) -> Iterator[tuple[str, str]]:
    """Headers of authorisation that give nobody's right, with what is wrong with each."""
    flip = dice.randrange(3, len(real))
    yield "none", ""
    yield "over", f"Bearer {over}"
    yield "revoked", f"Bearer {gone}"
    yield "guessed", "Bearer np_" + base64.urlsafe_b64encode(dice.randbytes(32)).decode().rstrip("=")
    yield "one sign changed", f"Bearer {real[:flip]}{dice.choice([c for c in 'aZ0_-' if c != real[flip]])}{real[flip + 1 :]}"
    yield "cut", f"Bearer {real[: dice.randrange(len(real))]}"
    yield "longer", f"Bearer {real}A"
    yield "twice", f"Bearer {real} {real}"
    yield (
        "another scheme",
        dice.choice([f"Basic {real}", f"Token {real}", real, f"Bearer: {real}", "Basic " + base64.b64encode(f"admin:{real}".encode()).decode()]),
    )
    yield "a query", f"Bearer ' OR 1=1 -- {dice.random()}"
    yield "NUL and others", f"Bearer {real[:10]}\u00e9{real[10:]}"


async def test_no_forged_token_or_session_opens_anything(url: str, folder: Path, seed: int, *, whole: bool) -> None:
    dice, now = Random(seed), datetime.now(UTC)  # noqa: S311  no secret
    async with doors(url, folder) as (workspace, client):
        real, row = mint("ops@tessera.example", "admin", now=now, ttl=timedelta(days=1), random=dice.randbytes)
        over, old = mint("old@tessera.example", "admin", now=now - timedelta(days=9), ttl=timedelta(days=1), random=dice.randbytes)
        gone, taken = mint("gone@tessera.example", "admin", now=now, ttl=timedelta(days=1), random=dice.randbytes)
        for each in (row, old, taken):
            await workspace.store.add_token(each)
        await workspace.store.revoke_token(taken.id, by="ops@tessera.example", at=now)
        document = (await client.get("/api/v1/openapi.json")).json()
        calls = [(method.upper(), path) for path, item in document["paths"].items() for method in item if not path.startswith("/webhooks")]
        guarded = [(method, path) for method, path in calls if path not in OPEN_TO_ALL]
        before, tried = await rows(workspace), 0
        for _ in range(FORGED // (11 * len(guarded)) + 1 if whole else 1):
            for method, path in guarded:
                for how, header in tokens(dice, real, over, gone):
                    headers = [(b"authorization", header.encode("latin-1"))] if header else []
                    cookies = [(b"cookie", f"__Host-nextplay={header.rpartition(' ')[2]}".encode("latin-1"))]
                    answer = await client.request(method, path.replace("{", "").replace("}", ""), headers=[*headers, *cookies], json={"anything": 1})
                    assert answer.status_code == 401, (method, path, how, answer.status_code, answer.text)
                    tried += 1
        assert await rows(workspace) == before
        assert (await client.get("/api/v1/decisions", headers={"authorization": f"Bearer {real}"})).status_code == 200
    print(f"{tried} calls of the API and {len(PAGES)} pages of the console with forged tokens and cookies: 0 let in")
    assert tried >= (FORGED if whole else 90)
