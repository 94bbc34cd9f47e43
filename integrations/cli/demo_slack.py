"""The demo's Slack: a workspace of one's own beside the server, so that the cards can be tried with no account anywhere."""

from dataclasses import dataclass
from socket import socket

from pydantic import SecretStr

from integrations.bootstrap import Workspace
from integrations.cli.look import console
from integrations.cli.serve import listening, run_server
from integrations.sandbox.colleagues import slack_workspace
from integrations.sandbox.slack.roster import App
from integrations.sandbox.slack.server import serving
from integrations.settings import Settings
from integrations.slack.manifest import COMMAND
from integrations.slack.route import PATH

ROOMS = ("support", "deals", "general")


@dataclass(frozen=True)
class DemoSlack:
    """The installed app, and where the server and the Slack page will answer."""

    app: App
    server: socket
    page: socket

    def settings(self, settings: Settings) -> Settings:
        """The deployment with Slack switched on."""
        host, port = self.page.getsockname()[:2]
        return settings.model_copy(update={
            "slack_mode": "http", "slack_api_url": f"http://{host}:{port}/api/", "slack_bot_token": SecretStr(self.app.bot_token),
            "slack_signing_secret": SecretStr(self.app.signing_secret),
        })  # fmt: skip


def open_slack(settings: Settings) -> DemoSlack:
    """Take the two addresses. Raises InvalidInput when one cannot be had."""
    return DemoSlack(App("Nextplay", commands=(COMMAND,)), listening(settings.host, settings.port), listening("127.0.0.1", 0))


async def serve_with_slack(workspace: Workspace, demo: DemoSlack) -> None:
    """Serve both until stopped."""
    people = await workspace.sandbox.sources.directory.people(workspace.clock())
    slack = slack_workspace(people, demo.app, ROOMS)
    host, port = demo.server.getsockname()[:2]
    async with serving(slack, demo.page) as url:
        demo.app.request_url = f"http://{host}:{port}{PATH}"
        console(stderr=True).print(f"\nSlack, to try the cards in: {url}  (choose who you are at the top; the cards are under Apps, Nextplay)")
        await run_server(workspace, workspace.settings, demo.server)
