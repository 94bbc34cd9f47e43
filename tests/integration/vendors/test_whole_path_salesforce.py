"""From a flow of Salesforce's to its own log, and on to what came of it: through the real machine, over real HTTP."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from agent.domain.decision import Decision
from agent.ports import Scope
from integrations.app import create_app
from integrations.bootstrap import Workspace, open_workspace
from integrations.cli.demo_story import START
from integrations.sandbox.doubles.limits import RateLimit
from integrations.sandbox.doubles.salesforce.filling import fill
from integrations.sandbox.doubles.salesforce.flow import call_out
from integrations.sandbox.doubles.salesforce.org import Org
from integrations.sandbox.doubles.salesforce.protocol import double
from integrations.sandbox.doubles.salesforce.signing_in import Door
from integrations.sandbox.fixtures import Item
from integrations.sandbox.seed import seed_items
from integrations.serving import doors_of
from integrations.settings import Settings
from integrations.synced import syncings_of, tell_what_came_of_it
from integrations.vendors.connector import own_id
from tests.acceptance.workspaces import alone

SECRET, HOST = "flow-secret", "http://nextplay.local"
UNTOLD = ("people", "calendars", "absences", "assets", "rates")


@dataclass
class Time:
    """The org's, until it has the deployment's."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Connected:
    """An org with the demo's company in it, and a deployment that is connected to it."""

    org: Org
    ids: dict[str, str]
    workspace: Workspace
    time: Time

    def moves_to(self, at: datetime) -> None:
        self.time.at = at
        self.workspace.clock.stand_at(at)

    async def settle(self) -> None:
        """Whoever waits for the org's limit, or for what it cannot say yet, is waited for."""
        await self.workspace.engine.settle()
        for _ in range(120):
            if not await self.workspace.store.waiting_runs():
                return
            await asyncio.sleep(0.1)
            self.moves_to(self.time.at + timedelta(seconds=30))
            await self.workspace.engine.settle()

    async def hears(self) -> list[int]:
        """The org's flow tells of what changed."""
        settings = self.workspace.settings.model_copy(update={"salesforce_webhook_secrets": (SecretStr(SECRET),)})
        app = create_app(doors_of(self.workspace, settings, with_engine=False))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=HOST) as client:
            return await call_out(self.org, client, f"{HOST}/webhooks/salesforce", SECRET, user="005xx0000000001AAA")


@asynccontextmanager
async def connected(tmp_path: Path) -> AsyncIterator[Connected]:
    now = Time()
    org, door = Org(now), Door(now)
    ids = fill(org, seed_items(), START)
    made = double(org, door, RateLimit(1_000_000, 86_400, time.monotonic))
    fields = tmp_path / "fields.yaml"
    fields.write_text("salesforce: {marketing_consent: Marketing_Consent__c, dispute: Dispute__c}")
    with alone(tmp_path):
        async with made.serving() as address:
            settings = Settings(
                _env_file=None, crm="salesforce", salesforce_url=address, salesforce_client_id=door.client_id,
                salesforce_client_secret=SecretStr(door.client_secret), vendor_fields=fields,
            )  # fmt: skip
            async with open_workspace(settings, at=START) as workspace:
                await workspace.sandbox.add([item for item in seed_items() if item.key in UNTOLD])
                for syncing in syncings_of(workspace):
                    await syncing.run()
                await workspace.sandbox.add([*_in_helpdesk(ids)])
                yield Connected(org, ids, workspace, now)


def _in_helpdesk(ids: dict[str, str]) -> Iterator[Item]:
    """Every company is one of the helpdesk's, in which nothing is open: else nobody would know, and nothing would be sold."""
    for item in seed_items():
        if item.key == "accounts":
            own = own_id("salesforce", "accounts", ids[item.fields["id"]])
            yield Item("links", {"source": "helpdesk", "external_id": f"org-{own}", "kind": "account", "id": own}, "here")


async def approved(there: Connected, deal: str = "deal_001") -> Decision:
    """A person moves a deal on; its owner approves what is proposed, and the minute in which that can be undone is over."""
    there.org.edit(there.ids[deal], StageName="Contract Sent")
    assert await there.hears() == [202]
    await there.settle()
    [row] = await there.workspace.service.decisions(limit=5)
    asks = await there.workspace.store.approvals(row.id)
    assert (row.route, len(asks)) == ("ask", 1)
    await there.workspace.service.answer(row.id, "approve", who=asks[0].asked[0])
    there.moves_to(START.replace(minute=5))
    await there.settle()
    return await there.workspace.service.explain(row.id)


async def test_what_was_approved_is_in_the_orgs_own_log_once_with_our_marker(tmp_path: Path) -> None:
    async with connected(tmp_path) as there:
        decision = await approved(there)
        assert {action.state for action in decision.actions} == {"done"}
        for action in decision.actions:
            assert len(list(there.org.journal.with_marker(action.key))) == 1


async def test_it_has_reached_the_customer_when_the_owner_has_completed_the_task(tmp_path: Path) -> None:
    async with connected(tmp_path) as there:
        decision = await approved(there)
        [sent] = [action for action in decision.actions if action.kind == "send_content"]
        [task] = [name for name, row in there.org.tables["Task"].items() if sent.key in str(row)]
        there.moves_to(START.replace(hour=14))
        there.org.edit(task, Status="Completed")
        await tell_what_came_of_it(there.workspace)
        await there.settle()
        [watched] = await there.workspace.store.watched(Scope(decisions=(decision.id,)))
        assert watched.exposure == "delivered"
        assert watched.watch.opened_at == START.replace(hour=14)


@pytest.mark.parametrize("secret", ["", "another"])
async def test_who_does_not_know_the_secret_is_not_heard(tmp_path: Path, secret: str) -> None:
    async with connected(tmp_path) as there:
        settings = there.workspace.settings.model_copy(update={"salesforce_webhook_secrets": (SecretStr(SECRET),)})
        app = create_app(doors_of(there.workspace, settings, with_engine=False))
        there.org.edit(there.ids["deal_001"], StageName="Contract Sent")
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=HOST) as client:
            assert await call_out(there.org, client, f"{HOST}/webhooks/salesforce", secret) == [401]
        assert await there.workspace.service.decisions(limit=5) == []
