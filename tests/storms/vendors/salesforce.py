"""Salesforce in a storm: an org with many companies, each with an opportunity that moves on and so calls for something to send."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr

from integrations.sandbox.doubles.limits import RateLimit
from integrations.sandbox.doubles.salesforce.filling import STAGES, fill
from integrations.sandbox.doubles.salesforce.flow import call_out
from integrations.sandbox.doubles.salesforce.org import Org
from integrations.sandbox.doubles.salesforce.protocol import double
from integrations.sandbox.doubles.salesforce.signing_in import Door
from integrations.sandbox.fixtures import Item
from tests.acceptance.workspaces import START
from tests.storms.vendors.company import customers, linked, untold
from tests.storms.vendors.passing import LATE_S, Passing

A_DAY_S, CALLS_A_DAY = 86_400, 10_000_000
USER = "005xx0000000001AAA"


class SalesforceStorm:
    """The org, its flow, and how a deployment is connected to it."""

    vendor = "salesforce"

    def __init__(self, count: int, passing: Passing) -> None:
        self.count, self.org, self._door = count, Org(passing.now), Door(passing.now)
        self.ids = fill(self.org, customers(count), START)
        self.double = double(self.org, self._door, RateLimit(CALLS_A_DAY, A_DAY_S, passing.clock), late_s=LATE_S)

    def settings(self, address: str, folder: Path) -> Mapping[str, Any]:
        """Those of a deployment that is connected to it."""
        fields = folder / "fields.yaml"
        fields.write_text("salesforce: {marketing_consent: Marketing_Consent__c, dispute: Dispute__c}")
        return {
            "crm": "salesforce", "salesforce_url": address, "salesforce_client_id": self._door.client_id,
            "salesforce_client_secret": SecretStr(self._door.client_secret), "vendor_fields": fields,
        }  # fmt: skip

    def before(self) -> list[Item]:
        """What is known before it is read."""
        return untold(self.count)

    def after(self) -> Iterator[Item]:
        """What somebody says of what was read."""
        return linked(self.vendor, self.ids)

    def hook(self, client: httpx2.AsyncClient, url: str, secret: str) -> None:
        """It tells an address from now on."""
        self._client, self._url, self._secret = client, url, secret

    def moves(self, numbers: Iterable[int]) -> None:
        """Colleagues move their opportunities on."""
        for number in numbers:
            self.org.edit(self.ids[f"deal_s{number}"], StageName=STAGES["negotiation"])

    async def tells(self) -> list[int]:
        """It tells what happened."""
        return await call_out(self.org, self._client, self._url, self._secret, user=USER)
