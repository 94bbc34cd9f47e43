"""Open asks as time passes: each of their moments is kept, what the playbook no longer has done is stopped, and what only waits is not read."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.arrivals import arrival_of, run_id_of
from agent.asks import AskClock
from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.domain.plays import Mode
from agent.domain.records import Approval, Cap
from integrations.bootstrap import Workspace, open_workspace
from integrations.settings import Settings

WORLD = Path(__file__).parents[2] / "evals" / "worlds" / "second_thoughts.yaml"
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


@dataclass
class Asked:
    """One ask, and whose decisions are read from then on."""

    workspace: Workspace
    decision: str
    read: list[str] = field(default_factory=list)

    async def ask(self) -> Approval:
        [ask] = await self.workspace.store.approvals(self.decision)
        return ask

    async def passes(self, at: datetime) -> int:
        self.workspace.clock.stand_at(at)
        return await AskClock(self.workspace.service._ports).pass_at(at)


@pytest.fixture
async def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asked]:
    async with open_workspace(Settings(database_url=f"sqlite:///{tmp_path / 'nextplay.db'}", _env_file=None), at=NOW) as workspace:
        await workspace.sandbox.apply(WORLD.read_text(encoding="utf-8"))
        event = Event("crm", "m-1", "deal.stage_changed", NOW, NOW, "deal", "hs-1", data={"stage": "evaluation"})
        await workspace.service.accept([arrival_of(event)])
        await workspace.engine.settle()
        found = Asked(workspace, (await workspace.service.explain(run_id_of("crm", "m-1"))).id)
        reading = workspace.store.decision

        async def noted(decision_id: str) -> Decision | None:
            found.read.append(decision_id)
            return await reading(decision_id)

        monkeypatch.setattr(workspace.store, "decision", noted)
        yield found


async def test_what_only_waits_is_not_read(asked: Asked) -> None:
    ask = await asked.ask()
    assert ask.remind_at is not None
    assert await asked.passes(ask.remind_at - MOMENT) == 0
    assert asked.read == []


async def test_a_reminder_the_next_person_and_the_end_come_at_their_moments(asked: Asked) -> None:
    for moment in ("remind_at", "delegate_at", "expires_at"):
        ask = await asked.ask()
        at: datetime = getattr(ask, moment)
        assert await asked.passes(at - MOMENT) == 0, moment
        assert await asked.passes(at) == 1, moment
        assert await asked.passes(at) == 0, moment
    assert (await asked.ask()).state == "expired"


async def test_a_snoozed_ask_sleeps_through_its_reminders_and_is_woken(asked: Asked) -> None:
    before = await asked.ask()
    until = before.expires_at - timedelta(minutes=1)
    assert before.remind_at is not None
    assert before.remind_at < until
    await asked.workspace.service.answer(before.id, "snooze", who=before.asked[0], until=until)
    asked.read.clear()
    assert await asked.passes(until - MOMENT) == 0
    assert asked.read == []
    assert await asked.passes(until) == 1
    assert (await asked.ask()).state == "open"


@pytest.mark.parametrize(("mode", "stopped"), [("suggest", 0), ("shadow", 1)])
async def test_what_its_surface_no_longer_has_done_is_stopped_before_anything_is_due(asked: Asked, mode: Mode, stopped: int) -> None:
    surface = (await asked.workspace.service.explain(asked.decision)).surface
    await asked.workspace.store.cap(Cap("cap_1", surface, "guardrail", mode, "too much friction", asked.workspace.playbook.version, NOW))
    assert await asked.passes(NOW + MOMENT) == stopped
    assert (await asked.ask()).state == ("void" if stopped else "open")
