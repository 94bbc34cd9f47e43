"""Deliveries of three vendors in a storm: many twice, many out of their order, some with another body under the same id.

Nothing is lost, nothing is taken twice, and what the copy says in the end is what the vendors say.
"""

import asyncio
import json
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from agent.playbook.loader import DEFAULT
from integrations.app import create_app
from integrations.bootstrap import Workspace, open_workspace
from integrations.cli.demo_vendors import Vendors, fill_copy, open_vendors
from integrations.db.tables import INBOX, QUARANTINE
from integrations.serving import doors_of
from integrations.settings import Settings
from integrations.vendors.connector import own_id
from integrations.webhooks.signatures import sign_hubspot_v3, sign_zendesk

HOST, SECRET = "http://nextplay.local", "storm-secret"
AGAIN, MOVED, OTHER = 0.30, 0.10, 0.02


@dataclass(frozen=True)
class Delivery:
    """One request: of which event, about which subject."""

    door: str
    event: str
    subject: str
    body: bytes
    headers: dict[str, str]


def hubspot(number: int, deal: str, stage: str, at: datetime) -> Delivery:
    change = {
        "eventId": number, "subscriptionId": 1, "portalId": 1, "appId": 1, "attemptNumber": 0, "occurredAt": int(at.timestamp() * 1000),
        "subscriptionType": "deal.propertyChange", "objectId": int(deal), "propertyName": "dealstage", "propertyValue": stage,
        "sourceId": f"userId:{number % 997}",
    }  # fmt: skip
    body, stamp = json.dumps([change]).encode(), str(int(datetime.now(UTC).timestamp() * 1000))
    signature = sign_hubspot_v3(SECRET, "POST", f"{HOST}/webhooks/hubspot", body, stamp)
    return Delivery("hubspot", f"h{number}", deal, body, {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": stamp})


def zendesk(number: int, ticket: str, priority: str, at: datetime) -> Delivery:
    said = {
        "account_id": 1, "id": f"z{number}", "type": "zen:event-type:ticket.priority_changed", "subject": f"zen:ticket:{ticket}",
        "time": at.isoformat(), "zendesk_event_version": "2022-11-06", "detail": {"id": ticket, "actor_id": str(number % 997)},
        "event": {"current": priority},
    }  # fmt: skip
    body, stamp = json.dumps(said).encode(), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    signed = {"x-zendesk-webhook-signature": sign_zendesk(SECRET, stamp, body), "x-zendesk-webhook-signature-timestamp": stamp}
    return Delivery("zendesk", f"z{number}", ticket, body, signed)


def salesforce(number: int, deal: str, stage: str, at: datetime) -> Delivery:
    said = {
        "org": "00Dxx0000001gPLEAY", "object": "Opportunity", "id": f"006xx{number:010d}AAA", "what": "StageName", "value": stage, "previous": "",
        "modstamp": at.isoformat(), "account": "", "user": f"005xx{number % 997:010d}AAA", "key": "",
    }  # fmt: skip
    return Delivery("salesforce", f"s{number}", deal, json.dumps(said).encode(), {"x-nextplay-secret": SECRET})


def stormy(calm: Sequence[Delivery], other: Callable[[Delivery], Delivery], dice: Random) -> list[Delivery]:
    """The same with repetitions, and some with another body under the same id, each after the first; and a tenth of all stands somewhere else."""
    placed = [(float(i), one) for i, one in enumerate(calm)]
    share = 1 - AGAIN - OTHER
    placed += [(dice.uniform(i, len(calm)), one) for i, one in enumerate(calm) if dice.random() < AGAIN / share]
    placed += [(dice.uniform(i, len(calm)), other(one)) for i, one in enumerate(calm) if dice.random() < OTHER / share]
    moved = [(dice.uniform(0, len(calm)) if dice.random() < MOVED else place, one) for place, one in placed]
    return [one for _, one in sorted(moved, key=lambda pair: pair[0])]


@asynccontextmanager
async def doors(workspace: Workspace) -> AsyncIterator[httpx2.AsyncClient]:
    secrets = {f"{vendor}_webhook_secrets": (SecretStr(SECRET),) for vendor in ("hubspot", "zendesk", "salesforce")}
    settings = workspace.settings.model_copy(update={**secrets, "public_url": HOST})
    app = create_app(doors_of(workspace, settings, with_engine=False))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=HOST) as client:
        yield client


async def posted(client: httpx2.AsyncClient, storm: Sequence[Delivery]) -> Counter[str]:
    """What the doors said of all of them, 32 at a time."""
    said, waiting = Counter[str](), iter(storm)

    async def one_after_the_other() -> None:
        for one in waiting:
            answer = await client.post(f"/webhooks/{one.door}", content=one.body, headers={"content-type": "application/json", **one.headers})
            assert answer.is_success, answer.text
            said.update({key: int(answer.json()[key]) for key in ("new", "duplicate", "conflict")})

    await asyncio.gather(*(one_after_the_other() for _ in range(32)))
    return said


@pytest.fixture
def off(tmp_path: Path) -> Path:
    """The playbook, with every surface off: events are taken in, and nothing is decided."""
    folder = shutil.copytree(DEFAULT, tmp_path / "off")
    for file in (folder / "surfaces").glob("*.yaml"):
        file.write_text(re.sub(r"^mode: .*$", "mode: off", file.read_text(), flags=re.MULTILINE))
    return folder


async def test_every_delivery_is_taken_once_whatever_the_order(folder: Path, off: Path, whole: bool, capsys: pytest.CaptureFixture[str]) -> None:
    dice, each = Random(7), (20_000 if whole else 1_500) * 68 // 300  # noqa: S311  with the repetitions that makes so many in all
    at = datetime.now(UTC)
    calm = [make(number, str(dice.randint(1, 500)), "x", at) for make in (hubspot, zendesk, salesforce) for number in range(each)]
    dice.shuffle(calm)
    makers: dict[str, Any] = {"hubspot": hubspot, "zendesk": zendesk, "salesforce": salesforce}
    storm = stormy(calm, lambda one: makers[one.door](int(one.event[1:]), one.subject, "y", at), dice)
    bodies: dict[tuple[str, str], set[bytes]] = {}
    for one in storm:
        bodies.setdefault((one.door, one.event), set()).add(one.body)
    contradicted = sum(len(each) > 1 for each in bodies.values())
    async with open_workspace(Settings(_env_file=None, playbook=off)) as workspace, doors(workspace) as client:
        began = asyncio.get_running_loop().time()
        said = await posted(client, storm)
        took = asyncio.get_running_loop().time() - began
        counted = {table.name: select(func.count()).select_from(table) for table in (INBOX, QUARANTINE)}
        kept = {name: await workspace.database.read_core(lambda c, q=query: c.execute(q).scalar_one()) for name, query in counted.items()}  # type: ignore[misc]
    assert said["new"] == kept["inbox"] == len(bodies) == 3 * each
    assert sum(said.values()) == len(storm)
    assert kept["quarantine"] == contradicted > 0
    assert said["conflict"] >= contradicted
    with capsys.disabled():
        print(f"\n{len(storm):,} deliveries in {took:.1f} s: {dict(said)}, {kept['quarantine']} set aside")


async def test_stale_news_never_wins(folder: Path, off: Path, whole: bool) -> None:
    dice = Random(11)  # noqa: S311  chance, not secrets
    async with open_vendors() as vendors:
        settings = vendors.settings(Settings(_env_file=None, playbook=off))
        async with open_workspace(settings) as workspace, doors(workspace) as client:
            await fill_copy(workspace, vendors)
            storm = stormy(changed(vendors, 400 if whole else 40, dice), lambda one: one, dice)
            await posted(client, storm)
            await workspace.engine.settle()
            while await workspace.store.waiting_runs():
                await asyncio.sleep(0.5)
                await workspace.engine.settle()
            for deal in dict.fromkeys(one.subject for one in storm):
                copied = await workspace.sandbox.crm.deal(own_id("hubspot", "deals", deal))
                there = vendors.portal.find("deals", deal)
                assert copied is not None
                assert there is not None
                assert copied.version == int(there.updated.timestamp() * 1000)


def changed(vendors: Vendors, count: int, dice: Random) -> list[Delivery]:
    """So many changes of a few deals in the portal, each with its delivery."""
    deals = list(vendors.portal.things["deals"])[:12]
    stages = [stage for stage in vendors.portal.stages["deals"]["default"] if not stage.startswith("closed")]
    found = []
    for number in range(count):
        deal, stage = dice.choice(deals), dice.choice(stages)
        found.append(hubspot(100_000 + number, deal, stage, vendors.portal.update("deals", deal, {"dealstage": stage}).updated))
    return found
