"""Drives a storm: news comes in, what is asked is approved, time passes, until everything has come to an end."""

import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import httpx2
from pydantic import SecretStr
from sqlalchemy import select

from integrations.app import create_app
from integrations.bootstrap import Workspace, open_workspace
from integrations.db.tables import RUNS
from integrations.sandbox.doubles.double import Double
from integrations.sandbox.fixtures import Item
from integrations.serving import doors_of
from integrations.settings import Settings
from integrations.synced import syncings_of
from integrations.tokens import mint
from integrations.vendors.errors import VendorError
from tests.acceptance.workspaces import alone
from tests.storms.vendors.passing import SHARES, Passing

HOST, SECRET = "http://nextplay.local", "storm-secret"
STEP, TICKS, SYNCS = timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=20)
AT_ONCE = 40
"""So much news comes in half a minute."""

AGAIN = 4
"""So often at one moment those are driven again who wait for the vendor."""

LONGEST = timedelta(hours=4)
"""Of the storm's own time. What has not come to an end by then never will."""


class Stormy(Protocol):
    """A vendor's double with a company in it."""

    vendor: str

    @property
    def double(self) -> Double: ...
    def settings(self, address: str, folder: Path) -> Mapping[str, Any]:
        """Those of a deployment that is connected to it."""
        ...

    def before(self) -> Iterable[Item]:
        """What is known before it is read."""
        ...

    def after(self) -> Iterable[Item]:
        """What somebody says of what was read."""
        ...

    def hook(self, client: httpx2.AsyncClient, url: str, secret: str) -> None:
        """It tells an address from now on."""
        ...

    def moves(self, numbers: Iterable[int]) -> None:
        """Something happens at these customers."""
        ...

    async def tells(self) -> list[int]:
        """It tells what has happened, signed; the statuses of the answers."""
        ...


@dataclass
class Storm:
    """A deployment that is connected to a vendor at its worst."""

    there: Stormy
    workspace: Workspace
    passing: Passing
    client: httpx2.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)

    async def runs(self, events: int) -> None:
        """Until nothing is open any more. Raises TimeoutError."""
        coming, ends = iter(range(events)), self.passing.at + LONGEST
        ticks, syncs = self.passing.at + TICKS, self.passing.at + SYNCS
        while self.passing.at < ends:
            self.there.moves(news := [*islice(coming, AT_ONCE)])
            told = await self.there.tells()
            assert {*told} <= {200, 202}
            if not news and not told and not await self._open():
                return
            await self._settles()
            await self._people_approve()
            self.passing.moves_by(STEP)
            self.workspace.clock.stand_at(self.passing.at)
            if self.passing.at >= ticks:
                ticks += TICKS
                await self.workspace.service.tick()
            if self.passing.at >= syncs:
                syncs += SYNCS
                await self._syncs()
        raise TimeoutError(f"after {LONGEST} something is still open: {await self._open()}")

    async def _settles(self) -> None:
        """At this moment; whoever waits for the vendor's limit tries again as soon as that is over."""
        await self.workspace.engine.settle()
        for _ in range(AGAIN):
            if not await self.workspace.store.waiting_runs():
                return
            await self.passing.sleep(1)
            await self.workspace.engine.settle()

    async def _syncs(self) -> None:
        """As long as it takes: what breaks off goes on where it was."""
        for syncing in syncings_of(self.workspace):
            for _ in range(500):
                try:
                    await syncing.run()
                    break
                except VendorError:
                    await self.passing.sleep(5)

    async def _open(self) -> list[str]:
        """The runs of which something may still come."""
        query = select(RUNS.c.id).where(RUNS.c.state.not_in(["closed", "parked", "held", "dead"]))
        return [*await self.workspace.database.read_core(lambda c: c.execute(query).scalars().all())]

    async def _people_approve(self) -> None:
        """Everybody who is asked says yes, through the API and in their own name."""
        for ask in await self.workspace.service.waiting():
            who = ask.asked[0]
            headers = {"Authorization": f"Bearer {await self._token(who)}"}
            answer = await self.client.post(f"/api/v1/decisions/{ask.id}/answer", json={"answer": "approve"}, headers=headers)
            assert answer.status_code == 200, answer.text
            assert answer.json()["won"]

    async def _token(self, who: str) -> str:
        if who not in self.tokens:
            text, row = mint(who, "approver", now=self.passing.at, ttl=timedelta(days=1), random=secrets.token_bytes)
            await self.workspace.store.add_token(row)
            self.tokens[who] = text
        return self.tokens[who]


@asynccontextmanager
async def storm_over(there: Stormy, passing: Passing, folder: Path, seed: int) -> AsyncIterator[Storm]:
    """A deployment that has read everything, and then the storm begins."""
    with alone(folder):
        async with there.double.serving() as address:
            hooked: dict[str, Any] = {f"{there.vendor}_webhook_secrets": (SecretStr(SECRET),), "public_url": HOST}
            settings = Settings(_env_file=None, **hooked, **there.settings(address, folder))
            async with open_workspace(settings, at=passing.at, wire=passing.wire(there.double.free)) as workspace:
                await workspace.sandbox.add([*there.before()])
                for syncing in syncings_of(workspace):
                    await syncing.run()
                await workspace.sandbox.add([*there.after()])
                async with _doors(workspace, passing) as client:
                    there.hook(client, f"{HOST}/webhooks/{there.vendor}", SECRET)
                    there.double.misbehaviour.shares, there.double.misbehaviour.seed = dict(SHARES), seed
                    yield Storm(there, workspace, passing, client)
                    there.double.misbehaviour.shares = {}


def _doors(workspace: Workspace, passing: Passing) -> httpx2.AsyncClient:
    """The deployment's own doors: to them too it is the storm's moment."""
    doors = replace(doors_of(workspace, with_engine=False), clock=passing.now)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=create_app(doors)), base_url=HOST)
