"""A Slack workspace beside a fleet, in the process of the test, with the people whom the fleet knows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from integrations.bootstrap import open_workspace
from integrations.sandbox.colleagues import slack_workspace
from integrations.sandbox.slack import server
from integrations.sandbox.slack.roster import App
from integrations.sandbox.slack.workspace import Workspace
from integrations.settings import Settings
from integrations.slack.manifest import COMMAND
from tests.chaos.fleet.helpdesk import Wall
from tests.storms.vendors.zendesk import ZendeskStorm


@asynccontextmanager
async def slack_beside(folder: Path, customers: int) -> AsyncIterator[tuple[Workspace, dict[str, str]]]:
    """The workspace while it is served, and how a fleet of so many customers is connected to it."""
    async with open_workspace(Settings(database_url=SecretStr(f"sqlite:///{folder / 'people.db'}"))) as opened:
        await opened.sandbox.add(ZendeskStorm(customers, Wall(0)).before())
        people = await opened.sandbox.sources.directory.people(opened.clock())
    app = App("Nextplay", commands=(COMMAND,))
    workspace = slack_workspace(people, app, ["support", "deals"])
    async with server.running(workspace) as url:
        yield workspace, {
            "NEXTPLAY_SLACK_MODE": "http", "SLACK_API_URL": f"{url}/api/", "SLACK_BOT_TOKEN": app.bot_token,
            "SLACK_SIGNING_SECRET": app.signing_secret,
        }  # fmt: skip
