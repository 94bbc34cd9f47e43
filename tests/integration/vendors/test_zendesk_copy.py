"""Zendesk's records in our copy, end to end: synced into the database, looked at through the ports, written to, and synced again."""

from datetime import timedelta

import pytest

from integrations.db.database import Database
from integrations.sandbox.doubles.zendesk import World, ZendeskDouble, fill
from integrations.sandbox.doubles.zendesk.desk import opened, updated
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
from tools.articles import answers, find_articles
from tools.ports import Asked, Command

ELSEWHERE = ("accounts", "contacts", "people", "calendars")
"""What the CRM and the directory have told already."""
EXPIRED = "SAML certificate expired TS-1012"


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


async def test_an_article_behind_a_segment_is_found_for_who_is_in_it_and_for_nobody_else(
    database: Database, sandbox: Sandbox, copy: Copy, watch: Watch
) -> None:
    world = World(watch)
    world.agent = world.add_agent("Nextplay", "nextplay@desk.example", role="admin")
    await sandbox.apply("accounts: [{id: acc_006, name: Nordwind, plan: pro}]")
    companies = {plan: world.add_organization(plan, external_id="acc_006", tags=tags) for plan, tags in TAGS.items()}
    tickets = {plan: opened(world, "Audit log export", "Where is it?", organization_id=company) for plan, company in companies.items()}
    world.add_article("Audit log export", "<p>Open Audit log, then Export.</p>", user_segment_id=world.add_segment("Pro", tags=["plan:pro"]))
    async with connecting(ZendeskDouble(world, fast, requests=2500), CopyKnown(database, "zendesk"), Fields()) as zendesk:
        await Syncing(copy, zendesk, watch).run()
    found = {
        plan: await find_articles(
            sandbox.search, sandbox.helpdesk, sandbox.crm, own("tickets", str(ticket)), watch(), visibilities=("public",)
        )
        for plan, ticket in tickets.items()
    }  # fmt: skip
    assert {plan: [one.title for one in result.extras["materials"]] for plan, result in found.items() if result.status == "ok"} == {
        "of the plan": ["Audit log export"], "of both": ["Audit log export"], "not said": ["Audit log export"],
    }  # fmt: skip


TAGS = {"of the plan": ["plan:pro"], "of another, says the desk": ["plan:team"], "of both": ["plan:pro", "plan:team"], "not said": []}
"""Tags of companies of one account, whose plan the CRM calls pro."""
