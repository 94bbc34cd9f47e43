"""What could be put into our words and cannot be any more is in no list as it was before, and nothing is counted without it."""

from integrations.db.database import Database
from integrations.sandbox.doubles.zendesk.desk import opened, updated
from integrations.sandbox.sandbox import Sandbox
from integrations.sandbox.source import Together
from integrations.vendors.connector import own_id
from integrations.vendors.copy import Copy
from integrations.vendors.following import Following
from integrations.vendors.known import CopyKnown
from integrations.vendors.sources import VendorCrm, VendorHelpdesk
from integrations.vendors.syncing import Syncing
from tests.integration.vendors.conftest import Watch
from tests.integration.vendors.hub import joined
from tests.integration.vendors.salesforce_org import AT, Made, served, small
from tests.integration.vendors.zendesk_desk import Desk, connecting
from tests.unit.tools.reading_facts import is_missing, value
from tools.account_state import family_state
from tools.lifecycle import contract_state
from tools.tickets import account_support


async def test_of_hubspot_contacts_tickets_and_companies(database: Database, copy: Copy) -> None:
    async with joined() as hub:
        portal = hub.portal
        parent = portal.create("companies", {"name": "Acme Group"})
        company = portal.create("companies", {"name": "Acme", "hs_parent_company_id": parent.id})
        ann, bo = (portal.create("contacts", {"firstname": name}) for name in ("Ann", "Bo"))
        ticket = portal.create("tickets", {"subject": "Help", "hs_pipeline": "0", "hs_pipeline_stage": "1"})
        for type_, thing in (("contacts", ann), ("contacts", bo), ("tickets", ticket)):
            portal.link(type_, thing.id, "companies", company.id)
        hub.time.passes(60)
        following = Following(copy, [hub.connector], hub.time.now)
        crm, helpdesk = VendorCrm(Together(database), hub.time.now, following), VendorHelpdesk(Together(database), following)
        await Syncing(copy, hub.connector, hub.time.now).run()
        own, above = own_id("hubspot", "accounts", company.id), own_id("hubspot", "accounts", parent.id)
        before = await crm.contacts(own), await helpdesk.tickets(own), await crm.family(own)
        assert [(len(one), one.lost) for one in before] == [(2, ()), (1, ()), (2, ())]

        hub.time.passes(3600)
        portal.update("contacts", ann.id, {"firstname": ""})
        portal.update("tickets", ticket.id, {"hs_pipeline_stage": "99"})
        portal.update("companies", parent.id, {"name": ""})
        contacts, tickets, family = await crm.contacts(own), await helpdesk.tickets(own), await crm.family(own)
        assert ([one.data["name"] for one in contacts], contacts.lost) == (["Bo"], (own_id("hubspot", "contacts", ann.id),))
        assert (tickets, tickets.lost) == ([], (own_id("hubspot", "tickets", ticket.id),))
        assert ([one.id for one in family], family.lost) == ([own], (above,))
        assert is_missing(await family_state(crm, own, hub.time.now()), "family.size", "family.dispute")

        hub.time.passes(3600)
        portal.update("contacts", ann.id, {"firstname": "Ann"})
        assert [one.data["name"] for one in await crm.contacts(own)] == ["Ann", "Bo"], "mended there, it is here again"


async def test_of_salesforce_contracts_and_contacts(database: Database, copy: Copy, watch: Watch) -> None:
    watch.at = AT
    async with served(Made()) as there:
        ids, connector = small(there.org), there.connected()
        crm = VendorCrm(Together(database), watch, Following(copy, [connector], watch))
        await Syncing(copy, connector, watch).run()
        own = own_id("salesforce", "accounts", ids["acme"])
        assert value(await contract_state(crm, own, None, watch(), into="EUR"), "contract.id") == own_id("salesforce", "contracts", ids["contract"])
        assert len(await crm.contacts(own)) == 1

        await there.made.clock.sleep(1800)
        watch.at = there.made.clock.now()
        there.org.hidden.add(("Contract", "Status"))
        there.org.edit(ids["contract"], EndDate="2027-12-31")
        there.org.edit(ids["ann"], AccountId=None)
        assert is_missing(await contract_state(crm, own, None, watch(), into="EUR"), "contract.id", "contract.end")
        await Syncing(copy, connector, watch).run()
        contacts = await crm.contacts(own)
        assert (contacts, contacts.lost) == ([], (own_id("salesforce", "contacts", ids["ann"]),))


async def test_of_zendesk_tickets_also_one_that_could_never_be_read(database: Database, sandbox: Sandbox, copy: Copy) -> None:
    await sandbox.apply("accounts: [{id: acc_006, name: Nordwind, domain: nordwind.example}]")
    desk = Desk()
    async with connecting(desk.double(), CopyKnown(database, "zendesk")) as zendesk:
        following = Following(copy, [zendesk], desk.clock)
        helpdesk = VendorHelpdesk(Together(database), following)
        desk.clock.pass_(minutes=10)
        await Syncing(copy, zendesk, desk.clock).run()
        assert value(await account_support(helpdesk, "acc_006", desk.clock()), "account.open_tickets") == 1

        desk.clock.pass_(hours=1)
        updated(desk.world, desk.ticket, {"tags": ["odd"]})
        desk.world.tickets[desk.ticket]["priority"] = "dire"
        tickets, ticket = await helpdesk.tickets("acc_006"), own_id("zendesk", "tickets", str(desk.ticket))
        assert (tickets, tickets.lost) == ([], (ticket,))
        assert is_missing(await account_support(helpdesk, "acc_006", desk.clock()), "account.open_tickets", "account.open_p1_tickets")
        ((_, fault),) = await copy.faults(at_most=5)
        assert (fault.about, fault.as_of) == ("acc_006", desk.clock())

        odd = opened(desk.world, "Odd", "Odd.", requester_id=desk.sanne, organization_id=desk.company, status="open")
        desk.world.tickets[odd]["subject"] = {"in": "a shape that is not known"}
        desk.clock.pass_(hours=1)
        assert {*(await helpdesk.tickets("acc_006")).lost} == {ticket, own_id("zendesk", "tickets", str(odd))}
