"""A vendor in memory, told what to say."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.sandbox.sandbox import Sandbox
from integrations.vendors.connector import Check, Key, Page, Read, Told, own_id
from integrations.vendors.errors import VendorError
from tests.unit.domain.building import AT
from tools.ports import Effects


def told(key: Key, external_id: str, version: int = 1, *, as_of: datetime = AT, deleted: bool = False, **fields: object) -> Told:
    return Told(key, own_id("acme", key, external_id), fields, as_of, version, external_id, deleted)


def account(number: str = "1", version: int = 1, **fields: Any) -> Told:
    return told("accounts", number, version, **{"name": f"Account {number}", **fields})


def deal(number: str = "7", version: int = 1, **fields: Any) -> Told:
    return told("deals", number, version, **{"account": own_id("acme", "accounts", "1"), "stage": "proposal", **fields})


@dataclass
class Acme:
    """Implements `Connector`. `parts`: the pages of each key; `later`: what changed since; `objects` and `lists`: what is
    there by itself.
    """

    effects: Effects
    keys: Sequence[Key] = ("people", "accounts", "contacts", "deals", "touches")
    vendor: str = "acme"
    objects: dict[tuple[str, str], Read | VendorError] = field(default_factory=dict)
    lists: dict[tuple[str, str], Read] = field(default_factory=dict)
    parts: dict[str, list[Read]] = field(default_factory=dict)
    later: dict[str, Read] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    breaks_at: tuple[str, int] | None = None
    breaks_with: Exception = field(default_factory=lambda: VendorError("acme", "it broke"))

    async def one(self, key: Key, external_id: str) -> Read:
        self.asked.append(f"{key}/{external_id}")
        found = self.objects.get((key, external_id), Read())
        if isinstance(found, VendorError):
            raise found
        return found

    async def of_account(self, key: Key, account_external_id: str) -> Read:
        self.asked.append(f"{key} of {account_external_id}")
        return self.lists.get((key, account_external_id), Read())

    async def page(self, key: Key, cursor: str | None, since: datetime | None) -> Page:
        number = int(cursor or 0)
        self.asked.append(f"{key} {number} since {since:%H:%M}" if since else f"{key} {number}")
        if self.breaks_at == (key, number):
            self.breaks_at = None
            raise self.breaks_with
        if since:
            return Page(self.later.get(key, Read()), None)
        parts = self.parts.get(key, [Read()])
        return Page(parts[number], str(number + 1) if number + 1 < len(parts) else None, 10)

    async def checks(self) -> Sequence[Check]:
        return []


def acme(sandbox: Sandbox) -> Acme:
    return Acme(sandbox.effects)
