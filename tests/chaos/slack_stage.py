"""The stage with Slack beside it: the real Bolt app behind a real server, and colleagues who press buttons in the workspace.

Nothing runs by itself: the engine and the desk pass when the story says so, so that its points come in the same order each time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.domain.records import Approval
from integrations.app import create_app
from integrations.bootstrap import Workspace
from integrations.sandbox.slack.effects import changes_in, read_effects
from integrations.sandbox.slack.roster import slack_id
from integrations.sandbox.slack.server import Server
from integrations.sandbox.slack.store import Doc, Store
from integrations.serving import doors_of
from integrations.slack.route import ByWall
from integrations.slack.web import SlackWeb
from tests.chaos.notes import Notes
from tests.chaos.probe import Probe
from tests.chaos.slack_log import buttons_of
from tests.chaos.slack_side import LOG, ROOM, WITHIN_S
from tests.chaos.stories import START, Stage

LOOKS, APART = 3, timedelta(seconds=7)
"""How often the desk looks when the story settles, and how much time passes between: longer than a lost call may still take effect."""

A_MINUTE = timedelta(minutes=1)
"""So long after the attempt that follows the first at once, Slack delivers an event the third time."""

ROOM_ID = slack_id("C", ROOM)


class SlackStage(Stage):
    """An open workspace with Slack, and the people in that."""

    def __init__(self, workspace: Workspace, notes: Notes, folder: Path, slack: httpx2.AsyncClient, clock: "Wall") -> None:
        super().__init__(workspace, notes)
        self._folder, self._slack, self._clock = folder, slack, clock

    async def settle(self) -> None:
        """What engine and desk do, again and again, while some seconds pass."""
        assert self._workspace.slack is not None
        for _ in range(LOOKS):
            await super().settle()
            await self._workspace.slack.desk.settle()
            self._clock.to(self._clock() + APART)

    async def minute(self, minutes: float) -> None:
        """It is so many minutes after the start, by every clock."""
        await super().minute(minutes)
        self._clock.to(START + timedelta(minutes=minutes))

    async def press(self, button: str, round_: int = 1) -> None:
        """Whoever was asked in that round presses a button of their card, until Slack says that it arrived or the button is gone."""
        for ask, who, card in await self._cards(round_):
            if button in buttons_of(card) and not self._is_confirmed(ask, button.removeprefix("nextplay_")):
                await self._act(who, do="click", channel=card["channel"], ts=card["ts"], action_id=button)

    async def fill_in(self, button: str, answer: str, values: Callable[[Doc], Doc], round_: int = 1) -> None:
        """The same people open a modal, fill it in and send it, until Slack says that it arrived."""
        for ask, who, card in await self._cards(round_):
            if button not in buttons_of(card) or self._is_confirmed(ask, answer):
                continue
            await self._act(who, do="dismiss", cleared=True)
            await self._act(who, do="click", channel=card["channel"], ts=card["ts"], action_id=button)
            view = await self._opened(who)
            await self._act(who, do="submit", view=view["id"], values=values(view))

    async def say(self, who: str, text: str, *, to: str, thread: str | None = None) -> None:
        """Somebody writes, once. Slack delivers it, and when it hears nothing, it does so again: at once, and after a minute."""
        user = slack_id("U", who)
        if self._said(text) is None:
            await self._act(user, do="say", channel=to, text=text, thread_ts=thread)
        if self._is_heard(text) and not self._has_arrived(text):
            self._clock.to(self._clock() + A_MINUTE)
            await self._act(user, do="read", channel=ROOM_ID)
            await self._until(lambda: self._has_arrived(text))

    async def answer_in_thread(self, who: str, text: str, *, beneath: str) -> None:
        """Somebody writes in the thread of a message with these words."""
        first = self._said(beneath)
        assert first is not None, f"nobody said {beneath}"
        await self.say(who, text, to=first["channel"], thread=first["ts"])

    async def command(self, who: str, text: str) -> None:
        """Somebody types a command; who is shown an error types it again."""
        if not self._has_arrived(text):
            await self._act(slack_id("U", who), do="command", channel=ROOM_ID, text=text)

    async def press_below_answer(self, who: str, button: str) -> None:
        """Somebody presses a button below the first answer that has it; who is shown an error presses again."""
        if not self._has_arrived(button):
            answer = next(message for message in self._seen().messages(ROOM_ID) if button in buttons_of(message))
            await self._act(slack_id("U", who), do="click", channel=ROOM_ID, ts=answer["ts"], action_id=button)

    def _said(self, text: str) -> Doc | None:
        """What a person wrote, where it stands."""
        return next((message for message in self._seen().all("messages") if message.get("text") == text and not message.get("bot_id")), None)

    def _is_heard(self, text: str) -> bool:
        return any(note["what"] == text for note in self._notes.all("sent"))

    def _has_arrived(self, what: str) -> bool:
        return any(note["what"] == what for note in self._notes.all("arrived"))

    async def _cards(self, round_: int) -> list[tuple[str, str, Doc]]:
        """The asks of a round, with who was asked and the card that they see."""
        found = []
        for ask in await self._asks(round_):
            for email in ask.asked:
                user = slack_id("U", email)
                inbox = self._seen().messages(slack_id("D", user))
                card = next((m for m in inbox if any(b.get("block_id") == f"ask:{ask.id}" for b in m.get("blocks", ()))), None)
                assert card is not None, f"{email} has no card of {ask.id}"
                found.append((ask.id, user, card))
        return found

    async def _asks(self, round_: int) -> list[Approval]:
        decisions = await self._workspace.service.decisions(limit=1)
        return [ask for ask in await self._workspace.service.asks(decisions[0].id) if ask.round == round_]

    async def _opened(self, user: str) -> Doc:
        await self._until(lambda: bool(self._seen().modals(user)))
        return self._seen().modals(user)[-1]

    async def _until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not happened():
                await self._slack.get("/_fake/effects", params={"after": "1000000"})  # the other side gets on meanwhile

    async def _act(self, who: str, **what: Any) -> None:
        answer = (await self._slack.post("/_fake/act", json={"as": who, **what})).json()
        assert answer["ok"], answer
        assert not (answer["reply"] or {}).get("error"), answer

    def _seen(self) -> Store:
        """What stands in Slack now."""
        store = Store()
        for entry in read_effects(self._folder / LOG):
            store.apply(changes_in(entry))
        return store

    def _is_confirmed(self, ask: str, answer: str) -> bool:
        return any((note["approval"], note["answer"]) == (ask, answer) for note in self._notes.all("confirmed"))


class Wall:
    """The time by which Slack and our desk go, noted where both read it. It never goes back."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._at = max((datetime.fromisoformat(note["at"]) for note in notes.all("wall")), default=START)
        self.to(self._at)

    def __call__(self) -> datetime:
        """The time it is."""
        return self._at

    def to(self, moment: datetime) -> None:
        """It is that time now, or later if it already was."""
        self._at = max(moment, self._at)
        self._notes.add("wall", at=self._at.isoformat())


@asynccontextmanager
async def served(workspace: Workspace, probe: Probe, notes: Notes) -> AsyncIterator[None]:
    """Serve the doors, with points around every answer; note where they are."""
    assert workspace.slack is not None
    for listener in workspace.slack.app._async_listeners:
        listener.ack_timeout = WITHIN_S
    app = ProbedApp(create_app(doors_of(workspace, with_engine=False)), probe)
    server = Server(uvicorn.Config(app, port=0, log_config=None, ws="none", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve())
    await server.ready.wait()
    notes.add("listening", url=f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/slack/events")
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@contextmanager
def probed_calls(probe: Probe) -> Iterator[None]:
    """Points around every call of Slack's Web API."""
    plain = SlackWeb._ask

    async def ask(web: SlackWeb, method: str, **how: Any) -> dict[str, Any]:
        async with probe.around(f"Slack's {method}"):
            return await plain(web, method, **how)

    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(SlackWeb, "_ask", ask)
        yield


@contextmanager
def slack_time(clock: Wall) -> Iterator[None]:
    """Signatures are of the time of the story."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(ByWall, "now", lambda _: clock().timestamp())
        yield


class ProbedApp:
    """The real application, with a point before and after each of its answers."""

    def __init__(self, app: ASGIApp, probe: Probe) -> None:
        self._app, self._probe = app, probe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._probe("before the answer to Slack")
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self._probe("after the answer to Slack")

        await self._app(scope, receive, sending if scope["type"] == "http" else send)
