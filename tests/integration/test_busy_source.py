"""A source that is asked too much would answer later: it is waited for, unless it is an emergency."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.arrivals import arrival_of, run_id_of
from agent.deployment import Limits
from agent.domain.event import Event
from agent.graph.collecting import collect
from agent.graph.context import Context
from agent.identity import Standing
from integrations.bootstrap import Workspace, open_workspace
from integrations.sandbox.crm import SandboxCrm
from tests.acceptance.workspaces import START, settings_in
from tools.ports import Snapshot, SourceBusy


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    async with open_workspace(settings_in(tmp_path), at=START) as workspace:
        await workspace.sandbox.seed()
        yield workspace


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What the CRM says of these accounts' contacts it says later: no source of the sandbox's own is ever asked too much."""
    accounts, ask = set[str](), SandboxCrm.contacts

    async def contacts(self: SandboxCrm, account_id: str) -> Sequence[Snapshot]:
        if account_id in accounts:
            raise SourceBusy("crm", "its limit is reached; ask again in 3 s")
        return await ask(self, account_id)

    monkeypatch.setattr(SandboxCrm, "contacts", contacts)
    return accounts


def told(type_: str, kind: str, subject: str) -> Event:
    return Event("desk", f"evt_{subject}", type_, START, START, kind, subject)


async def settled(workspace: Workspace, event: Event) -> Any:
    await workspace.service.accept([arrival_of(event)])
    await workspace.engine.settle()
    rows = await workspace.service.decisions(limit=5)
    return next((row.route for row in rows if row.id == run_id_of(event.source, event.id).replace("run_", "dec_")), None)


@pytest.mark.parametrize(
    ("event", "account"),
    [(told("ticket.created", "ticket", "tic_005"), "acc_004"), (told("deal.stage_changed", "deal", "deal_001"), "acc_001")],
    ids=["a question", "a deal"],
)
async def test_what_can_wait_is_decided_when_it_answers(workspace: Workspace, busy: set[str], event: Event, account: str) -> None:
    busy.add(account)
    assert await settled(workspace, event) is None
    [waiting] = await workspace.store.waiting_runs()
    assert (waiting.source, waiting.runs) == ("crm", 1)
    busy.clear()
    assert await settled(workspace, event) == "ask"


async def test_an_emergency_is_acted_on_without(workspace: Workspace, busy: set[str]) -> None:
    busy.add("acc_006")
    assert await settled(workspace, told("ticket.created", "ticket", "tic_001")) == "act"


async def test_what_was_approved_waits_for_it_too_and_nobody_is_asked_again(workspace: Workspace, busy: set[str]) -> None:
    event = told("ticket.created", "ticket", "tic_005")
    assert await settled(workspace, event) == "ask"
    [ask] = await workspace.store.approvals(run_id_of(event.source, event.id).replace("run_", "dec_"))
    busy.add("acc_004")
    await workspace.service.answer(ask.id, "approve", who=ask.asked[0])
    workspace.clock.stand_at(START + timedelta(minutes=2))
    await workspace.engine.settle()
    assert await workspace.sandbox.effects.log() == []
    assert len(await workspace.store.approvals(ask.decision_id)) == 1
    busy.clear()
    await workspace.engine.settle()
    assert [effect["kind"] for effect in await workspace.sandbox.effects.log()] == ["ticket_comment"]


async def test_who_answers_the_next_time_is_not_silent_any_more(workspace: Workspace) -> None:
    event = told("deal.stage_changed", "deal", "deal_001")
    await settled(workspace, event)
    run = await workspace.store.run(run_id_of(event.source, event.id))
    assert run is not None
    ctx = Context(
        workspace.store, workspace.sandbox.sources, workspace.sandbox.effects, None, workspace.clock, workspace.playbook, Limits(),
        run=run, standing=Standing(event, known=True),
    )  # fmt: skip
    await workspace.sandbox.apply("faults: [{source: usage, mode: down}]")
    assert "usage.seats" in (await collect(ctx)).unanswered
    assert [error.source for error in ctx.desk.silent] == ["usage"]
    await workspace.sandbox.apply("faults: [{source: usage, mode: ok}]")
    assert (await collect(ctx)).unanswered == ()
    assert ctx.desk.silent == []


async def approved_deal(workspace: Workspace) -> str:
    """A decision about a deal, to write to a contact, that was approved and is due."""
    event = told("deal.stage_changed", "deal", "deal_001")
    assert await settled(workspace, event) == "ask"
    decision = run_id_of(event.source, event.id).replace("run_", "dec_")
    [ask] = await workspace.store.approvals(decision)
    await workspace.service.answer(ask.id, "approve", who=ask.asked[0])
    workspace.clock.stand_at(START + timedelta(minutes=2))
    return decision


async def test_what_is_surely_forbidden_by_now_does_not_wait_for_who_is_silent(workspace: Workspace) -> None:
    decision = await approved_deal(workspace)
    await workspace.sandbox.apply("{contacts: [{id: con_001, opted_out: true}], faults: [{source: usage, mode: down}]}")
    await workspace.engine.settle()
    run = await workspace.store.run(decision.replace("dec_", "run_"))
    assert run is not None
    assert (run.state, await workspace.store.waiting_runs(), await workspace.sandbox.effects.log()) == ("closed", [], [])


@pytest.mark.parametrize("source", ["crm", "touches"])
async def test_what_may_be_forbidden_only_because_somebody_is_silent_waits(workspace: Workspace, source: str) -> None:
    await approved_deal(workspace)
    await workspace.sandbox.apply(f"faults: [{{source: {source}, mode: down}}]")
    await workspace.engine.settle()
    [waiting] = await workspace.store.waiting_runs()
    assert waiting.source == source
    await workspace.sandbox.apply(f"faults: [{{source: {source}, mode: ok}}]")
    await workspace.engine.settle()
    assert [effect["kind"] for effect in await workspace.sandbox.effects.log()] != []
