"""A small Zendesk to work with: a company, its people, a group, and a ticket."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from pydantic import SecretStr

from integrations.http import http_client
from integrations.sandbox.doubles.zendesk import World, ZendeskDouble
from integrations.sandbox.doubles.zendesk.desk import opened
from integrations.vendors.zendesk.connecting import connected, granted
from integrations.vendors.zendesk.connector import Zendesk
from integrations.vendors.zendesk.fields import Fields
from integrations.vendors.zendesk.known import Known

Wrap = Callable[[httpx2.AsyncBaseTransport], httpx2.AsyncBaseTransport]

NOON = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)


@dataclass
class Clock:
    """Wall time that moves when told."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time_: float) -> None:
        self.now += timedelta(**time_)


@dataclass
class Desk:
    """The double, and the ids of what is in it."""

    clock: Clock = field(default_factory=Clock)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        world = self.world = World(self.clock)
        world.agent = world.add_agent("Nextplay", "nextplay@desk.example", role="admin")
        self.marta = world.add_agent("Marta", "marta@tessera.example")
        self.company = world.add_organization("Nordwind", external_id="acc_006", domain_names=["nordwind.example"])
        self.sanne = world.add_user("Sanne de Wit", "sanne@nordwind.example", organization_id=self.company, locale="nl")
        self.support = world.add_group("Support Europe", (self.marta,))
        self.engineering = world.add_group("Engineering")
        self.product = world.add_field("Product", "tagger")
        self.refund = world.add_field("Refund", "decimal")
        self.ticket = opened(
            world, "No events", "Nothing arrives.", requester_id=self.sanne, organization_id=self.company, status="open", priority="high",
            group_id=self.support, assignee_id=self.marta, tags=["webhooks"],
        )  # fmt: skip

    def double(self, **said: Any) -> ZendeskDouble:
        return ZendeskDouble(self.world, fast, **said)


@asynccontextmanager
async def asking(double: ZendeskDouble, scope: str = "read write") -> AsyncIterator[httpx2.AsyncClient]:
    """A client of nobody's making that holds a token."""
    async with double.serving() as address, http_client(hosts=["127.0.0.1"], timeout_s=2) as client:
        form = {"grant_type": "client_credentials", "client_id": "nextplay", "client_secret": "not-a-secret", "scope": scope}
        token = (await client.post(f"{address}/oauth/tokens", data=form)).json()["access_token"]
        client.base_url, client.headers["Authorization"] = address, f"Bearer {token}"
        yield client


SCALE = 100.0
"""So many seconds of limits and waits pass in a real one."""


def fast() -> float:
    return time.monotonic() * SCALE


async def nap(seconds: float) -> None:
    await asyncio.sleep(seconds / SCALE)


@asynccontextmanager
async def connecting(
    double: ZendeskDouble,
    known: Known,
    fields: Fields | None = None,
    *,
    timeout_s: float = 2.0,
    max_bytes: int = 8_000_000,
    wrap: Wrap | None = None,
) -> AsyncIterator[Zendesk]:  # fmt: skip
    """The connector, over real HTTP."""
    async with double.serving() as address:
        transport = httpx2.AsyncHTTPTransport(retries=0)
        client = http_client(hosts=["127.0.0.1"], timeout_s=timeout_s, max_bytes=max_bytes, transport=wrap(transport) if wrap else transport)
        async with client:
            credentials = granted(client, address, "nextplay", SecretStr("not-a-secret"), clock=fast, sleep=nap)
            yield connected(client, address, credentials, known, fields or Fields(), now=double.world.clock, clock=fast, sleep=nap, patience_s=30)
