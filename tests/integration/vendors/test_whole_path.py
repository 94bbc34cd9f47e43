"""From a vendor's webhook to its own log, and on to what came of it: through the real machine, over real HTTP."""

import asyncio

from agent.domain.decision import Decision
from agent.ports import Scope
from integrations.bootstrap import Workspace
from integrations.cli.demo_delivery import deliver
from integrations.cli.demo_story import START
from integrations.cli.demo_vendors import Vendors
from integrations.sandbox.doubles.hubspot.filling import STAGES
from integrations.synced import syncings_of, tell_what_came_of_it
from tools.ports import Command, Premise, Receipt

CALM = "contract sent, and quiet since"


async def settled(workspace: Workspace) -> None:
    """Whoever waits for a vendor's limit is waited for."""
    await workspace.engine.settle()
    while await workspace.store.waiting_runs():
        await asyncio.sleep(0.2)
        await workspace.engine.settle()


async def approved(workspace: Workspace, vendors: Vendors) -> Decision:
    """A draft to a buyer, asked for by HubSpot's news of a deal, approved by its owner, and handed to them."""
    await deliver(workspace, [scene for scene in vendors.morning() if scene.shows == CALM], START)
    await settled(workspace)
    [row] = await workspace.service.decisions(limit=5)
    [ask] = await workspace.store.approvals(row.id)
    assert (row.route, len(ask.asked)) == ("ask", 1)
    await workspace.service.answer(row.id, "approve", who=ask.asked[0])
    workspace.clock.stand_at(START.replace(minute=5))
    await settled(workspace)
    return await workspace.service.explain(row.id)


async def test_what_was_approved_is_a_task_of_the_owner_at_hubspot_once_and_with_our_marker(both: tuple[Workspace, Vendors]) -> None:
    decision = await approved(*both)
    assert {action.state for action in decision.actions} == {"done"}
    for action in decision.actions:
        assert len(list(both[1].portal.journal.with_marker(action.key))) == 1
    [task] = both[1].portal.things["tasks"].values()
    assert task.properties["hs_task_status"] == "NOT_STARTED"
    assert decision.proposal is not None
    assert decision.proposal.content["subject"] in str(task.properties)


async def test_it_has_reached_the_customer_when_the_owner_has_done_the_task_and_not_before(both: tuple[Workspace, Vendors]) -> None:
    workspace, vendors = both
    decision = await approved(workspace, vendors)
    await tell_what_came_of_it(workspace)
    await settled(workspace)
    before = (await workspace.service.explain(decision.id)).outcome
    assert before is None or before.exposure != "delivered"
    [task] = vendors.portal.things["tasks"]
    workspace.clock.stand_at(START.replace(hour=14))
    vendors.portal.update("tasks", task, {"hs_task_status": "COMPLETED", "hs_task_completion_date": "2026-11-10T13:00:00.000Z"})
    await tell_what_came_of_it(workspace)
    await tell_what_came_of_it(workspace)
    await settled(workspace)
    [watched] = await workspace.store.watched(_of(decision))
    assert watched.watch.opened_at == START.replace(hour=13)
    assert watched.exposure == "delivered"


def moving(workspace: Workspace, vendors: Vendors, stage: str) -> list[Command]:
    """Have somebody move the deal when it was judged and before it is written, once. What was asked to be written is noted."""
    effects, asked = workspace.systems.effects, list[Command]()
    really = effects.execute

    async def moved_first(command: Command) -> Receipt:
        if not asked:
            vendors.portal.update("deals", vendors.hubspot_ids["deal_001"], {"dealstage": STAGES[stage]})
        asked.append(command)
        return await really(command)

    effects.execute = moved_first  # type: ignore[method-assign]  # the race, made on purpose
    return asked


async def judged_again(workspace: Workspace, vendors: Vendors) -> Decision:
    """What was approved and overtaken, when the machine has looked at it again."""
    decision = await approved(workspace, vendors)
    assert {action.state for action in decision.actions} == {"planned"}
    assert "judged again: the deal is in stage" in str(decision.actions[0].error)
    assert vendors.portal.things["tasks"] == vendors.portal.things["notes"] == {}
    workspace.clock.stand_at(START.replace(minute=6))
    await settled(workspace)
    return await workspace.service.explain(decision.id)


async def test_a_follow_up_is_not_written_where_the_deal_was_lost_just_before(both: tuple[Workspace, Vendors]) -> None:
    asked = moving(*both, "lost")
    decision = await judged_again(*both)
    assert asked[0].premise == Premise(decision.subject.id, "contract_sent")
    assert both[1].portal.things["tasks"] == both[1].portal.things["notes"] == {}
    assert "forbidden_after_approval" in {one.code for one in decision.reasons}
    assert {action.state for action in decision.actions} == {"failed"}


async def test_it_is_written_where_the_new_stage_changes_nothing_that_it_hangs_on(both: tuple[Workspace, Vendors]) -> None:
    asked = moving(*both, "negotiation")
    decision = await judged_again(*both)
    assert [one.premise.stage for one in asked if one.premise] == ["contract_sent", *["negotiation"] * len(decision.actions)]
    assert {action.state for action in decision.actions} == {"done"}


async def test_an_email_that_cannot_be_read_keeps_whoever_got_it_from_being_written_to_once_too_often(both: tuple[Workspace, Vendors]) -> None:
    workspace, vendors = both
    company = vendors.hubspot_ids["acc_001"]
    email = vendors.portal.create("emails", {"hs_timestamp": "soon", "hs_email_direction": "EMAIL"}).id
    vendors.portal.link("emails", email, "contacts", vendors.hubspot_ids["con_001"])
    vendors.portal.link("emails", email, "companies", company)
    workspace.clock.stand_at(START.replace(minute=10))
    [hubspot] = [one for one in syncings_of(workspace) if one.connector.vendor == "hubspot"]
    await hubspot.run()
    assert workspace.systems.copy is not None
    [(_, fault)] = [one for one in await workspace.systems.copy.faults(at_most=10) if one[1].key == "touches"]
    assert "hs_timestamp is not a date" in fault.why
    await deliver(workspace, [scene for scene in vendors.morning() if scene.shows == CALM], START)
    await settled(workspace)
    [row] = await workspace.service.decisions(limit=5)
    decision = await workspace.service.explain(row.id)
    [unknown] = [one for one in decision.facts if one.name == "account.days_since_contact"]
    assert (unknown.status, "1 more on record cannot be read" in unknown.source) == ("missing", True)
    written = [one for one in decision.candidates if one.recipient and one.channel == "email"]
    assert written
    for one in written:
        said = next(rule for rule in one.rules if rule.id == "contact-cap")
        assert (said.effect, said.matched, said.clauses[-1].values) == ("ask", True, {"account.days_since_contact": None})
        assert one.verdict in ("ask", "forbid")


def _of(decision: Decision) -> Scope:
    return Scope(decisions=(decision.id,))
