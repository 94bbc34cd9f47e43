"""The Slack door of one deployment: the Bolt app with its listeners, and the desk that works beside it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from agent.service import Nextplay
from integrations.db.slack import SlackStore
from integrations.settings import Settings
from integrations.slack.carrying import Carrying
from integrations.slack.cases import Cases
from integrations.slack.clicks import Clicks
from integrations.slack.desk import Desk
from integrations.slack.following import Following
from integrations.slack.home import Homes
from integrations.slack.listeners import Listeners
from integrations.slack.listening import keep_listening, listen
from integrations.slack.members import Members, Team
from integrations.slack.messenger import SlackMessenger
from integrations.slack.names import Names
from integrations.slack.posting import Posting
from integrations.slack.questions import Questions
from integrations.slack.rendering import Rendering
from integrations.slack.requests import Answering, Requests
from integrations.slack.statuses import Statuses
from integrations.slack.talking import Talking
from integrations.slack.web import SlackWeb
from integrations.wall_clock import wall_clock


@dataclass(frozen=True)
class SlackDoor:
    """What serves Slack. `listen` runs Socket Mode for as long as the server runs; in HTTP mode Slack calls us."""

    app: AsyncApp
    desk: Desk
    web: SlackWeb
    store: SlackStore
    listen: Callable[[], Awaitable[None]] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work while the context is open."""
        tasks = [asyncio.create_task(self.desk.run()), asyncio.create_task(self.store.hear(self.desk.wake))]
        if self.listen is not None:
            tasks.append(asyncio.create_task(keep_listening(self.listen)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await self.web.close()


def open_door(
    settings: Settings, service: Nextplay, store: SlackStore, messenger: SlackMessenger, now: Callable[[], datetime] = wall_clock
) -> SlackDoor:
    """Wire the door. Nothing is called before it runs. By `now` posts and clicks are tried again."""

    def token() -> str:
        return _text(settings.now().slack_bot_token)

    web = SlackWeb(token, settings.slack_api_url)
    team = Team(web)
    members, clicks = Members(store, web, now, team.id), Clicks(store, now)
    names = Names(lambda: service.names(), now)  # noqa: PLW0108  read late: the manifest's test makes a door without a service
    requests = Requests(store, service, now)
    cases, homes = Cases(service, members, names), Homes(web, store, service, members, names, now)
    rendering, questions = Rendering(store, service, cases, names), Questions(web, service, members, homes, requests)
    others = {
        "told": _told, "attention": homes.set_attention, "article": requests.article, "escalate": requests.escalate, "reply": requests.reply,
        "send_note": requests.send_note, "send_reply": requests.send_reply, "not_helpful": requests.not_helpful, "show": requests.show,
        "question": questions.ask,
    }  # fmt: skip
    desk = Desk([
        Carrying(store, web, members, service, names, now, others).pass_once,
        Answering(store, service, now).pass_once,
        Posting(store, web, members, cases, rendering, service, now).pass_once,
        Following(store, web, rendering, now).pass_once,
    ], paced=[team.pass_once, Statuses(service, members, now).pass_once])  # fmt: skip
    messenger.wake = clicks.wake = desk.wake
    app = AsyncApp(client=web.client, authorize=_ours(token), request_verification_enabled=False)  # integrations/slack/route.py verifies
    Listeners(web, service, cases, clicks, members, names, lambda decision: record_url(settings, decision)).register(app)
    Talking(clicks, questions, homes).register(app)
    return SlackDoor(app, desk, web, store, _socket(settings, app) if settings.slack_mode == "socket" else None)


def _socket(settings: Settings, app: AsyncApp) -> Callable[[], Awaitable[None]]:
    """Socket Mode: we call Slack."""
    return lambda: listen(app, _text(settings.now().slack_app_token))


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _ours(token: Callable[[], str]) -> Callable[..., Awaitable[AuthorizeResult]]:
    """There is one workspace and one token. Bolt would ask Slack for them first, and refuse every click while Slack does not answer."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token())

    return authorize


def record_url(settings: Settings, decision_id: str) -> str | None:
    """Where a browser finds a decision's record."""
    return f"{settings.public_url.rstrip('/')}/api/v1/decisions/{decision_id}" if settings.public_url else None


async def _told(click: Any, _member: Any) -> str:
    """Something that only has to be said."""
    return str(click.said["text"])
