"""The doors of a real workspace behind a real server on a port of its own, with the engine running, and senders who sign."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from sqlmodel import Session

from integrations.app import create_app, server
from integrations.bootstrap import Workspace
from integrations.db.database import Database
from integrations.serving import doors_of
from integrations.wall_clock import wall_clock
from integrations.webhooks.signatures import sign_hubspot_v3, sign_standard, sign_zendesk
from tests.acceptance.workspaces import START, seeded, settings_in

T = TypeVar("T")
KEYS = {"hubspot": "hub-key-51c8", "zendesk": "zen-key-51c8", "generic": "whsec_YWNjZXB0YW5jZSBrZXkgb2YgdGhpcnR5LXR3byBieXRlcw=="}
HERE = "the address of the server itself"
"""As a setting: its value is known once there is a port."""
WITHIN_S = 60.0
"""Seconds after which a condition that has not come true is a failure: far more than a slow machine needs."""

_messages = count(1)


class TellingDatabase(Database):
    """Tells of every commit, so that a test can wait for what it expects instead of for time to pass."""

    def __init__(self, url: str) -> None:
        self.changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        super().__init__(url)

    def _commit(self, session: Session) -> None:
        super()._commit(session)
        self._loop.call_soon_threadsafe(self.changed.set)


@dataclass
class Served:
    """A workspace that is being served. Requests go over TCP."""

    workspace: Workspace
    http: httpx2.AsyncClient
    changed: asyncio.Event
    tokens: dict[str, str] = field(default_factory=dict)

    async def until(self, found: Callable[[], Awaitable[T | None]]) -> T:
        """Ask again after every commit until the answer is true; returns it. Raises TimeoutError."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                self.changed.clear()
                if answer := await found():
                    return answer
                await self.changed.wait()

    async def post(self, door: str, body: Any, **signing: Any) -> httpx2.Response:
        """Deliver a signed webhook. `body` is sent as it is when it is bytes, else as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = f"{self.http.base_url}".rstrip("/") + f"/webhooks/{door}"
        return await self.http.post(url, content=raw, headers=signed(door, raw, url, **signing))

    async def get(self, path: str, role: str = "viewer", **query: Any) -> Any:
        """Read something through the API; its answer must be 200."""
        response = await self.http.get(f"/api/v1/{path}", headers=self.bearer(role), params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def bearer(self, role: str) -> dict[str, str]:
        """The header that presents a token of the role."""
        return {"Authorization": f"Bearer {self.tokens[role]}"}


@asynccontextmanager
async def serving(
    folder: Path, world: Path, tokens: Mapping[str, str] | None = None, wall: Callable[[], datetime] = wall_clock, *,
    at: datetime | None = START, engine: bool = True, **settings: Any,
) -> AsyncIterator[Served]:  # fmt: skip
    """Serve a copy of the seeded world. `tokens` are texts by role, made before; `wall` is the time by which Slack goes.

    `at`: where its clock stands (None: it goes on from the world's own). Without the `engine` nothing is driven.
    """
    databases: list[TellingDatabase] = []

    def open_database(url: str) -> Database:
        databases.append(TellingDatabase(url))
        return databases[-1]

    secrets = {f"{door}_webhook_secrets": key for door, key in KEYS.items()}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = {name: url if value is HERE else value for name, value in settings.items()}
        made_with = settings_in(folder, **secrets, **settings)
        async with seeded(folder, world, open_database=open_database, wall=wall, at=at, **secrets, **settings) as workspace:
            runs = server(create_app(doors_of(workspace, made_with, with_engine=engine)), made_with)
            running = asyncio.create_task(runs.serve(sockets=[listener]))
            try:
                async with httpx2.AsyncClient(base_url=url, timeout=WITHIN_S) as http:
                    yield Served(workspace, http, databases[0].changed, dict(tokens or {}))
            finally:
                runs.should_exit = True
                await running


def signed(door: str, body: bytes, url: str, *, key: str | None = None, late: timedelta = timedelta()) -> dict[str, str]:
    """The headers that a vendor sends with a body. `late` moves the time that is signed; another `key` forges."""
    secret, at = key or KEYS[door], datetime.now(UTC) - late
    headers = {"Content-Type": "application/json"}
    if door == "hubspot":
        stamp = str(int(at.timestamp() * 1000))
        signature = sign_hubspot_v3(secret, "POST", url, body, stamp)
        return headers | {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
    if door == "zendesk":
        stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return headers | {"X-Zendesk-Webhook-Signature": sign_zendesk(secret, stamp, body), "X-Zendesk-Webhook-Signature-Timestamp": stamp}
    stamp, message = str(int(at.timestamp())), f"msg_{next(_messages)}"
    return headers | {"webhook-id": message, "webhook-timestamp": stamp, "webhook-signature": sign_standard(secret, message, stamp, body)}
