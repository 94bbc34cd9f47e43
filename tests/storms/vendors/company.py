"""The company in whose systems a storm is: so many customers, each with an owner, somebody to write to, and something that calls for an answer."""

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.sandbox.fixtures import Item
from integrations.sandbox.seed import seed_items
from integrations.vendors.connector import own_id
from tests.storms.world import records

EACH = 5
"""Every colleague has so many customers: more would be more asks a day than anybody takes."""

_UNTOLD = ("people", "calendars", "assets", "rates")


def customers(count: int) -> list[Item]:
    """Customers with their contacts and deals, and the colleagues who own them."""
    return [item for item in _all(count) if item.key != "calendars"]


def untold(count: int) -> list[Item]:
    """What no CRM knows: who has which role, when people work, what there is to send, what money is worth."""
    return [item for item in (*seed_items(), *_all(count)) if item.key in _UNTOLD]


def linked(vendor: str, ids: Mapping[str, str]) -> Iterator[Item]:
    """Every customer is one of the helpdesk's, in which nothing is open: else nobody would know, and nothing would be sold."""
    for ours, theirs in ids.items():
        if ours.startswith("acc_"):
            own = own_id(vendor, "accounts", theirs)
            yield _item("links", source="helpdesk", external_id=f"org-{own}", kind="account", id=own, matched_by="explicit")


def agent(number: int) -> Item:
    """Who answers tickets."""
    return _item(
        "people", id=f"u_agent{number}", email=f"agent{number}@tessera.example", name=f"Agent {number}", roles=["support_agent"], timezone="UTC",
        calendar="cal_always",
    )  # fmt: skip


def _all(count: int) -> Iterator[Item]:
    return (_item(key, **row) for key, rows in records(count, count // EACH + 1).items() for row in rows)


def _item(key: str, **fields: Any) -> Item:
    return Item(key, fields, "storm")
