"""The demo's Slack opens as somebody who has a card to press, whatever hour it is where the reader sits."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from integrations.bootstrap import open_workspace
from integrations.cli.demo import live_through
from integrations.cli.demo_slack import first_reader, hear_the_clock
from integrations.sandbox.slack.roster import App
from tests.acceptance.slack.desks import buttons, desk
from tests.acceptance.slack.test_cards import BUTTONS
from tests.acceptance.workspaces import DATABASE, START, alone, seeded, settings_in


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database as the demo leaves it, its cards planned and not posted yet."""
    folder, app = tmp_path_factory.mktemp("demo"), App("Nextplay")
    keys = {"slack_mode": "http", "slack_bot_token": app.bot_token, "slack_signing_secret": app.signing_secret}

    async def make() -> None:
        async with open_workspace(settings_in(folder, **keys), at=START) as workspace:
            await live_through(workspace, Console(quiet=True))
            await hear_the_clock(workspace)

    with alone(folder):
        asyncio.run(make())
    return folder / DATABASE


@pytest.mark.parametrize("hour", [3, 15])
async def test_who_the_demo_opens_as_has_a_card_to_press(demo: Path, folder: Path, hour: int) -> None:
    at = datetime.now(UTC).replace(hour=hour, minute=30) + timedelta(days=1)
    async with desk(folder, demo, wall=lambda: at, at_home=True) as here:
        me = await first_reader(here.served.workspace, here.served.workspace.clock())
        (user,) = [member.id for member in here.slack.members.values() if member.email == me.email]
        card = await here.seen(lambda: next((m for m in here.slack.inbox(user) if "Approve" in buttons(m)), None))
        assert buttons(card) == BUTTONS


async def test_whom_it_opens_as_depends_on_who_is_awake(demo: Path, folder: Path) -> None:
    async with seeded(folder, demo) as workspace:
        by_day = await first_reader(workspace, START.replace(hour=18))
        by_night = await first_reader(workspace, START.replace(hour=5))
    assert (by_day.calendar, by_night.calendar) != (None, None)
    assert by_day.calendar != by_night.calendar
