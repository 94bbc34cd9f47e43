"""What a customer will see can be undone for a minute, also where nobody was asked and the message had to wait for its hour."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from agent.arrivals import arrival_of, run_id_of
from agent.domain.confidence import LABELS_TO_CALIBRATE
from agent.domain.event import Event
from agent.errors import Refused
from agent.playbook.loader import DEFAULT
from integrations.bootstrap import Workspace, open_workspace
from integrations.db.tables import LABELS
from integrations.settings import Settings

HOLIDAYS = Path(__file__).parents[2] / "evals" / "worlds" / "before_holidays.yaml"
NIGHT = datetime(2026, 12, 23, 7, 20, tzinfo=UTC)
MORNING = datetime(2026, 12, 29, 9, tzinfo=UTC)
MOVED = Event("hubspot", "l-1", "deal.stage_changed", NIGHT, NIGHT, "deal", "seat-2", data={"stage": "evaluation"})
DECISION = run_id_of(MOVED.source, MOVED.id)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """A surface that acts by itself, and a deal whose mail waits for the office to open."""
    shutil.copytree(DEFAULT, tmp_path / "playbook")
    surface = tmp_path / "playbook" / "surfaces" / "deal-follow-up.yaml"
    surface.write_text(surface.read_text().replace("mode: suggest", "mode: auto").replace("act_at_least: 0.8", "act_at_least: 0.0"))
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'nextplay.db'}", playbook=tmp_path / "playbook", _env_file=None)
    async with open_workspace(settings, at=NIGHT) as workspace:
        await workspace.sandbox.apply(HOLIDAYS.read_text())
        row = {"kind": "follow_up", "answered": LABELS_TO_CALIBRATE}
        await workspace.database.write_core(lambda connection: connection.execute(insert(LABELS), row))
        await workspace.service.accept([arrival_of(MOVED)])
        await _settle_at(workspace, NIGHT)
        assert (await workspace.service.explain(DECISION)).route == "deferred"
        yield workspace


async def test_a_message_that_waited_for_its_hour_waits_for_undo_then(workspace: Workspace) -> None:
    await _settle_at(workspace, MORNING)
    assert await _sent(workspace) == []
    await _settle_at(workspace, MORNING + 59 * SECOND)
    assert await _sent(workspace) == []

    await _settle_at(workspace, MORNING + 60 * SECOND)

    assert await _sent(workspace) == ["meg"]
    with pytest.raises(Refused, match="too late"):
        await workspace.service.answer(DECISION, "undo", who="orla@stage.example")


@pytest.mark.parametrize("moment", [NIGHT, MORNING + 59 * SECOND], ids=["while it waits", "in its minute"])
async def test_twin_undone_it_is_never_sent(workspace: Workspace, moment: datetime) -> None:
    if moment > MORNING:
        await _settle_at(workspace, MORNING)
    workspace.clock._at = moment

    undone = await workspace.service.answer(DECISION, "undo", who="orla@stage.example")
    await _settle_at(workspace, MORNING)
    await _settle_at(workspace, MORNING + 60 * SECOND)

    assert undone.says == "Undone by orla@stage.example: 2 steps will not run."
    assert await _sent(workspace) == []
    steps = (await workspace.service.explain(DECISION)).actions
    assert {(step.state, step.error) for step in steps} == {("failed", "undone by orla@stage.example")}


async def _settle_at(workspace: Workspace, moment: datetime) -> None:
    workspace.clock._at = moment
    await workspace.engine.settle()


async def _sent(workspace: Workspace) -> list[str]:
    return [effect["target"] for effect in await workspace.sandbox.effects.log() if effect["kind"] == "send_content"]
