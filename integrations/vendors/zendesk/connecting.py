"""Puts Zendesk's connector together out of what it is given."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import httpx2
from pydantic import SecretStr

from integrations.http import DEFAULT_LIMITS, RetryLimits, Sleep
from integrations.vendors.allowance import Allowance, Limit
from integrations.vendors.caller import Caller
from integrations.vendors.credentials import Credentials, Granted, said_now
from integrations.vendors.zendesk.connector import Zendesk
from integrations.vendors.zendesk.dialect import ACCOUNT_LIMIT, EXPORT_LIMIT, EXPORTS, SUPPORT, VENDOR
from integrations.vendors.zendesk.effects import ZendeskEffects
from integrations.vendors.zendesk.endpoints import SCOPES, TOKEN_PATH
from integrations.vendors.zendesk.fields import Fields
from integrations.vendors.zendesk.known import Known
from integrations.vendors.zendesk.reader import Reader

TOKEN_S = 1800
EXPORT_PATIENCE_S = 90.0
"""Exports are few, and nobody waits for them but a sync, which had better be slow than break off."""
EXPORT_TRIES_S = 200.0


def granted(
    client: httpx2.AsyncClient,
    address: str,
    client_id: str,
    client_secret: SecretStr | Callable[[], SecretStr],
    *,
    clock: Callable[[], float],
    sleep: Sleep = asyncio.sleep,
) -> Granted:
    """Tokens of an OAuth client, for half an hour each. `clock` gives monotonic seconds."""

    def form() -> dict[str, str]:
        said = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": said_now(client_secret)}
        return {**said, "scope": " ".join(SCOPES), "expires_in": str(TOKEN_S)}

    return Granted(VENDOR, client, f"{address}{TOKEN_PATH}", form, clock=clock, sleep=sleep)


def connected(
    client: httpx2.AsyncClient, address: str, credentials: Credentials, known: Known, fields: Fields,
    *, now: Callable[[], datetime], clock: Callable[[], float], sleep: Sleep = asyncio.sleep, limits: RetryLimits = DEFAULT_LIMITS,
    patience_s: float = 2.0,
) -> Zendesk:  # fmt: skip
    """The connector. `now` tells the time of day, `clock` monotonic seconds; `patience_s` is how long a request may wait for its turn."""

    def allowance(limit: Limit, patience_s: float) -> Allowance:
        return Allowance(VENDOR, limit, clock=clock, sleep=sleep, patience_s=patience_s)

    slow = replace(limits, total_s=max(limits.total_s, EXPORT_TRIES_S))
    support = Caller(SUPPORT, client, address, credentials, allowance(ACCOUNT_LIMIT, patience_s), limits=limits, sleep=sleep)
    exports = Caller(EXPORTS, client, address, credentials, allowance(EXPORT_LIMIT, EXPORT_PATIENCE_S), limits=slow, sleep=sleep)
    reader = Reader(support, exports)
    return Zendesk(reader, ZendeskEffects(support, reader, known, clock, sleep), known, fields, now)
