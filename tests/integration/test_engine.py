"""The embedded engine: woken at once, never dependent on it, one lane per account, and one bad run harms nobody else."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from structlog.testing import capture_logs

from agent.arrivals import arrival_of, run_id_of
from agent.deployment import Ports
from agent.domain.event import Event
from agent.domain.records import Run
from integrations.bootstrap import Workspace
from integrations.db.errors import AwayError
from integrations.engines import drives
from integrations.engines.drives import Drives
from integrations.engines.embedded import EmbeddedEngine
from integrations.engines.lanes import FileLanes
from tests.chaos.stories import DOWN, START, UNKNOWABLE, UP
from tests.chaos.world import LEADS, created, lead, opened, smoke, world
from tools.ports import Command, Effects, Receipt

PATIENCE_S = 30
"""How long a test waits for what must happen. It is never waited for in full unless something is broken."""

FOREVER_S = 3600.0
ONE, OTHER = smoke([0, 1])
SECOND_OF_ONE = smoke([0], [1])[0]


@dataclass
class Watched:
    """Effects that can be waited for: who called, and a gate for each target that somebody holds shut."""

    inner: Effects
    calls: list[str] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    poisoned: set[str] = field(default_factory=set)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def execute(self, command: Command) -> Receipt:
        async with self._changed:
            self.calls.append(command.target)
            self._changed.notify_all()
        if command.target in self.poisoned:
            raise ValueError("the adapter has a bug")
        if command.target in self.gates:
            await self.gates[command.target].wait()
        return await self.inner.execute(command)

    async def look_up(self, command: Command) -> Receipt | Literal["absent", "unknowable"]:
        if command.target in self.poisoned:
            raise ValueError("the adapter has a bug")
        return await self.inner.look_up(command)

    async def called(self, target: str) -> None:
        """Wait until something is done to the target."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: target in self.calls)


class Idle(EmbeddedEngine):
    """The engine, saying when it has nothing to do."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.idle = asyncio.Event()

    async def _look(self, drives: Drives) -> bool:
        under_way = await super()._look(drives)
        if not under_way:
            self.idle.set()
        return under_way


@dataclass
class Bench:
    """A workspace with watched effects."""

    workspace: Workspace
    effects: Watched

    async def accept(self, *events: Event) -> None:
        await self.workspace.service.accept([arrival_of(event) for event in events])

    async def run(self, event: Event) -> Run:
        run = await self.workspace.store.run(run_id_of(event.source, event.id))
        assert run is not None
        return run

    async def settle_at(self, minute: float) -> None:
        self.workspace.clock._at = START + timedelta(minutes=minute)
        await self.workspace.engine.settle()

    async def states(self, *events: Event) -> list[str]:
        return [(await self.run(event)).state for event in events]

    @asynccontextmanager
    async def running(self, *, sweep_s: float, deaf: bool = False) -> AsyncIterator[Idle]:
        """The engine at work, past its first pass. A deaf one hears no wake."""
        engine = Idle(self.workspace.service, sweep_s=sweep_s)
        if deaf:
            self.workspace.service.wake = lambda _run_id: None
        task = asyncio.create_task(engine.run())
        try:
            async with asyncio.timeout(PATIENCE_S):
                await engine.idle.wait()
            yield engine
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What operators would read."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    watched: list[Watched] = []

    def watch(ports: Ports) -> Ports:
        watched.append(Watched(ports.effects))
        return replace(ports, effects=watched[0])

    async with opened(tmp_path, wrap=watch) as workspace:
        await workspace.sandbox.apply(world(accounts=3, tickets=2))
        yield Bench(workspace, watched[0])


# --- what people answered ---------------------------------------------------------------------------------------------


async def test_what_was_answered_does_not_wait_until_all_that_came_in_is_decided(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one lane that may be driven is held up by a target that does not answer; others wait behind it."""
    monkeypatch.setattr(drives, "AT_ONCE", 1)
    refund, backlog = created("refund_0_0"), sorted(smoke([1, 2]), key=lambda event: run_id_of(event.source, event.id))
    await bench.accept(refund)
    await bench.workspace.engine.settle()
    assert await bench.states(refund) == ["asking"]
    bench.effects.gates[backlog[0].subject_id] = asyncio.Event()

    async with bench.running(sweep_s=FOREVER_S):
        await bench.accept(*backlog)
        await bench.effects.called(backlog[0].subject_id)
        [ask] = [one.ask for one in await bench.workspace.store.open_asks()]
        await bench.workspace.service.answer(ask.id, "approve", who=lead(0))
        await bench.effects.called(refund.subject_id)
        assert await bench.states(*backlog) == ["acting", "new"]
        bench.effects.gates[backlog[0].subject_id].set()
        await bench.effects.called(backlog[1].subject_id)


# --- woken -----------------------------------------------------------------------------------------------------------


async def test_the_engine_is_woken_at_once(bench: Bench) -> None:
    async with bench.running(sweep_s=FOREVER_S):
        await bench.accept(ONE)
        await bench.effects.called(ONE.subject_id)


async def test_the_sweep_finds_what_a_lost_wake_has_left(bench: Bench) -> None:
    async with bench.running(sweep_s=0.01, deaf=True):
        await bench.accept(ONE)
        await bench.effects.called(ONE.subject_id)


async def test_without_wake_and_sweep_nothing_moves(bench: Bench) -> None:
    """What the two tests above rest on: it is the wake, and the sweep, that they see."""
    async with bench.running(sweep_s=FOREVER_S, deaf=True) as engine:
        await bench.accept(ONE)
        engine.idle.clear()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await engine.idle.wait()
    assert bench.effects.calls == []


async def test_the_engine_starts_with_what_was_left_over(bench: Bench) -> None:
    await bench.accept(ONE, OTHER)
    async with bench.running(sweep_s=FOREVER_S):
        pass
    assert await bench.states(ONE, OTHER) == ["closed", "closed"]


async def test_a_clock_that_fails_is_logged_and_does_not_stop_the_engine(bench: Bench, logged: list[MutableMapping[str, Any]]) -> None:
    async def broken() -> None:
        raise ValueError("a contract ends on the 31st of February")

    bench.workspace.service.tick = broken  # type: ignore[method-assign,assignment]  # one bad record of a source
    async with bench.running(sweep_s=FOREVER_S):
        await bench.accept(ONE)
        await bench.effects.called(ONE.subject_id)
    assert ("engine pass failed", "ValueError") in {(line["event"], line.get("error")) for line in logged}


async def test_a_wake_drives_and_does_not_read_all_sources_again(bench: Bench) -> None:
    ticks, tick = [], bench.workspace.service.tick

    async def counted() -> Any:
        ticks.append(START)
        return await tick()

    bench.workspace.service.tick = counted  # type: ignore[method-assign]
    async with bench.running(sweep_s=FOREVER_S):
        for event in (ONE, SECOND_OF_ONE, OTHER):
            await bench.accept(event)
            await bench.effects.called(event.subject_id)
    assert len(ticks) == 1


async def test_a_database_that_is_away_counts_against_no_run(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.accept(ONE)
    before = await bench.run(ONE)

    async def away(*_: object) -> None:
        raise AwayError

    with monkeypatch.context() as patch:
        patch.setattr(bench.workspace.service, "place", away)
        for _ in range(20):
            with pytest.raises(AwayError):
                await bench.workspace.service.drive(before.id)
    assert await bench.run(ONE) == before
    await bench.settle_at(0)
    assert await bench.states(ONE) == ["closed"]


async def test_other_events_do_not_wear_out_a_failing_run(bench: Bench) -> None:
    bench.effects.poisoned.add(ONE.subject_id)
    async with bench.running(sweep_s=FOREVER_S) as engine:
        for event in [ONE, *(created(f"nowhere_{number}") for number in range(5))]:
            engine.idle.clear()
            await bench.accept(event)
            async with asyncio.timeout(PATIENCE_S):
                await engine.idle.wait()
    assert (await bench.run(ONE)).state == "acting"


async def test_a_slow_account_does_not_hold_up_another(bench: Bench) -> None:
    bench.effects.gates[ONE.subject_id] = asyncio.Event()
    async with bench.running(sweep_s=FOREVER_S):
        await bench.accept(ONE)
        await bench.effects.called(ONE.subject_id)
        await bench.accept(OTHER)
        try:
            async with asyncio.timeout(1):
                await bench.effects.called(OTHER.subject_id)
        finally:
            bench.effects.gates[ONE.subject_id].set()


@pytest.mark.parametrize("together", [True, False], ids=["together", "later"])
async def test_a_source_that_hangs_does_not_hold_up_what_others_tell(bench: Bench, monkeypatch: pytest.MonkeyPatch, together: bool) -> None:
    monkeypatch.setattr("integrations.engines.drives.SILENT_FOR_S", 0.05 if together else FOREVER_S)
    service, place, asked = bench.workspace.service, bench.workspace.service.place, asyncio.Event()

    async def hanging(run: Run, listening: Any = None) -> Any:
        if run.event.id == ONE.id:
            asked.set()
            await asyncio.Event().wait()
        return await place(run, listening)

    service.place = hanging  # type: ignore[method-assign]
    async with bench.running(sweep_s=FOREVER_S):
        await bench.accept(ONE, *([OTHER] if together else []))
        await asked.wait()
        await bench.accept(OTHER)
        async with asyncio.timeout(PATIENCE_S):
            await bench.effects.called(OTHER.subject_id)


# --- stopped ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def driving(bench: Bench) -> set[str]:
    """The runs that are being driven. Those of one account are slow to stop: they still have something to write."""
    drive, driving = bench.workspace.service.drive, set[str]()

    async def watched(run_id: str, **how: Any) -> Run:
        driving.add(run_id)
        try:
            return await drive(run_id, **how)
        finally:
            for _ in range(10 if run_id == run_id_of(ONE.source, ONE.id) else 0):
                await asyncio.sleep(0)
            driving.discard(run_id)

    bench.workspace.service.drive = watched  # type: ignore[method-assign]
    for event in (ONE, OTHER):
        bench.effects.gates[event.subject_id] = asyncio.Event()
    return driving


async def test_an_engine_that_is_stopped_leaves_no_drive_behind(bench: Bench, driving: set[str]) -> None:
    """The database is closed right after it."""
    async with bench.running(sweep_s=FOREVER_S):
        await bench.accept(ONE, OTHER)
        for event in (ONE, OTHER):
            await bench.effects.called(event.subject_id)
        assert len(driving) == 2
    assert driving == set()


async def test_nothing_is_done_while_it_is_not_a_runs_turn(bench: Bench) -> None:
    lanes = list[str]()

    async def not_yet(lane: str) -> bool:
        lanes.append(lane)
        return False

    await bench.accept(ONE)
    run = await bench.workspace.service.drive(run_id_of(ONE.source, ONE.id), in_turn=not_yet)
    assert (run.state, run.attempts, run.error) == ("new", 0, None)
    assert lanes == [(await bench.workspace.service.place(run)).lane]


async def test_settling_that_is_stopped_leaves_no_drive_behind(bench: Bench, driving: set[str]) -> None:
    await bench.accept(ONE, OTHER)
    settling = asyncio.create_task(bench.workspace.engine.settle())
    for event in (ONE, OTHER):
        await bench.effects.called(event.subject_id)
    settling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await settling
    assert driving == set()


async def test_a_drive_that_cannot_be_made_is_told_after_the_others(bench: Bench) -> None:
    drive = bench.workspace.service.drive

    async def full(run_id: str, **how: Any) -> Run:
        if run_id == run_id_of(OTHER.source, OTHER.id):
            raise OSError("the disk is full")
        return await drive(run_id, **how)

    bench.workspace.service.drive = full  # type: ignore[method-assign]
    await bench.accept(OTHER, ONE)
    with pytest.raises(OSError, match="the disk is full"):
        await bench.workspace.engine.settle()
    assert await bench.states(ONE, OTHER) == ["closed", "new"]


# --- failures --------------------------------------------------------------------------------------------------------


async def test_a_poisoned_run_dies_visibly_and_its_neighbours_finish(bench: Bench, logged: list[MutableMapping[str, Any]]) -> None:
    bench.effects.poisoned.add(ONE.subject_id)
    await bench.accept(ONE, SECOND_OF_ONE, OTHER)

    await bench.workspace.engine.settle()
    assert await bench.states(SECOND_OF_ONE, OTHER) == ["closed", "closed"]
    for minute in (0.5, 2, 7, 30):
        await bench.settle_at(minute)
        await bench.settle_at(minute)

    dead = await bench.run(ONE)
    assert (dead.state, dead.attempts) == ("dead", 5)
    assert dead.error == "ValueError: the adapter has a bug"
    assert await bench.workspace.service.due() == []
    assert [line["event"] for line in logged if line["log_level"] == "error"] == ["run is in the dead letters"]
    assert bench.effects.calls.count(ONE.subject_id) == 1  # it may have happened, so it was only looked up from then on
    (told,) = [message for message in await bench.workspace.sandbox.messenger.delivered() if message["kind"] == "alarm"]
    assert told["title"] == f"Given up: ticket.created on ticket {ONE.subject_id}"
    assert f"nextplay dead retry {dead.id}" in told["body"]


async def test_a_dead_run_that_is_retried_goes_on_and_nothing_happens_twice(bench: Bench) -> None:
    bench.effects.poisoned.add(ONE.subject_id)
    await bench.accept(ONE)
    for minute in (0, 1, 5, 20, 60):
        await bench.settle_at(minute)
    (dead,) = await bench.workspace.service.dead()
    bench.effects.poisoned.clear()

    await bench.workspace.service.retry(dead.id, who="ops@vendor.example", why="the adapter is mended")
    await bench.settle_at(60)  # what had been started is looked up
    await bench.settle_at(60)

    assert await bench.states(ONE) == ["closed"]
    assert [effect["kind"] for effect in await bench.workspace.sandbox.effects.log()] == ["assign_group", "ticket_comment"]


async def test_a_failing_run_rests_longer_after_each_failure(bench: Bench) -> None:
    """What stopped it needs time: five tries within a second are as good as one."""
    bench.effects.poisoned.add(ONE.subject_id)
    await bench.accept(ONE)
    tried = {}
    for seconds in (0, 0, 14, 15, 16, 74, 75, 100, 314, 315):
        await bench.settle_at(seconds / 60)
        tried[seconds] = (await bench.run(ONE)).attempts

    assert tried == {0: 1, 14: 1, 15: 2, 16: 2, 74: 2, 75: 3, 100: 3, 314: 3, 315: 4}
    assert (await bench.run(ONE)).state == "acting"


async def test_a_run_that_cannot_be_placed_harms_nobody_else(bench: Bench) -> None:
    service, place = bench.workspace.service, bench.workspace.service.place

    async def poisoned(run: Run, listening: Any = None) -> Any:
        if run.event.id == ONE.id:
            raise KeyError("the record makes no sense")
        return await place(run, listening)

    service.place = poisoned  # type: ignore[method-assign]  # a source that answers nonsense
    await bench.accept(ONE, OTHER)
    await bench.workspace.engine.settle()

    assert await bench.states(ONE, OTHER) == ["new", "closed"]
    assert (await bench.run(ONE)).attempts == 1


async def test_a_silent_source_leaves_the_run_due_and_it_recovers(bench: Bench) -> None:
    await bench.workspace.sandbox.apply("faults: [{source: crm, mode: down}]")
    await bench.accept(ONE)
    for _ in range(10):
        await bench.workspace.engine.settle()

    waiting = await bench.run(ONE)
    assert (waiting.state, waiting.attempts) == ("new", 0)
    assert await bench.workspace.service.due() == [waiting]

    await bench.workspace.sandbox.apply("faults: [{source: crm, mode: ok}]")
    await bench.workspace.engine.settle()
    assert await bench.states(ONE) == ["closed"]


async def test_what_waits_for_a_silent_target_is_not_tried_again_at_every_wake(bench: Bench) -> None:
    await bench.workspace.sandbox.apply(DOWN)
    async with bench.running(sweep_s=FOREVER_S) as engine:
        for event in [ONE, *(created(f"nowhere_{number}") for number in range(5))]:
            engine.idle.clear()
            await bench.accept(event)
            async with asyncio.timeout(PATIENCE_S):
                await engine.idle.wait()
    assert bench.effects.calls == [ONE.subject_id] * 2  # when it was decided, and once from where it then stood
    assert (await bench.run(ONE)).attempts == 0


async def test_a_silent_target_is_asked_again_later_and_nothing_happens_twice(bench: Bench) -> None:
    await bench.workspace.sandbox.apply(DOWN)
    await bench.accept(ONE)
    for _ in range(10):
        await bench.workspace.engine.settle()
    assert (await bench.run(ONE)).state == "acting"
    assert await bench.workspace.sandbox.effects.log() == []

    await bench.workspace.sandbox.apply(UP)
    await bench.workspace.engine.settle()

    assert await bench.states(ONE) == ["closed"]
    assert [effect["kind"] for effect in await bench.workspace.sandbox.effects.log()] == ["assign_group", "ticket_comment"]


async def test_an_unknown_effect_parks_its_run_once_and_others_go_on(bench: Bench) -> None:
    await bench.workspace.sandbox.apply(UNKNOWABLE)
    await bench.accept(ONE)
    for _ in range(3):
        await bench.workspace.engine.settle()
    await bench.workspace.sandbox.apply(UP)
    await bench.accept(OTHER)
    await bench.workspace.engine.settle()

    assert await bench.states(ONE, OTHER) == ["parked", "closed"]
    assert bench.effects.calls.count(ONE.subject_id) == 1
    told = [message for message in await bench.workspace.sandbox.messenger.delivered() if message["kind"] == "alarm"]
    assert len(told) == 1


async def test_a_step_that_is_refused_ends_the_steps_after_it_and_people_are_told(bench: Bench) -> None:
    await bench.accept(ONE)
    (run,) = await bench.workspace.service.due()

    async def refuse(command: Command) -> Receipt:
        await bench.workspace.sandbox.apply(f"tickets: [{{id: {command.target}, deleted: true}}]")
        return await Watched.execute(bench.effects, command)

    bench.effects.execute = refuse  # type: ignore[method-assign]  # the ticket is deleted at the last moment
    await bench.workspace.service.drive(run.id)

    decision = await bench.workspace.service.explain(run.id)
    assert [action.state for action in decision.actions] == ["failed", "failed"]
    (told,) = await bench.workspace.store.messages(undelivered=True)
    assert (told.kind, set(told.to)) == ("alarm", {lead(number) for number in range(LEADS)})
    assert f"The assignment of the group ({ONE.subject_id}) failed: '{ONE.subject_id}' was deleted" in told.body
    assert await bench.states(ONE) == ["closed"]


# --- lanes -----------------------------------------------------------------------------------------------------------


async def test_runs_of_one_account_never_overlap_and_those_of_others_do(bench: Bench) -> None:
    drive = bench.workspace.service.drive
    gate = bench.effects.gates[ONE.subject_id] = asyncio.Event()
    await bench.accept(ONE, SECOND_OF_ONE, OTHER)

    first = asyncio.create_task(drive(run_id_of(ONE.source, ONE.id)))
    await bench.effects.called(ONE.subject_id)
    second = asyncio.create_task(drive(run_id_of(SECOND_OF_ONE.source, SECOND_OF_ONE.id)))
    await drive(run_id_of(OTHER.source, OTHER.id))

    assert SECOND_OF_ONE.subject_id not in bench.effects.calls
    assert await bench.states(ONE, SECOND_OF_ONE, OTHER) == ["acting", "new", "closed"]
    gate.set()
    await asyncio.gather(first, second)
    assert await bench.states(ONE, SECOND_OF_ONE) == ["closed", "closed"]


async def test_the_engine_drives_an_account_in_the_order_in_which_things_happened(bench: Bench) -> None:
    late = replace(ONE, occurred_at=START + timedelta(seconds=1))
    await bench.accept(late)
    await bench.accept(SECOND_OF_ONE)

    await bench.workspace.engine.settle()

    assert list(dict.fromkeys(bench.effects.calls)) == [SECOND_OF_ONE.subject_id, ONE.subject_id]


HOLDER = """
import asyncio, sys
from pathlib import Path
from integrations.engines.lanes import FileLanes

async def hold():
    async with FileLanes(Path(sys.argv[1])).hold("acc_0"):
        print("held", flush=True)
        await asyncio.Event().wait()

asyncio.run(hold())
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[int]:
    """Another process that holds the lane of an account; its id."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lanes")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  ours
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process.pid
        process.kill()


async def test_a_lane_holds_between_processes_and_a_kill_frees_it(tmp_path: Path, holder: int) -> None:
    lanes = FileLanes(tmp_path / "lanes")

    async with lanes.hold("acc_1"):
        pass
    assert len(lanes._here) == 0, "a lane that nobody holds is forgotten"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2), lanes.hold("acc_0"):
            pass
    os.kill(holder, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE_S), lanes.hold("acc_0"):
        pass
    lanes.close()
