"""HubSpot in a storm: a portal with many companies, each with a deal that moves on and so calls for something to send."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import yaml
from pydantic import SecretStr

from integrations.sandbox.doubles.hubspot import filling
from integrations.sandbox.doubles.hubspot.portal import Portal
from integrations.sandbox.doubles.hubspot.server import hubspot
from integrations.sandbox.doubles.hubspot.webhooks import Webhooks
from integrations.sandbox.fixtures import Item
from tests.acceptance.workspaces import START
from tests.storms.vendors.company import customers, linked, untold
from tests.storms.vendors.passing import LATE_S, Passing

MEANINGS = {
    "hubspot": {
        "stages": {"default": {theirs: ours for ours, theirs in filling.STAGES.items()}},
        "subscriptions": {filling.MARKETING: "marketing", filling.SERVICE: "service"},
    }
}  # fmt: skip


class HubSpotStorm:
    """The portal, its webhooks, and how a deployment is connected to it."""

    vendor = "hubspot"

    def __init__(self, count: int, passing: Passing) -> None:
        self.portal = Portal(now=passing.now, index_lag_s=5)
        self.ids = filling.fill(self.portal, customers(count), START)
        self.double = hubspot(self.portal, requests=100_000, searches=10_000, clock=passing.clock, late_s=LATE_S)
        self.count = count

    def settings(self, address: str, folder: Path) -> Mapping[str, Any]:
        """Those of a deployment that is connected to it."""
        fields = folder / "fields.yaml"
        fields.write_text(yaml.safe_dump(MEANINGS))
        return {"crm": "hubspot", "hubspot_url": address, "hubspot_token": SecretStr(next(iter(self.portal.tokens))), "vendor_fields": fields}

    def before(self) -> list[Item]:
        """What is known before it is read."""
        return untold(self.count)

    def after(self) -> Iterator[Item]:
        """What somebody says of what was read."""
        return linked(self.vendor, self.ids)

    def hook(self, client: httpx2.AsyncClient, url: str, secret: str) -> None:
        """It tells an address from now on."""
        self.webhooks = Webhooks(self.portal, url, secret, client)

    def moves(self, numbers: Iterable[int]) -> None:
        """Colleagues move their deals on."""
        for number in numbers:
            self.webhooks.actor = f"userId:{500 + number}"
            self.portal.update("deals", self.ids[f"deal_s{number}"], {"dealstage": filling.STAGES["negotiation"]})

    async def tells(self) -> list[int]:
        """It tells what it was asked to tell: of deals that changed."""
        self.webhooks.waiting = [one for one in self.webhooks.waiting if one["subscriptionType"] == "deal.propertyChange"]
        return await self.webhooks.deliver()
