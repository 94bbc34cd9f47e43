"""A few days of the month, lived through by the real machine: decided, answered, done, and with what came of it."""

import asyncio
import json
from collections import Counter
from pathlib import Path

from integrations.bootstrap import Workspace, open_workspace
from integrations.cli.demo_history import START, Telling
from integrations.sandbox.month.month import Month
from integrations.settings import Settings
from tests.acceptance.scenarios.world import World
from tests.acceptance.workspaces import alone

DAYS, COMPANIES = 2, 8


async def live(folder: Path) -> Telling:
    """The days, in a database in the folder."""
    async with open_workspace(Settings(_env_file=None, database_url=f"sqlite:///{folder / 'np.db'}"), at=START) as workspace:
        await workspace.sandbox.seed()
        telling = Telling(workspace, Month(START, days=DAYS, companies=COMPANIES))
        assert [told async for told in telling.passes()][-1] == telling.said["events"]
        await every_decision_replays(workspace)
        return telling


async def every_decision_replays(workspace: Workspace) -> None:
    rows = await workspace.service.decisions(limit=1000)
    assert len(rows) > 60
    assert {(await workspace.service.replay(row.id)).same for row in rows[::4]} == {True}
    outcomes = [(await workspace.service.explain(row.id)).outcome for row in rows]
    results = Counter(outcome.result for outcome in outcomes if outcome)
    assert results["converted"] >= 5, "some of what was done helped"


def test_a_few_days_are_decided_answered_done_and_replayed(tmp_path: Path) -> None:
    telling = asyncio.run(live(tmp_path))
    assert telling.said["events"] > 50
    assert telling.said["effects"] > 20
    assert telling.said["approve"] > 5
    assert telling.said["reject"] > 1
    with alone(tmp_path) as changed:
        changed.setenv("NEXTPLAY_DATABASE_URL", f"sqlite:///{tmp_path / 'np.db'}")
        world = World(tmp_path)
        world.command("audit", "verify")
        figures = json.loads(world.command("metrics", "--since", "60d", "--json").out)
    assert {one["id"] for one in figures["surfaces"]} >= {"deal-follow-up", "ticket-reply", "usage-risk"}
