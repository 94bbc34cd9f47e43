"""A HubSpot portal that is served, and our connector to it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from integrations.http import RetryLimits
from integrations.sandbox.doubles.double import Double
from integrations.sandbox.doubles.hubspot.filling import MARKETING, SERVICE, STAGES, fill
from integrations.sandbox.doubles.hubspot.portal import Portal
from integrations.sandbox.doubles.hubspot.server import hubspot as double_of
from integrations.sandbox.seed import seed_items
from integrations.vendors.credentials import Credentials, Fixed, Granted
from integrations.vendors.hubspot.connector import HubSpotConnector
from integrations.vendors.hubspot.fields import DealFields, Fields
from integrations.vendors.hubspot.wiring import client, hubspot

TOKEN = SecretStr("pat-eu1-double")
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
FIELDS = Fields(
    stages={"default": {theirs: ours for ours, theirs in STAGES.items()}},
    subscriptions={MARKETING: "marketing", SERVICE: "service"},
    deal=DealFields(primary_label="Decision maker"),
)


@dataclass
class Fast:
    """Time that runs `times` as fast; sleeping takes as much less."""

    times: float = 50.0
    began: float = field(default_factory=time.monotonic)

    def monotonic(self) -> float:
        return (time.monotonic() - self.began) * self.times

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.times)

    def passes(self, seconds: float) -> None:
        """Without anybody waiting for it."""
        self.began -= seconds / self.times


@dataclass
class Hub:
    """Both sides of the wire, in one time."""

    portal: Portal
    double: Double
    connector: HubSpotConnector
    time: Fast
    address: str
    ids: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def joined(
    *, filled: bool = False, fields: Fields = FIELDS, version: str = "2026-03", oauth: bool = False, requests: int = 100_000,
    searches: int = 10_000, settles_s: float = 20.0, late_s: float = 0.3, timeout_s: float = 5.0, fast: Fast | None = None,
) -> AsyncIterator[Hub]:  # fmt: skip
    """A portal, filled with our own world or empty."""
    fast = fast or Fast()
    portal = Portal(now=fast.now)
    ids = fill(portal, seed_items(), START) if filled else {}
    double = double_of(portal, requests=requests, searches=searches, clock=fast.monotonic, late_s=late_s)
    async with double.serving() as address, client(address, timeout_s=timeout_s) as http:
        credentials: Credentials = Fixed(TOKEN)
        if oauth:
            form = {"grant_type": "refresh_token", "client_id": "app", "client_secret": "secret", "refresh_token": "refresh"}
            portal.refresh["refresh"] = ("app", "secret")
            credentials = Granted("hubspot", http, f"{address}/oauth/v1/token", lambda: form, clock=fast.monotonic, sleep=fast.sleep)
        connector = hubspot(
            http, credentials, fields, now=fast.now, clock=fast.monotonic, address=address, version=version, sleep=fast.sleep,
            settles_s=settles_s, limits=RetryLimits(attempts=4, total_s=60),
        )  # fmt: skip
        yield Hub(portal, double, connector, fast, address, ids)
