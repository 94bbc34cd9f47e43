"""`nextplay demo --vendor hubspot+zendesk`: the same morning with HubSpot as the CRM and Zendesk as the helpdesk, against doubles of both."""

import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr

from integrations.bootstrap import Workspace
from integrations.cli.demo_story import MORNING, START, Scene
from integrations.sandbox.doubles.hubspot import filling as hubspot_filling
from integrations.sandbox.doubles.hubspot.portal import Portal
from integrations.sandbox.doubles.hubspot.server import hubspot
from integrations.sandbox.doubles.journal import Entry
from integrations.sandbox.doubles.zendesk.double import ZendeskDouble
from integrations.sandbox.doubles.zendesk.filling import fill as fill_zendesk
from integrations.sandbox.doubles.zendesk.filling import rows_of
from integrations.sandbox.doubles.zendesk.world import World
from integrations.sandbox.fixtures import Item
from integrations.sandbox.seed import seed_items
from integrations.settings import Settings
from integrations.synced import syncings_of
from integrations.vendors.connector import own_id

VENDORS = "hubspot+zendesk"
_TOLD_BY_NOBODY = ("people", "calendars", "absences", "assets", "rates")
"""Of the company's world, what neither vendor knows: it comes from the directory file."""
A_MORNINGS = 5_000
"""A larger limit than anybody has, for everything is read and decided within seconds."""
_KEYS = {"deal": "deals", "account": "accounts", "contract": "contracts", "ticket": "tickets"}


@dataclass
class Moment:
    """The time at the vendors: that of the demo, once there is one."""

    clock: Callable[[], datetime] = lambda: START

    def __call__(self) -> datetime:
        """It."""
        return self.clock()


@dataclass(frozen=True)
class Vendors:
    """Both doubles with the same world in them, and where they answer. `ids`: theirs by ours, each."""

    moment: Moment
    portal: Portal
    desk: ZendeskDouble
    hubspot_ids: dict[str, str]
    zendesk_ids: dict[str, dict[str, int]]
    urls: tuple[str, str]
    fields: Path

    def settings(self, settings: Settings) -> Settings:
        """Those of a deployment that is connected to both."""
        return settings.model_copy(
            update={
                "crm": "hubspot", "hubspot_url": self.urls[0], "hubspot_token": SecretStr(next(iter(self.portal.tokens))),
                "helpdesk": "zendesk", "zendesk_url": self.urls[1], "zendesk_client_id": self.desk.tokens.client_id,
                "zendesk_client_secret": SecretStr(self.desk.tokens.client_secret), "vendor_fields": self.fields,
            }
        )  # fmt: skip

    def morning(self) -> list[Scene]:
        """What happens at the vendors, in our ids for their records. What neither of them tells of is left out."""
        scenes = (replace(scene, subject=name) for scene in MORNING if (name := self._name(scene)) and scene.door in ("hubspot", "zendesk"))
        return list(scenes)

    def effects(self) -> list[tuple[str, Entry]]:
        """What was done to them, by their own logs."""
        return [*(("hubspot", one) for one in self.portal.journal.entries), *(("zendesk", one) for one in self.desk.journal.entries)]

    def _name(self, scene: Scene) -> str | None:
        ids: Any = self.hubspot_ids if scene.door == "hubspot" else self.zendesk_ids.get(_KEYS[scene.kind], {})
        external = ids.get(scene.subject)
        return None if external is None else own_id(scene.door, _KEYS[scene.kind], str(external))


@asynccontextmanager
async def open_vendors() -> AsyncIterator[Vendors]:
    """Both, with the demo's company in them, for as long as the context is open."""
    moment = Moment()
    portal, world = Portal(now=moment), World(moment)
    hubspot_ids = hubspot_filling.fill(portal, seed_items(), START)
    zendesk_ids = fill_zendesk(world, rows_of(seed_items(), START))
    desk = ZendeskDouble(world, time.monotonic, requests=A_MORNINGS)
    with tempfile.TemporaryDirectory(prefix="nextplay-") as folder:
        fields = Path(folder) / "fields.yaml"
        fields.write_text(yaml.safe_dump(meanings_of(zendesk_ids)), encoding="utf-8")
        async with hubspot(portal, requests=A_MORNINGS, searches=A_MORNINGS).serving() as one, desk.serving() as other:
            ids = {key: dict(of) for key, of in zendesk_ids.items()}
            yield Vendors(moment, portal, desk, hubspot_ids, ids, (one, other), fields)


async def fill_copy(workspace: Workspace, vendors: Vendors) -> None:
    """What no vendor knows, then everything that they do."""
    vendors.moment.clock = workspace.clock
    await workspace.sandbox.add(_untold(seed_items()))
    for syncing in syncings_of(workspace):
        await syncing.run()


def _untold(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if item.key in _TOLD_BY_NOBODY]


def meanings_of(ids: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """What the admins of these two added, in the words of whoever connects them."""
    world = rows_of(seed_items(), START)
    address = {row["id"]: row["email"] for row in world["people"]}
    desks = {ids["groups"][row["id"]]: _desk(row, ids, address) for row in world["groups"] if row["id"] in ids["groups"]}
    stages = {external: ours for ours, external in hubspot_filling.STAGES.items()}
    subscriptions = {hubspot_filling.MARKETING: "marketing", hubspot_filling.SERVICE: "service"}
    return {
        "hubspot": {"stages": {"default": stages}, "subscriptions": subscriptions},
        "zendesk": {**{name: int(number) for name, number in ids["fields"].items()}, "refund_currency": "EUR", "groups": desks},
    }


def _desk(row: Mapping[str, Any], ids: Mapping[str, Mapping[str, int]], address: Mapping[str, str]) -> dict[str, Any]:
    said = {name: row[name] for name in ("area", "tier", "reachable") if row.get(name) is not None}
    who = {name: address[row[name]] for name in ("lead", "on_call") if row.get(name) in address}
    schedule = ids["calendars"].get(row.get("calendar") or "")
    return {**said, **who, "products": [*(row.get("products") or ())], **({"schedule": int(schedule)} if schedule else {})}
