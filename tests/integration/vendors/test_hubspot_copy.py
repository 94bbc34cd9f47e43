"""HubSpot and our copy of it: everything points at what is there, what is read again is no news, and what changed is, once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from integrations.db.database import Database
from integrations.sandbox import records
from integrations.sandbox.entries import references
from integrations.sandbox.models import ENTRIES
from integrations.vendors.copy import Changed, Copy
from integrations.vendors.hubspot.connector import KEYS
from integrations.vendors.syncing import Syncing
from tests.integration.vendors.hub import START, joined


async def dangling(database: Database) -> list[str]:
    """What points at nothing."""

    def work(connection: Connection) -> list[str]:
        found: dict[str, dict[str, records.Record]] = {key: {one.id: one for one in records.all_of(connection, key)} for key in KEYS}
        return [
            f"{one.id}.{field} -> {wanted}"
            for key in KEYS
            for one in found[key].values()
            if not one.deleted
            for field, to, wanted in references(ENTRIES[key].model_validate({**one.data, "id": one.id}, context={"at": START}))
            if wanted not in found.get(to, {})
        ]

    return await database.read_core(work)


async def test_a_portal_is_copied_and_kept(database: Database) -> None:
    heard: list[str] = []

    def hear(_connection: Connection, _vendor: str, changed: Sequence[Changed], _at: datetime) -> None:
        heard.extend(f"{one.told.id} {one.told.fields.get('stage', '')}" for one in changed)

    copy = Copy(database, hear)
    async with joined(filled=True) as hub:
        syncing = Syncing(copy, hub.connector, hub.time.now)
        assert await syncing.run() > 500
        assert (await dangling(database), await copy.faults(at_most=5), heard) == ([], [], [])
        hub.time.passes(3600)
        hub.portal.update("deals", hub.ids["deal_002"], {"dealstage": "closedlost"})
        for _ in range(2):
            await syncing.run()
            hub.time.passes(60)
        assert heard == [f"hubspot-deal-{hub.ids['deal_002']} lost"]
        hub.portal.update("deals", hub.ids["deal_003"], {"dealstage": "7777"})
        await syncing.run()
        ((_, fault),) = await copy.faults(at_most=5)
        assert "stage '7777'" in fault.why
        hub.time.passes(timedelta(minutes=20).total_seconds())
        hub.portal.update("deals", hub.ids["deal_003"], {"dealstage": "closedwon"})
        await syncing.run()
        assert await copy.faults(at_most=5) == []
