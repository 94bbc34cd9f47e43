"""What `nextplay doctor` says of the systems of record: each connector is tried, reading only."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from agent.errors import InvalidInput
from integrations.db.database import Database
from integrations.settings import Settings
from integrations.telling.words import several, utc
from integrations.vendors.connecting import connectors_of
from integrations.vendors.connector import Check
from integrations.vendors.copy import Copy
from integrations.vendors.following import LAG


class Said(NamedTuple):
    """One sentence about a connected system."""

    name: str
    level: Literal["ok", "warn", "fail"]
    text: str


async def check_systems(settings: Settings, database: Database, now: datetime) -> AsyncIterator[Said]:
    """Everything that there is to say."""
    if settings.crm == settings.helpdesk == "sandbox":
        yield Said("systems", "ok", "none is connected: the local sandbox is the CRM and the helpdesk (NEXTPLAY_CRM, NEXTPLAY_HELPDESK)")
        return
    async with AsyncExitStack() as closing:
        try:
            connectors = await connectors_of(settings, database, lambda: now, closing)
        except InvalidInput as error:
            yield Said("systems", "fail", f"{error.message} {error.next_step}")
            return
        for connector in connectors:
            for check in await connector.checks():
                yield Said(f"{connector.vendor}: {check.name}", "ok" if check.ok else "fail", sentence(check))
            for said in _doors(settings, connector.vendor):
                yield said
            for key in connector.keys:
                if old := await _age(Copy(database), connector.vendor, key, now):
                    yield old
    wrong = await Copy(database).faulty()
    if wrong:
        listed = ", ".join(f"{count} {vendor} {key}" for (vendor, key), count in sorted(wrong.items()))
        yield Said("systems", "warn", f"{several(sum(wrong.values()), 'record')} cannot be used ({listed}); see why: nextplay systems faults")


def sentence(check: Check) -> str:
    """What was found, and what mends it."""
    return f"{check.says}. {check.mend}" if check.mend else check.says


def _doors(settings: Settings, vendor: str) -> list[Said]:
    if not getattr(settings, f"{vendor}_webhook_secrets"):
        how = "it is polled by the sync" if vendor == "salesforce" else "what changes there is heard of by the sync alone, up to ten minutes late"
        return [Said(f"{vendor}: webhooks", "warn", f"no secret is set, so there is no door: {how} (NEXTPLAY_{vendor.upper()}_WEBHOOK_SECRETS)")]
    if settings.public_url is None and vendor == "hubspot":
        why = "HubSpot signs the address that it calls, and nobody has said which that is. Set NEXTPLAY_PUBLIC_URL"
        return [Said("hubspot: webhooks", "fail", why)]
    where = f"{settings.public_url or 'http://HOST:PORT'}/webhooks/{vendor}"
    return [Said(f"{vendor}: webhooks", "ok", f"the door is open at {where}")]


async def _age(copy: Copy, vendor: str, key: str, now: datetime) -> Said | None:
    sync = await copy.sync(vendor, key)  # type: ignore[arg-type]  # a connector's own key
    if sync is None:
        return Said(f"{vendor}: copy", "warn", f"its {key} were never read; run: nextplay systems sync")
    if sync.done_at is None:
        return Said(f"{vendor}: copy", "warn", f"reading its {key} broke off after {sync.read:,}; run: nextplay systems sync")
    if now - sync.done_at > LAG or now - sync.done_at < -timedelta(minutes=5):
        return Said(f"{vendor}: copy", "warn", f"its {key} were last all read at {utc(sync.done_at)}; run: nextplay systems sync, or serve")
    return None
