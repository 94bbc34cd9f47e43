"""What is to be done without asking is done in the mode that is in force when it is done, not in the one that was when it was decided."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from agent.arrivals import arrival_of, run_id_of
from agent.domain.confidence import LABELS_TO_CALIBRATE
from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.playbook.loader import DEFAULT
from integrations.bootstrap import Workspace, open_workspace
from integrations.db.tables import LABELS
from integrations.settings import Settings

HOLIDAYS = Path(__file__).parents[2] / "evals" / "worlds" / "before_holidays.yaml"
NOW = datetime(2026, 12, 29, 9, 30, tzinfo=UTC)
MOVED = Event("hubspot", "l-1", "deal.stage_changed", NOW, NOW, "deal", "seat-2", data={"stage": "evaluation"})
DECISION = run_id_of(MOVED.source, MOVED.id)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(DEFAULT, tmp_path / "playbook")
    return Settings(database_url=f"sqlite:///{tmp_path / 'nextplay.db'}", playbook=tmp_path / "playbook", _env_file=None)


def _set(settings: Settings, mode: str) -> None:
    text = (DEFAULT / "surfaces" / "deal-follow-up.yaml").read_text()
    text = text.replace("mode: suggest", f"mode: '{mode}'").replace("act_at_least: 0.8", "act_at_least: 0.0")
    assert settings.playbook is not None
    (settings.playbook / "surfaces" / "deal-follow-up.yaml").write_text(text)


async def _decided_in_auto(settings: Settings) -> None:
    _set(settings, "auto")
    async with open_workspace(settings, at=NOW) as workspace:
        await workspace.sandbox.apply(HOLIDAYS.read_text())
        row = {"kind": "follow_up", "answered": LABELS_TO_CALIBRATE}
        await workspace.database.write_core(lambda connection: connection.execute(insert(LABELS), row))
        await workspace.service.accept([arrival_of(MOVED)])
        await workspace.engine.settle()
        assert (await workspace.service.explain(DECISION)).route == "act"


async def _a_minute_later(settings: Settings, mode: str) -> tuple[Decision, list[str]]:
    """The process starts again with the surface in another mode."""
    _set(settings, mode)
    async with open_workspace(settings, at=NOW + MINUTE) as workspace:
        await workspace.engine.settle()
        return await workspace.service.explain(DECISION), await _sent(workspace)


async def _sent(workspace: Workspace) -> list[str]:
    return [effect["target"] for effect in await workspace.sandbox.effects.log() if effect["kind"] == "send_content"]


async def test_set_to_suggest_within_its_minute_a_person_is_asked_first(settings: Settings) -> None:
    await _decided_in_auto(settings)

    decision, sent = await _a_minute_later(settings, "suggest")

    assert sent == []
    (ask,) = decision.approvals
    assert (ask.state, ask.asked) == ("open", ["orla@stage.example"])
    assert ask.difference == ["it was to be done without asking, and only suggestions are made now"]
    async with open_workspace(settings, at=NOW + 2 * MINUTE) as workspace:
        await workspace.service.answer(DECISION, "approve", who="orla@stage.example")
        await workspace.engine.settle()
    async with open_workspace(settings, at=NOW + 3 * MINUTE) as workspace:
        await workspace.engine.settle()
        assert await _sent(workspace) == ["meg"]


@pytest.mark.parametrize("mode", ["off", "shadow"])
async def test_set_to_a_mode_in_which_nothing_is_done_it_is_stopped(settings: Settings, mode: str) -> None:
    await _decided_in_auto(settings)

    decision, sent = await _a_minute_later(settings, mode)

    assert sent == []
    assert {action.state for action in decision.actions} == {"failed"}
    assert decision.reasons[-1].text.startswith("the surface deal-follow-up is ")


async def test_twin_left_in_auto_it_is_sent(settings: Settings) -> None:
    await _decided_in_auto(settings)

    _, sent = await _a_minute_later(settings, "auto")

    assert sent == ["meg"]
