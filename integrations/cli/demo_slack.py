"""The demo's Slack: a workspace of one's own beside the server, so that the cards can be tried with no account anywhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from socket import socket

from pydantic import SecretStr

from agent.domain.evidence import Person
from integrations.bootstrap import Workspace
from integrations.cli.look import console
from integrations.cli.people import allowed, link_for
from integrations.cli.serve import listening, run_server
from integrations.sandbox.colleagues import member_of, slack_workspace
from integrations.sandbox.slack.page.scene import APP
from integrations.sandbox.slack.roster import App, slack_id
from integrations.sandbox.slack.server import serving
from integrations.settings import Settings
from integrations.slack.attention import Taken, room_for
from integrations.slack.cases import protective
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
    await hear_the_clock(workspace)
    people = await workspace.sandbox.sources.directory.people(workspace.clock())
    slack = slack_workspace(people, demo.app, ROOMS)
    me = await first_reader(workspace, workspace.clock())
    host, port = demo.server.getsockname()[:2]
    async with serving(slack, demo.page) as url:
        demo.app.request_url = f"http://{host}:{port}{PATH}"
        console(stderr=True).print(f"\nSlack, to try the cards in: {url}/?as={slack_id('U', me.id)}&at={APP}&tab=messages", soft_wrap=True)
        console(stderr=True).print(f"You are {me.name} there, who has a card to answer; choose somebody else at the top.")
        await tell_of_console(workspace, me, demo.server)
        await run_server(workspace, workspace.settings, demo.server, alone=True)


async def tell_of_console(workspace: Workspace, me: Person, server: socket) -> None:
    """Let the reader into the console, and a colleague of theirs: some things take a second person."""
    people = await workspace.sandbox.sources.directory.people(workspace.clock())
    colleague = next(one for one in people if one.active and one.email != me.email and "operator" in one.roles)
    address = workspace.settings.model_copy(update={"port": server.getsockname()[1]}).address
    for person, role, so in ((me, "admin", f"The console, as {me.name}"), (colleague, "operator", f"as {colleague.name}, a second person")):
        await allowed(workspace, person.email, role)
        console(stderr=True).print(f"{so}: {await link_for(workspace, person.email, address)}", soft_wrap=True)


async def hear_the_clock(workspace: Workspace) -> None:
    """Decide what the server's clock has to tell as soon as it starts: it puts newer asks in the place of some."""
    await workspace.service.tick()
    await workspace.engine.settle()


async def first_reader(workspace: Workspace, at: datetime) -> Person:
    """Somebody whose card their quiet hours do not hold back at `at`: one to a customer first, then what waits longest."""
    people = {person.email: person for person in await workspace.sandbox.sources.directory.people(workspace.clock())}
    found: list[tuple[bool, timedelta, Person]] = []
    for ask in await workspace.service.waiting():
        decision, left = await workspace.service.explain(ask.decision_id), ask.expires_at - workspace.clock()
        budget = workspace.playbooks().surfaces[decision.surface].attention
        for person in (people[email] for email in ask.asked):
            room = room_for(budget, Taken(0, 0), at=at, timezone=member_of(person).timezone, left=left)
            if room.may or protective(decision):
                found.append((bool(decision.proposal and decision.proposal.recipient), left, person))
    return max(found, key=lambda one: one[:2])[2] if found else next(iter(people.values()))
