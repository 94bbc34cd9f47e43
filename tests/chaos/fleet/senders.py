"""Senders of webhooks: each delivery is made again until it is acknowledged, as late as the answer asks for."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import httpx2

from tests.chaos.fleet.deliveries import Delivery
from tests.chaos.fleet.lines import Lines

GIVES_UP_S = 10.0
"""So long a sender waits for an answer. HubSpot waits 5 seconds, Zendesk 10."""


@dataclass
class Senders:
    """So many at once, against an address; every acknowledgement is a line of the log. `per_second`: no more new deliveries than that; None: as fast
    as can be.
    """

    url: str
    log: Lines
    dice: Random
    clients: int = 16
    per_second: float | None = None
    statuses: Counter[str] = field(default_factory=Counter)
    took_s: list[float] = field(default_factory=list)
    """Of every acknowledgement."""
    longest_s: float = 0.0
    """That any answer took, of whatever kind."""
    without_retry_after: int = 0
    """Answers of 503 that did not say when to come again."""
    stopped: bool = False
    """Begin no new delivery; those that were begun are made again until they are acknowledged."""

    async def send(self, storm: list[Delivery]) -> int:
        """Send all of it, or what is begun until `stopped`; how many deliveries were begun."""
        coming, began, begun = iter(enumerate(storm)), time.monotonic(), Counter[str]()

        async def one_after_the_other(client: httpx2.AsyncClient) -> None:
            for number, delivery in self._not_stopped(coming):
                if self.per_second is not None:
                    await asyncio.sleep(max(began + number / self.per_second - time.monotonic(), 0))
                begun.update(["begun"])
                await self._deliver(client, delivery)

        limits = httpx2.Limits(max_connections=self.clients, max_keepalive_connections=self.clients)
        async with httpx2.AsyncClient(base_url=self.url, timeout=GIVES_UP_S, limits=limits, trust_env=False) as client:
            await asyncio.gather(*(one_after_the_other(client) for _ in range(self.clients)))
        return begun["begun"]

    def _not_stopped(self, coming: Iterator[tuple[int, Delivery]]) -> Iterator[tuple[int, Delivery]]:
        for one in coming:
            if self.stopped:
                return
            yield one

    async def _deliver(self, client: httpx2.AsyncClient, delivery: Delivery) -> None:
        while (wait_s := await self._try(client, delivery)) is not None:  # noqa: ASYNC110  nothing else tells when the other side can be reached
            await asyncio.sleep(wait_s * self.dice.uniform(1, 1.3))

    async def _try(self, client: httpx2.AsyncClient, delivery: Delivery) -> float | None:
        """Make the request once; None when it was acknowledged, else how long to wait before the next."""
        began, headers = time.monotonic(), {"content-type": "application/json", **delivery.headers(datetime.now(UTC))}
        try:
            answer = await client.post(f"/webhooks/{delivery.door}", content=delivery.body, headers=headers)
        except httpx2.TransportError as error:
            self.statuses[type(error).__name__] += 1
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            return 0.3
        took_s = time.monotonic() - began
        self.longest_s = max(self.longest_s, took_s)
        self.statuses[str(answer.status_code)] += 1
        if answer.is_success:
            self.took_s.append(took_s)
            said = {"source": delivery.source, "event": delivery.event, "body": delivery.body.decode(), "said": answer.json()}
            self.log.add(**said, status=answer.status_code, at=time.time())
            return None
        after = answer.headers.get("retry-after")
        self.without_retry_after += answer.status_code == 503 and after is None
        return float(after) if after else 0.5
