"""HubSpot's connector, put together from what only the deployment knows."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import httpx2

from integrations.http import DEFAULT_LIMITS, RetryLimits, Sleep, http_client
from integrations.vendors.allowance import Allowance
from integrations.vendors.caller import Caller
from integrations.vendors.credentials import Credentials
from integrations.vendors.hubspot.checks import Checks
from integrations.vendors.hubspot.client import HubSpot
from integrations.vendors.hubspot.connector import HubSpotConnector
from integrations.vendors.hubspot.dialect import OF_ALL, OF_SEARCHES, SEARCHES, START, VENDOR, Searches
from integrations.vendors.hubspot.effects import SETTLES_S, HubSpotEffects, Resolve, by_own_id
from integrations.vendors.hubspot.fields import Fields
from integrations.vendors.hubspot.reading import Reading

ADDRESS = "https://api.hubapi.com"
TOKENS = f"{ADDRESS}/oauth/v1/token"
"""Where an app that was installed by OAuth renews its token."""
VERSION = "2026-03"
VERSIONS = ("2026-03", "2026-09")
"""From 2026-09 on HubSpot also holds what we write to the rules of the portal's administrators."""
MOST_BYTES = 8_000_000
"""100 tickets with their texts are large."""


def client(address: str = ADDRESS, *, transport: httpx2.AsyncBaseTransport | None = None, timeout_s: float = 10.0) -> httpx2.AsyncClient:
    """An HTTP client that may talk to HubSpot only. Whoever makes it closes it."""
    return http_client(hosts=[httpx2.URL(address).host], timeout_s=timeout_s, max_bytes=MOST_BYTES, transport=transport)


def hubspot(
    http: httpx2.AsyncClient, credentials: Credentials, fields: Fields, *, now: Callable[[], datetime], clock: Callable[[], float],
    address: str = ADDRESS, version: str = VERSION, sleep: Sleep = asyncio.sleep, resolve: Resolve = by_own_id, settles_s: float = SETTLES_S,
    limits: RetryLimits = DEFAULT_LIMITS,
) -> HubSpotConnector:  # fmt: skip
    """A connector. `now` gives the moment, `clock` monotonic seconds. Raises ValueError for a version of the API that was not tried."""
    if version not in VERSIONS:
        raise ValueError(f"HubSpot's API version '{version}' is not one that Nextplay speaks: use {' or '.join(VERSIONS)}")
    whole = Allowance(VENDOR, START, clock=clock, sleep=sleep)
    searching = Searches(whole, VENDOR, SEARCHES, clock=clock, sleep=sleep)
    asking = Caller(OF_ALL, http, address, credentials, whole, limits=limits, sleep=sleep)
    searches = Caller(OF_SEARCHES, http, address, credentials, searching, limits=limits, sleep=sleep)
    hub = HubSpot(asking, searches, version)
    effects = HubSpotEffects(hub, fields, now=now, clock=clock, resolve=resolve, settles_s=settles_s)
    return HubSpotConnector(Reading(hub, fields, clock), effects, Checks(hub, fields), now)
