"""The real application over ASGI, with a service and a token store in memory, and a clock that a test can move."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx2
from fastapi import FastAPI

from integrations.app import create_app
from integrations.doors import Doors
from integrations.settings import Settings
from integrations.tokens import Role, mint
from tests.integration.fakes import NOW, FakeService, FakeTokens

HUBSPOT_KEY = "hub-key-9f2c"
ZENDESK_KEY = "zen-key-9f2c"
SALESFORCE_KEY = "sf-key-9f2c"
GENERIC_KEY = "whsec_YSBnZW5lcmljIGtleSBvZiB0aGlydHktdHdvIGJ5dGVz"


@dataclass
class World:
    """One application and everything around it."""

    app: FastAPI
    service: FakeService
    tokens: FakeTokens
    http: httpx2.AsyncClient
    now: datetime = NOW
    logged: list[MutableMapping[str, Any]] = field(default_factory=list)

    async def token(self, role: Role, email: str = "ann@example.com") -> dict[str, str]:
        """Store a new token and return the header that presents it."""
        serial = len(self.tokens.rows)
        text, row = mint(email, role, now=NOW, ttl=timedelta(days=1), random=lambda n: bytes([serial] * n))
        await self.tokens.add_token(row)
        return {"Authorization": f"Bearer {text}"}


def settings(**changes: Any) -> Settings:
    keys = {
        "hubspot_webhook_secrets": HUBSPOT_KEY,
        "zendesk_webhook_secrets": ZENDESK_KEY,
        "salesforce_webhook_secrets": SALESFORCE_KEY,
        "generic_webhook_secrets": GENERIC_KEY,
    }
    return Settings(_env_file=None, **keys | changes)


def world_of(made_with: Settings, **changes: Any) -> World:
    service, tokens, ids = FakeService(), FakeTokens(), count(1)
    world: World

    async def works() -> bool:
        return True

    doors = Doors(
        settings=made_with,
        service=service,
        tokens=tokens,
        clock=lambda: world.now,
        new_id=lambda: f"req_{next(ids)}",
        **{"checks": {"database": works, "engine": works}, **changes},
    )
    app = create_app(doors)
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://nextplay.test")
    world = World(app, service, tokens, http)
    return world
