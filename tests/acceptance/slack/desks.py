"""A served workspace with a Slack workspace beside it: real HTTP both ways, real signatures, the real Bolt app."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from agent.arrivals import arrival_of
from agent.domain.decision import Decision
from agent.domain.event import Event
from integrations.sandbox.colleagues import member_of
from integrations.sandbox.slack import server as slack_server
from integrations.sandbox.slack.roster import App, Member, channels, slack_id
from integrations.sandbox.slack.workspace import Workspace as SlackWorkspace
from integrations.slack.door import SlackDoor
from integrations.slack.manifest import COMMAND
from tests.acceptance.serving import WITHIN_S, Served, serving
from tests.acceptance.workspaces import START, seeded

T = TypeVar("T")
LOG = "slack-effects.jsonl"
Doc = dict[str, Any]

STRANGER = Member("U0STRANGER", "Sam Stranger", "sam@elsewhere.example", team="T0ELSEWHERE")
GUEST = Member("U0GUEST", "Gina Guest", "gina@contractor.example", guest="single_channel")
NEWCOMER = Member("U0NEWCOMER", "Nat Newcomer", "nat@tessera.example")


@dataclass
class Desk:
    """Nextplay and Slack, side by side."""

    served: Served
    slack: SlackWorkspace

    @property
    def door(self) -> SlackDoor:
        """Our side of it."""
        door = self.served.workspace.slack
        assert door is not None
        return door

    def user(self, email: str) -> str:
        """The Slack id of a colleague."""
        return slack_id("U", email)

    async def decide(self, event: Event) -> Decision:
        """Deliver an event and wait for its decision."""
        service = self.served.workspace.service
        await service.accept([arrival_of(event)])

        async def decided() -> Decision | None:
            return await service.decision_of_event(event.source, event.id)

        return await self.served.until(decided)

    async def card(self, email: str, decision: Decision | str) -> Doc:
        """The newest card of a decision in somebody's direct messages."""
        decision_id = decision if isinstance(decision, str) else decision.id
        user = self.user(email)

        def found() -> Doc | None:
            return next((m for m in reversed(self.slack.inbox(user)) if decision_id in text_of(m)), None)

        return await self.seen(found)

    async def seen(self, look: Callable[[], T | None]) -> T:
        """Look at the Slack workspace after every change until there is something; returns it."""
        async with asyncio.timeout(WITHIN_S):
            while (found := look()) is None or found is False:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.2):  # unlike `wait_for`, it never loses the outer one's end
                        await self.slack.changed()
            return found

    async def until(self, found: Callable[[], Awaitable[T | None]]) -> T:
        """Ask the service after every commit until the answer is true."""
        return await self.served.until(found)

    def now(self, message: Doc) -> Doc:
        """A message as it stands now."""
        found = self.slack.store.message(message["channel"], message["ts"])
        assert found is not None
        return found

    def whispers(self, user: str) -> list[str]:
        """What was told to one person alone, oldest first."""
        return [text_of(doc) for doc in self.slack.store.all("whispers") if doc.get("to") == user]


def text_of(message: Doc) -> str:
    """All words of a message or view, in order."""
    return " ".join(_words(message.get("blocks") or [message.get("text", "")]))


def _words(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    if isinstance(part, list):
        return [word for one in part for word in _words(one)]
    if not isinstance(part, dict):
        return []
    if part.get("type") == "user":
        return [f"@{part['user_id']}"]
    kept = [
        value
        for name, value in part.items()
        if name in ("text", "elements", "blocks", "element", "label", "options", "fallback", "hint", "accessory", "title")
    ]
    return _words(kept)


def buttons(message: Doc) -> list[str]:
    """The words on the buttons of a message."""
    found = [element for block in message.get("blocks", []) if block["type"] == "actions" for element in block["elements"]]
    return [element["text"]["text"] for element in found]


@asynccontextmanager
async def desk(
    folder: Path,
    world: Path,
    *,
    mode: str = "http",
    at_home: bool = False,
    make: Callable[..., SlackWorkspace] = SlackWorkspace,
    **settings: Any,
) -> AsyncIterator[Desk]:
    """Serve the seeded world with Slack in HTTP mode or over a socket. `make` makes the Slack workspace.

    With `at_home` everybody is in their own time zone; otherwise all are in UTC, where START is in nobody's quiet hours.
    """
    app = App("Nextplay", commands=(COMMAND,))
    people = [*await _colleagues(folder, world, at_home=at_home), STRANGER, GUEST, NEWCOMER]
    slack = make(people, channels(["support", "deals"], people, app), app, log=folder / LOG)
    async with slack_server.running(slack) as url:
        keys = {"SLACK_BOT_TOKEN": app.bot_token, "SLACK_SIGNING_SECRET": app.signing_secret, "SLACK_APP_TOKEN": app.app_token}
        given: dict[str, Any] = {name.lower(): value for name, value in keys.items()}
        async with serving(folder, world, slack_mode=mode, slack_api_url=f"{url}/api/", **given, **settings) as served:
            app.request_url = f"{served.http.base_url}".rstrip("/") + "/slack/events" if mode == "http" else None
            yield Desk(served, slack)


async def _colleagues(folder: Path, world: Path, *, at_home: bool) -> list[Member]:
    async with seeded(folder, world) as workspace:
        people = await workspace.sandbox.sources.directory.people(START)
    members = [replace(member_of(person), id=slack_id("U", person.email)) for person in people]
    return members if at_home else [replace(member, timezone="Etc/UTC") for member in members]
