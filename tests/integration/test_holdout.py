"""What is held out is observed like what is treated: both arms are compared by what happened after the decision, whatever was delivered."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.arrivals import arrival_of, run_id_of
from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.domain.holdout import draw
from agent.domain.lift import Trial
from agent.playbook.loader import DEFAULT
from integrations.bootstrap import Workspace, open_workspace
from integrations.settings import Settings

WORLD = Path(__file__).parents[2] / "evals" / "worlds" / "second_thoughts.yaml"
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
DAY = timedelta(days=1)
SURFACE = "deal-follow-up"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(DEFAULT, tmp_path / "playbook")
    text = (DEFAULT / "surfaces" / f"{SURFACE}.yaml").read_text()
    (tmp_path / "playbook" / "surfaces" / f"{SURFACE}.yaml").write_text(text.replace("holdout: {share: 0}", "holdout: {share: 0.5}"))
    return Settings(database_url=f"sqlite:///{tmp_path / 'nextplay.db'}", playbook=tmp_path / "playbook", _env_file=None)


def _account(*, held: bool) -> str:
    return next(f"acc_{n}" for n in range(99) if (draw(SURFACE, f"acc_{n}") < 0.5) is held)


async def _moved(workspace: Workspace, name: str, stage: str, at: datetime) -> Decision:
    event = Event("crm", name, "deal.stage_changed", at, at, "deal", "hs-1", data={"stage": stage})
    await workspace.service.accept([arrival_of(event)])
    await workspace.engine.settle()
    return await workspace.service.explain(run_id_of("crm", name))


@pytest.mark.parametrize("held", [True, False], ids=["held out", "twin: treated, and nobody approved it"])
async def test_both_arms_are_observed_from_the_decision_on(settings: Settings, held: bool) -> None:
    account = _account(held=held)
    async with open_workspace(settings, at=NOW) as workspace:
        await workspace.sandbox.apply(WORLD.read_text().replace("school", account))
        decision = await _moved(workspace, "m-1", "evaluation", NOW)
        assert decision.route == ("holdout" if held else "ask")
        assert not held or await workspace.store.messages(undelivered=False) == []
    async with open_workspace(settings, at=NOW + DAY) as workspace:
        await _moved(workspace, "m-2", "proposal", NOW + DAY)
        trials = await workspace.store.trials(SURFACE, since=NOW, until=NOW + 14 * DAY)
        assert trials == [Trial(account, held, met=True)]
        outcome = (await workspace.service.explain(decision.id)).outcome
        if held:
            assert outcome is not None
            assert (outcome.exposure, outcome.result, outcome.attribution) == ("not_exposed", "converted", None)
        else:
            assert outcome is None, "what nobody took is not credited, but counts in its arm"
        assert (await workspace.service.replay(decision.id)).same
