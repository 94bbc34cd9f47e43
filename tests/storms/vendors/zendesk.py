"""Zendesk in a storm: a helpdesk to which every customer writes, who asks what an article answers, or has a fault that is an engineer's."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import yaml
from pydantic import SecretStr

from integrations.cli.demo_doubles import desks_of
from integrations.sandbox.doubles.double import Double
from integrations.sandbox.doubles.zendesk import World, ZendeskDouble, fill
from integrations.sandbox.doubles.zendesk.desk import opened
from integrations.sandbox.doubles.zendesk.filling import rows_of
from integrations.sandbox.doubles.zendesk.senders import Webhook
from integrations.sandbox.fixtures import Item
from integrations.sandbox.seed import seed_items
from tests.acceptance.workspaces import START
from tests.storms.vendors.company import EACH, agent, customers, untold
from tests.storms.vendors.passing import LATE_S, Passing

QUESTION = {
    "subject": "Why does it say two shifts overlap?", "type": "question", "priority": "low", "product": "flow", "tags": ["overlap"],
    "body": "The system says TS-5008, shifts overlap. One ends at 23:00, the other begins at 8:00 on the next day. What do I do wrong?",
}  # fmt: skip
FAULT = {
    "subject": "No webhook has arrived for an hour", "type": "incident", "priority": "urgent", "product": "connect", "tags": ["webhooks"],
    "body": "Since about an hour we get no webhook from you for anything. Our terminal shows the moves, but no flow starts. We changed nothing.",
}  # fmt: skip
FAULTS_EVERY = 10
"""One customer in so many has a fault: it goes to engineers at once, and nobody is asked."""

_TOLD = ("people", "calendars", "groups", "articles")
_ELSEWHERE = ("accounts", "contacts", "links")


class ZendeskStorm:
    """The helpdesk, its webhook, and how a deployment is connected to it."""

    vendor = "zendesk"

    def __init__(self, count: int, passing: Passing) -> None:
        self.count, self.world = count, World(passing.now)
        self.agents = [agent(number) for number in range(count // EACH + 1)]
        here = [item for item in seed_items() if item.key in _TOLD] + self._customers() + self.agents
        self.ids = fill(self.world, rows_of(here, START))
        self._desk = ZendeskDouble(self.world, passing.clock, requests=100_000, late_s=LATE_S)

    @property
    def double(self) -> Double:
        """The server."""
        return self._desk.server

    def settings(self, address: str, folder: Path) -> Mapping[str, Any]:
        """Those of a deployment that is connected to it."""
        fields, tokens = folder / "fields.yaml", self._desk.tokens
        fields.write_text(yaml.safe_dump({"zendesk": desks_of(self.ids)}))
        return {
            "helpdesk": "zendesk", "zendesk_url": address, "zendesk_client_id": tokens.client_id,
            "zendesk_client_secret": SecretStr(tokens.client_secret), "vendor_fields": fields,
        }  # fmt: skip

    def before(self) -> list[Item]:
        """What the CRM, the directory and the help centre's authors know before it is read."""
        return [*untold(self.count), *self.agents, *(item for item in self._customers() if item.key in _ELSEWHERE[:2])]

    def after(self) -> list[Item]:
        """Nothing: it says itself whose its organizations are."""
        return []

    def hook(self, client: httpx2.AsyncClient, url: str, secret: str) -> None:
        """It tells an address from now on, of what we do there too."""
        self._client, self._webhook = client, Webhook(self.world, url, secret)

    def moves(self, numbers: Iterable[int]) -> None:
        """Customers write."""
        for number in numbers:
            self._opened(number, FAULT if number % FAULTS_EVERY == FAULTS_EVERY - 1 else QUESTION)

    def _opened(self, number: int, said: Mapping[str, Any]) -> None:
        ids, custom = self.ids, {"product": said["product"], "language": "en"}
        ticket = opened(
            self.world, said["subject"], said["body"], requester_id=ids["contacts"][f"con_s{number}"],
            organization_id=ids["accounts"][f"acc_s{number}"], type=said["type"], priority=said["priority"],
            group_id=ids["groups"]["grp_support_emea"], assignee_id=ids["people"][f"u_agent{number // EACH}"], tags=[*said["tags"]],
            via={"channel": "email"},
        )  # fmt: skip
        named = {ids["fields"][name]: value for name, value in custom.items()}
        for field in self.world.tickets[ticket]["custom_fields"]:
            field["value"] = named.get(field["id"])

    async def tells(self) -> list[int]:
        """It tells what happened; nobody subscribes to what starts no work."""
        self._webhook.waiting = [one for one in self._webhook.waiting if b"agent_assignment_changed" not in one.body]
        return await self._webhook.send(self._client)

    def _customers(self) -> list[Item]:
        return [item for item in customers(self.count) if item.key in _ELSEWHERE]
