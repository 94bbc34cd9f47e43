"""News of what a vendor does not know, however much of it, ends in a record that says so, and leaves nothing to mend."""

from dataclasses import replace

import pytest

from agent.arrivals import arrival_of
from agent.domain.decision import Decision
from agent.domain.event import Event
from integrations.bootstrap import Workspace
from integrations.cli.demo_story import START
from integrations.cli.demo_vendors import Vendors
from integrations.synced import syncings_of
from integrations.vendors.syncing import FORGOTTEN

DEAL = Event("hubspot", "e", "deal.stage_changed", START, START, "deal", "0")
TICKET = Event("zendesk", "e", "ticket.created", START, START, "ticket", "0")
NEVER = ("999999999", "9" * 40, "bogus", "../users/1", "7/../8", "7-x", "1e5", "²")
"""Numbers that nobody has, and what can be no id of theirs."""


async def decided(workspace: Workspace, events: list[Event]) -> list[Decision]:
    await workspace.service.accept([arrival_of(event) for event in events])
    await workspace.engine.settle()
    found = [await workspace.service.decision_of_event(event.source, event.id) for event in events]
    return [one for one in found if one is not None]


def named(event: Event, *ids: str) -> list[Event]:
    return [replace(event, id=f"e{number}", subject_id=one) for number, one in enumerate(ids)]


async def test_it_ends_as_not_there_and_is_no_fault(both: tuple[Workspace, Vendors]) -> None:
    workspace, _ = both
    assert workspace.systems.copy is not None
    before = await workspace.systems.copy.faulty()
    for event in (DEAL, TICKET):
        decisions = await decided(workspace, named(event, *NEVER))
        assert [[(one.code, "is not there" in one.text) for one in decision.reasons] for decision in decisions] == [
            [("identity_unresolved", True)]
        ] * len(NEVER)
    assert await workspace.systems.copy.faulty() == before
    assert await workspace.store.waiting_runs() == []


async def test_what_is_there_and_cannot_be_used_stays_a_fault_and_is_told_apart(both: tuple[Workspace, Vendors]) -> None:
    workspace, vendors = both
    assert workspace.systems.copy is not None
    odd = vendors.portal.create("deals", {"dealname": "Nobody's", "pipeline": "default", "dealstage": "contractsent"})
    [decision] = await decided(workspace, named(DEAL, odd.id))
    assert [reason.text for reason in decision.reasons] == [
        f"the deal hubspot-deal-{odd.id} cannot be used as it is; nextplay systems faults says what mends it"
    ]
    assert not await workspace.systems.copy.usable("hubspot", "deals", odd.id)


async def test_a_flood_of_it_leaves_nothing_that_grows(both: tuple[Workspace, Vendors], pytestconfig: pytest.Config) -> None:
    """At the full size what comes is as much as a hostile holder of the secret sends in a minute."""
    workspace, _ = both
    assert workspace.systems.copy is not None
    before, many = await workspace.systems.copy.faulty(), 10_000 if pytestconfig.getoption("whole_storm") else 60
    for start in range(0, many, 500):
        events = named(TICKET, *(f"bogus-{number}" for number in range(start, min(many, start + 500))))
        assert len(await decided(workspace, [replace(event, id=event.subject_id) for event in events])) == len(events)
    assert await workspace.systems.copy.faulty() == before
    workspace.clock.stand_at(START + FORGOTTEN * 2)
    for syncing in syncings_of(workspace):
        await syncing.run()
    count = "SELECT count(*) FROM vendor_reads WHERE what LIKE '%/%'"
    assert await workspace.database.read_core(lambda connection: connection.exec_driver_sql(count).scalar()) == 0
