"""The doubles that the demo may live at: each with the company of the demo in it, as whoever connects it would have set it up."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from integrations.cli.demo_story import START
from integrations.sandbox.doubles.double import served
from integrations.sandbox.doubles.hubspot import filling as hubspot_filling
from integrations.sandbox.doubles.hubspot.portal import Portal
from integrations.sandbox.doubles.hubspot.server import hubspot
from integrations.sandbox.doubles.journal import Journal
from integrations.sandbox.doubles.limits import RateLimit
from integrations.sandbox.doubles.mail.server import MailDouble
from integrations.sandbox.doubles.salesforce import filling as salesforce_filling
from integrations.sandbox.doubles.salesforce.org import Org
from integrations.sandbox.doubles.salesforce.protocol import double as salesforce
from integrations.sandbox.doubles.salesforce.signing_in import Door
from integrations.sandbox.doubles.zendesk.double import ZendeskDouble
from integrations.sandbox.doubles.zendesk.filling import fill as fill_zendesk
from integrations.sandbox.doubles.zendesk.filling import rows_of
from integrations.sandbox.doubles.zendesk.world import World
from integrations.sandbox.seed import seed_items

A_MORNINGS = 5_000
"""A larger limit than anybody has, for everything is read and decided within seconds."""
A_DAYS = 100_000
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Played:
    """One double that is served. `ids`: its own of each kind of record, by ours. `settings` and `meanings` connect a deployment to it.

    `behind`: the portal, org or desk itself.
    """

    vendor: str
    title: str
    url: str
    journal: Journal
    ids: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, Any]
    meanings: Mapping[str, Any]
    behind: Any = field(repr=False)

    def id_of(self, key: str, ours: str) -> str | None:
        """Its id of one of our records; None for what it does not keep."""
        found = self.ids.get(key, {}).get(ours)
        return None if found is None else str(found)


@asynccontextmanager
async def play_hubspot(now: Clock) -> AsyncIterator[Played]:
    """HubSpot as the CRM."""
    portal = Portal(now=now)
    ids = hubspot_filling.fill(portal, seed_items(), START)
    stages = {external: ours for ours, external in hubspot_filling.STAGES.items()}
    subscriptions = {hubspot_filling.MARKETING: "marketing", hubspot_filling.SERVICE: "service"}
    async with hubspot(portal, requests=A_MORNINGS, searches=A_MORNINGS).serving() as url:
        settings = {"crm": "hubspot", "hubspot_url": url, "hubspot_token": SecretStr(next(iter(portal.tokens)))}
        meanings = {"stages": {"default": stages}, "subscriptions": subscriptions}
        yield Played("hubspot", "HubSpot", url, portal.journal, _of_crm(ids), settings, meanings, portal)


@asynccontextmanager
async def play_salesforce(now: Clock) -> AsyncIterator[Played]:
    """Salesforce as the CRM."""
    org, door = Org(now), Door(now)
    ids = salesforce_filling.fill(org, seed_items(), START)
    async with salesforce(org, door, RateLimit(A_DAYS, 86_400, time.monotonic)).serving() as url:
        settings = {
            "crm": "salesforce", "salesforce_url": url, "salesforce_client_id": door.client_id,
            "salesforce_client_secret": SecretStr(door.client_secret),
        }  # fmt: skip
        meanings = {"marketing_consent": "Marketing_Consent__c", "dispute": "Dispute__c"}
        yield Played("salesforce", "Salesforce", url, org.journal, _of_crm(ids), settings, meanings, org)


@asynccontextmanager
async def play_zendesk(now: Clock) -> AsyncIterator[Played]:
    """Zendesk as the helpdesk."""
    world = World(now)
    ids = fill_zendesk(world, rows_of(seed_items(), START))
    desk = ZendeskDouble(world, time.monotonic, requests=A_MORNINGS)
    async with desk.serving() as url:
        settings = {
            "helpdesk": "zendesk", "zendesk_url": url, "zendesk_client_id": desk.tokens.client_id,
            "zendesk_client_secret": SecretStr(desk.tokens.client_secret),
        }  # fmt: skip
        yield Played("zendesk", "Zendesk", url, desk.journal, ids, settings, desks_of(ids), desk)


@asynccontextmanager
async def play_mail(now: Clock) -> AsyncIterator[Played]:
    """A mail server, over which what is to be sent goes out. `url` is its side door: mail is no HTTP."""
    double = MailDouble(now)
    [(user, password)] = double.users.items()
    async with double.serving() as place, served(double.side_door) as url:
        settings = {
            "mail_host": place.host, "mail_port": place.port, "mail_user": user, "mail_password": SecretStr(password),
            "mail_domains": ("tessera.example",), "mail_unsubscribe": "mailto:stop@tessera.example", "mail_ca_file": place.authority,
        }  # fmt: skip
        yield Played("mail", "the mail server", url, double.journal, {}, settings, {}, double)


PLAYS: Mapping[str, Callable[[Clock], AbstractAsyncContextManager[Played]]] = {
    "hubspot": play_hubspot, "salesforce": play_salesforce, "zendesk": play_zendesk, "mail": play_mail,
}  # fmt: skip


def _of_crm(ids: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """A CRM's ids by ours, which say of what kind they are."""
    return dict.fromkeys(("accounts", "contacts", "contracts", "deals", "people"), ids)


def desks_of(ids: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """What the desk's admins added, in the words of whoever connects it."""
    world = rows_of(seed_items(), START)
    address = {row["id"]: row["email"] for row in world["people"]}
    desks = {ids["groups"][row["id"]]: _desk(row, ids, address) for row in world["groups"] if row["id"] in ids["groups"]}
    return {**{name: int(number) for name, number in ids["fields"].items()}, "refund_currency": "EUR", "groups": desks}


def _desk(row: Mapping[str, Any], ids: Mapping[str, Mapping[str, int]], address: Mapping[str, str]) -> dict[str, Any]:
    said = {name: row[name] for name in ("area", "tier", "reachable") if row.get(name) is not None}
    who = {name: address[row[name]] for name in ("lead", "on_call") if row.get(name) in address}
    schedule = ids["calendars"].get(row.get("calendar") or "")
    return {**said, **who, "products": [*(row.get("products") or ())], **({"schedule": int(schedule)} if schedule else {})}
