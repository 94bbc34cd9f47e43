"""Zendesk's records in our copy, end to end: synced into the database, looked at through the ports, written to, and synced again."""

from datetime import timedelta
from typing import Any

import pytest

from integrations.db.database import Database
from integrations.sandbox.doubles.zendesk import World, ZendeskDouble, fill
from integrations.sandbox.doubles.zendesk.desk import updated
from integrations.sandbox.doubles.zendesk.filling import rows_of
from integrations.sandbox.sandbox import Sandbox
from integrations.sandbox.seed import seed_items
from integrations.vendors.copy import Copy
from integrations.vendors.known import CopyKnown
from integrations.vendors.routing import VendorEffects
from integrations.vendors.syncing import Syncing
from integrations.vendors.zendesk.fields import Desk, Fields
from integrations.vendors.zendesk.telling import own
from tests.integration.vendors.conftest import Watch
from tests.integration.vendors.zendesk_desk import connecting, fast
from tools.articles import answers
from tools.ports import Asked, Command

ELSEWHERE = ("accounts", "contacts", "people", "calendars")
"""What the CRM and the directory have told already."""
EXPIRED = "SAML certificate expired TS-1012"
PUBLIC: Any = {"visibility": "public", "product": None, "language": "en", "at_most": 3, "here_only": False}


@pytest.mark.slow
async def test_a_desk_is_synced_seen_written_to_and_synced_again(database: Database, sandbox: Sandbox, copy: Copy, watch: Watch) -> None:
    world = World(watch)
    rows = rows_of(seed_items(), watch() - timedelta(minutes=10))
    ids = fill(world, rows)
    await sandbox.add([item for item in seed_items() if item.key in ELSEWHERE])
    custom, tickets = ids["fields"], ids["tickets"]
    groups = {
        ids["groups"][row["id"]]: Desk(area=row["area"], tier=row["tier"], schedule=ids["calendars"][row["calendar"]]) for row in rows["groups"]
    }
    fields = Fields(product=custom["product"], refund=custom["refund"], refund_currency="EUR", groups=groups, history_days=4000)
    async with connecting(ZendeskDouble(world, fast, requests=2500), CopyKnown(database, "zendesk"), fields) as zendesk:
        syncing = Syncing(copy, zendesk, watch)
        await syncing.run()
        assert [fault for fault in await copy.faults(at_most=99) if fault[1].key != "links"] == []
        p1 = own("tickets", str(tickets["tic_001"]))
        ticket = await sandbox.helpdesk.ticket(p1)
        assert ticket is not None
        assert (ticket.data["account"], ticket.data["requester"], ticket.data["priority"]) == ("acc_006", "con_014", "p1")
        assert ticket.data["assignee"] == "u_ravi", "a colleague of the same address"
        assert await sandbox.helpdesk.linked(["acc_006", "acc_034"]) == {"acc_006"}
        assert [one.id for one in await sandbox.helpdesk.tickets("acc_006")] == sorted(
            own("tickets", str(tickets[row["id"]])) for row in rows["tickets"] if row.get("account") == "acc_006"
        )  # fmt: skip
        expired = Asked("SAML certificate expired TS-1012", here_only=False, visibility="public", language="en")
        found = await answers(sandbox.search, expired, at_most=3)
        assert found[0].title.startswith("TS-1012")

        await VendorEffects([zendesk]).execute(Command("np-1", "ticket_comment", p1, {"public": True, "body": "We are on it."}))
        del world.articles[ids["articles"]["art_sso_certificate_expired"]]
        watch.at += timedelta(hours=1)
        updated(world, tickets["tic_001"], {"priority": "normal"})
        watch.at += timedelta(minutes=5)
        await syncing.run()
        ticket = await sandbox.helpdesk.ticket(p1)
        assert ticket is not None
        assert (ticket.data["priority"], ticket.as_of) == ("p3", watch() - timedelta(minutes=5))
        assert (ticket.data["messages"][-1]["author"], ticket.data["messages"][-1]["body"]) == ("nextplay", "We are on it.")
        again = await answers(sandbox.search, expired, at_most=3)
        assert found[0].id not in {one.id for one in again}
