"""The people who are asked: each ask is answered through the API by somebody who may, some by two at once, and what was confirmed is written down."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx2

from tests.chaos.fleet.lines import Lines

LOOKS_EVERY_S = 0.5
REJECTED, TWICE = 0.2, 0.1
"""So many of all asks are rejected, and answered by two at the same time, who may not agree."""


@dataclass
class People:
    """Everybody who has a token, by address; `operator` sees what waits."""

    url: str
    tokens: Mapping[str, str]
    operator: str
    log: Lines
    dice: Random
    statuses: Counter[str] = field(default_factory=Counter)
    _answered: set[str] = field(default_factory=set)

    async def answer_all(self) -> None:
        """Look what waits, and answer it, until cancelled."""
        async with httpx2.AsyncClient(base_url=self.url, timeout=10, trust_env=False) as client:
            while True:
                await asyncio.gather(*(self._answer(client, ask) for ask in await self._waiting(client)))
                await asyncio.sleep(LOOKS_EVERY_S)

    async def _waiting(self, client: httpx2.AsyncClient) -> list[dict[str, Any]]:
        answer = await self._asked(client, "GET", "/api/v1/approvals", self.operator)
        asks: list[dict[str, Any]] = answer.json()["approvals"] if answer is not None and answer.status_code == 200 else []
        return [ask for ask in asks if ask["id"] not in self._answered][:50]

    async def _answer(self, client: httpx2.AsyncClient, ask: dict[str, Any]) -> None:
        saying = [self._drawn() for _ in range(1 + (self.dice.random() < TWICE))]
        told = await asyncio.gather(*(self._say(client, ask, said) for said in saying))
        if any(told):
            self._answered.add(ask["id"])

    def _drawn(self) -> str:
        return "reject" if self.dice.random() < REJECTED else "approve"

    async def _say(self, client: httpx2.AsyncClient, ask: dict[str, Any], said: str) -> bool:
        """Whether that was answered at all: it may have been too late. What nobody confirmed is said again at the next look."""
        who = ask["asked"][0]
        body = {"answer": said, **({"reason": "poorly_timed"} if said == "reject" else {})}
        answer = await self._asked(client, "POST", f"/api/v1/decisions/{ask['id']}/answer", self.tokens[who], json=body)
        if answer is None or answer.status_code not in (200, 409):
            return False
        won = answer.status_code == 200 and answer.json()["won"]
        self.log.add(ask=ask["id"], digest=ask["digest"], who=who, said=said, won=won, at=time.time())
        return True

    async def _asked(self, client: httpx2.AsyncClient, method: str, path: str, token: str, **said: Any) -> httpx2.Response | None:
        try:
            answer = await client.request(method, path, headers={"Authorization": f"Bearer {token}"}, **said)
        except httpx2.TransportError as error:
            self.statuses[type(error).__name__] += 1
            return None
        self.statuses[str(answer.status_code)] += 1
        return answer
