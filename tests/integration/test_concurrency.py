"""Many at once: answers, deliveries, resumes. However many ask for it, it happens once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from agent.arrivals import arrival_of, run_id_of
from agent.cases import AnswerResult
from agent.domain.event import Event
from agent.domain.records import Approval, Hold, Run
from agent.errors import NotFound
from integrations.bootstrap import Workspace
from integrations.db.tables import AUDIT
from tests.chaos.stories import RENAMED, START, STRATEGIC_DEAL
from tests.chaos.world import LEADS, created, lead, opened, smoke, world
from tools.ports import SourceError

REFUND = created("refund_0_0")
STEPS = ["crm_task", "ticket_comment"]
"""What an approved refund request does, in the order of the alphabet."""


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    async with opened(tmp_path) as workspace:
        await workspace.sandbox.apply(world(accounts=1))
        yield workspace


async def asked(workspace: Workspace, event: Event = REFUND) -> Approval:
    """Have the event decided; the ask that it led to."""
    await workspace.service.accept([arrival_of(event)])
    await workspace.engine.settle()
    (ask,) = await workspace.service.waiting()
    return ask


async def effects(workspace: Workspace) -> list[str]:
    return sorted(effect["kind"] for effect in await workspace.sandbox.effects.log())


async def told(answers: list[tuple[str, str]], ask: Approval, *workspaces: Workspace) -> list[AnswerResult]:
    """Give all answers at the same time, in turns through the workspaces."""
    return await asyncio.gather(*(
        workspaces[number % len(workspaces)].service.answer(ask.id, answer, who=who) for number, (who, answer) in enumerate(answers)
    ))  # fmt: skip


def assert_one_winner(results: list[AnswerResult]) -> Approval:
    """Exactly one answer counted, and everybody else was told whose; returns the ask as it was left."""
    winners = [result.approval for result in results if result.won]
    assert len(winners) == 1
    winner = winners[0]
    assert winner.answered_by is not None
    losers = [result for result in results if not result.won]
    assert {result.approval for result in losers} == {winner}
    assert all(f"Already {winner.state} by {winner.answered_by}" in result.says for result in losers)
    return winner


@pytest.mark.parametrize("first", ["approve", "reject"])
async def test_fifty_answers_of_many_people_have_one_winner(workspace: Workspace, tmp_path: Path, first: str) -> None:
    ask = await asked(workspace)
    second = {"approve": "reject", "reject": "approve"}[first]
    answers = [(lead(number % LEADS), first if number % 2 == 0 else second) for number in range(50)]

    async with opened(tmp_path) as other:  # the console in one process, Slack in another
        winner = assert_one_winner(await told(answers, ask, workspace, other))
    await workspace.engine.settle()

    assert await effects(workspace) == (STEPS if winner.state == "approved" else [])
    run = await workspace.store.run(run_id_of(REFUND.source, REFUND.id))
    assert run is not None
    assert run.state == "closed"
    assert await _audited(workspace, "answered") == 1


async def test_fifty_clicks_of_one_person_are_one_answer(workspace: Workspace) -> None:
    ask = await asked(workspace)

    winner = assert_one_winner(await told([(lead(0), "approve")] * 50, ask, workspace))
    await workspace.engine.settle()

    assert winner.answered_by == lead(0)
    assert await effects(workspace) == STEPS


async def test_answers_that_race_with_the_engine_have_one_winner_and_one_effect(workspace: Workspace) -> None:
    """Those who come late meet a run that is being carried out, or is over."""
    ask = await asked(workspace)
    run_id = run_id_of(REFUND.source, REFUND.id)

    async def answer(number: int) -> AnswerResult:
        result = await workspace.service.answer(ask.id, "approve", who=lead(number % LEADS))
        await workspace.service.drive(run_id)
        return result

    assert_one_winner(await asyncio.gather(*(answer(number) for number in range(50))))
    assert await effects(workspace) == STEPS


async def test_driving_does_not_answer_for_anybody(workspace: Workspace) -> None:
    ask = await asked(workspace)

    runs = await asyncio.gather(*(workspace.service.drive(run_id_of(REFUND.source, REFUND.id)) for _ in range(10)))

    assert {(run.state, run.attempts) for run in runs} == {("asking", 0)}
    assert await workspace.service.waiting() == [ask]
    assert await effects(workspace) == []


async def test_an_answer_is_resumed_once_however_often_it_is_driven(workspace: Workspace) -> None:
    ask = await asked(workspace)
    await workspace.service.answer(ask.id, "approve", who=lead(0))

    runs = await asyncio.gather(*(workspace.service.drive(run_id_of(REFUND.source, REFUND.id)) for _ in range(50)))
    again = await workspace.service.drive(run_id_of(REFUND.source, REFUND.id))

    assert {run.state for run in [*runs, again]} == {"closed"}
    assert await effects(workspace) == STEPS
    assert Counter(await _audit_refs(workspace, "action.started")).most_common(1)[0][1] == 1


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "kept"])
async def test_checkpoints_may_be_lost_between_ask_and_answer(tmp_path: Path, lost: bool) -> None:
    async with opened(tmp_path) as workspace:
        await workspace.sandbox.apply(world(accounts=1))
        ask = await asked(workspace)
    if lost:
        _lose_checkpoints(tmp_path)

    async with opened(tmp_path) as workspace:
        await workspace.service.answer(ask.id, "approve", who=lead(0))
        await workspace.engine.settle()
        await workspace.engine.settle()

        assert await effects(workspace) == STEPS
        run = await workspace.store.run(run_id_of(REFUND.source, REFUND.id))
        assert run is not None
        assert run.state == "closed"


async def test_a_click_on_an_old_card_does_not_approve_the_new_version(tmp_path: Path) -> None:
    async with opened(tmp_path) as workspace:
        await workspace.sandbox.seed()
        first = await asked(workspace, STRATEGIC_DEAL)
        await workspace.sandbox.apply(RENAMED)
        await workspace.service.answer(first.id, "approve", who=first.asked[0])
        await workspace.engine.settle()
        (second,) = await workspace.service.waiting()

        late = await workspace.service.answer(first.id, "approve", who=first.asked[0])

        assert second.round == first.round + 1
        assert not late.won
        assert late.says.startswith(f"Already approved by {first.asked[0]}")
        assert await workspace.service.waiting() == [second]


async def test_deliveries_are_decided_once_in_any_order_and_number(tmp_path: Path) -> None:
    """300 deliveries of 200 events: doubled, shuffled, and many at a time."""
    chance = random.Random(20261110)  # noqa: S311  a shuffle, repeatable
    events = [*smoke(range(10), range(4)), *(created(f"unknown_{number}") for number in range(160))]
    deliveries = [*events, *chance.choices(events, k=100)]
    chance.shuffle(deliveries)

    async with opened(tmp_path) as workspace:
        await workspace.sandbox.apply(world(accounts=10, tickets=4))
        accepted = await asyncio.gather(*(workspace.service.accept([arrival_of(event)]) for event in deliveries))
        await workspace.engine.settle()

        statuses = Counter((result.event_id, result.status) for results in accepted for result in results)
        assert {event_id for event_id, status in statuses if status == "new"} == {event.id for event in events}
        assert {count for (_, status), count in statuses.items() if status == "new"} == {1}
        assert Counter(status for _, status in statuses.elements()) == {"new": 200, "duplicate": 100}
        assert await workspace.store.quarantined() == []

        decided = Counter([*await _audit_refs(workspace, "decided"), *await _audit_refs(workspace, "suppressed")])
        assert set(decided.values()) == {1}
        assert len(decided) == 200
        done = Counter((effect["kind"], effect["target"]) for effect in await workspace.sandbox.effects.log())
        assert done == {(kind, event.subject_id): 1 for event in events[:40] for kind in ("assign_group", "ticket_comment")}
        assert await workspace.service.due() == []


async def test_messages_are_delivered_once_by_passes_at_the_same_time(workspace: Workspace) -> None:
    class Slow:
        """A channel that takes its time; it would post whatever it is given."""

        def __init__(self) -> None:
            self.posted: list[str] = []

        async def deliver(self, message_id: str, **_message: Any) -> None:
            await asyncio.sleep(0)
            self.posted.append(message_id)

    channel, service = Slow(), workspace.service
    await service.accept([arrival_of(REFUND)])
    for run in await service.due():
        await service.drive(run.id)
    service._ports = replace(service._ports, messenger=channel)

    await asyncio.gather(*(service.deliver() for _ in range(10)))

    assert len(channel.posted) == 1


async def test_an_event_of_the_clock_is_the_same_event_on_the_next_pass(tmp_path: Path) -> None:
    async with opened(tmp_path) as workspace:
        await workspace.sandbox.seed()
        first = await workspace.service.tick()
        workspace.clock._at = START + timedelta(minutes=1)
        second = await workspace.service.tick()

        assert first.events > 0
        assert second.events == 0
        assert await workspace.store.quarantined() == []


async def approved(workspace: Workspace) -> Approval:
    """An ask that was approved in the customer's morning; no engine has seen it yet."""
    ask = await asked(workspace, STRATEGIC_DEAL)
    workspace.clock._at = START + timedelta(minutes=270)
    await workspace.service.answer(ask.id, "approve", who=ask.asked[0])
    return ask


async def test_an_approval_can_be_undone_before_the_engine_has_seen_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as workspace:
        await workspace.sandbox.seed()
        ask = await approved(workspace)

        undone = await workspace.service.answer(ask.id, "undo", who=ask.asked[0])
        await _settle_at(workspace, START + timedelta(minutes=271), START + timedelta(minutes=273))

        assert undone.won
        assert await effects(workspace) == []


async def test_an_undo_that_is_told_again_is_not_too_late(tmp_path: Path) -> None:
    async with opened(tmp_path) as workspace:
        await workspace.sandbox.seed()
        ask = await approved(workspace)
        await workspace.engine.settle()

        first, again = [await workspace.service.answer(ask.id, "undo", who=ask.asked[0]) for _ in range(2)]

        assert (first.won, again.won) == (True, False)
        assert first.says == again.says == f"Undone by {ask.asked[0]}: 2 steps will not run."


IMPORTED = replace(smoke([0])[0], actor="importer", data={"change_source": "IMPORT"})


async def held(workspace: Workspace) -> Hold:
    """Have a change of an import come in; the hold that it led to."""
    await workspace.service.accept([arrival_of(IMPORTED)])
    await workspace.engine.settle()
    (hold,) = await workspace.service.holds()
    return hold


async def test_a_release_that_is_interrupted_can_be_repeated(workspace: Workspace) -> None:
    """The hold ends in the same transaction in which its changes are accepted; until then nothing has happened."""
    hold = await held(workspace)
    await workspace.sandbox.apply("faults: [{source: crm, mode: down}]")
    with pytest.raises(SourceError):
        await workspace.service.release(hold.id, who=lead(0))
    assert await workspace.service.holds() == [hold]

    await workspace.sandbox.apply("faults: [{source: crm, mode: ok}]")
    assert await workspace.service.release(hold.id, who=lead(0)) == 1
    await workspace.engine.settle()

    assert await effects(workspace) == ["assign_group", "ticket_comment"]


async def test_a_change_that_joins_a_hold_while_it_is_released_is_released_too(workspace: Workspace) -> None:
    hold = await held(workspace)
    service, place = workspace.service, workspace.service.place
    late = [replace(IMPORTED, id="evt_late", subject_id="refund_0_0")]

    async def interrupted(run: Run, listening: Any = None) -> Any:
        if late:
            await service.accept([arrival_of(late.pop())])
            await workspace.engine.settle()
        return await place(run, listening)

    service.place = interrupted  # type: ignore[method-assign]  # while the subjects are looked up
    assert await service.release(hold.id, who=lead(0)) == 2
    await workspace.engine.settle()

    assert await effects(workspace) == ["assign_group", "ticket_comment"]
    (ask,) = await service.waiting()
    assert (await service.explain(ask.decision_id)).subject.id == "refund_0_0"


async def test_ten_releases_at_once_are_one(workspace: Workspace) -> None:
    hold = await held(workspace)

    released = await asyncio.gather(*(workspace.service.release(hold.id, who=lead(0)) for _ in range(10)), return_exceptions=True)
    await workspace.engine.settle()

    assert released.count(1) == 1
    assert {type(one) for one in released if one != 1} == {NotFound}
    assert await effects(workspace) == ["assign_group", "ticket_comment"]


def _lose_checkpoints(folder: Path) -> None:
    checkpoints = list(folder.glob("*.checkpoints*"))
    assert checkpoints
    for file in checkpoints:
        file.unlink()


async def _settle_at(workspace: Workspace, *moments: datetime) -> None:
    for moment in moments:
        workspace.clock._at = moment
        await workspace.engine.settle()


async def _audit_refs(workspace: Workspace, kind: str) -> list[str]:
    query = select(AUDIT.c.ref).where(AUDIT.c.kind == kind)
    return await workspace.database.read_core(lambda connection: list(connection.execute(query).scalars()))


async def _audited(workspace: Workspace, kind: str) -> int:
    return len(await _audit_refs(workspace, kind))
