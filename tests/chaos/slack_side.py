"""Slack, which outlives us: a workspace in this process, while the processes that serve Nextplay beside it are killed.

It acts when it is asked to, as its members would, and notes what they did and whether it was acknowledged. What was written and not
acknowledged it delivers again, at once and after one and five minutes of the story's time; whoever pressed or typed a command sees an error.
"""

import asyncio
import json
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from integrations.sandbox.slack import server
from integrations.sandbox.slack.carrying import Parcel, Reply
from integrations.sandbox.slack.roster import App, Member, channels
from integrations.sandbox.slack.sending import Sender
from integrations.sandbox.slack.store import Doc
from integrations.sandbox.slack.workspace import Workspace
from integrations.slack import card as cards
from integrations.slack import replies
from integrations.slack.manifest import COMMAND
from integrations.slack.modals import EDIT_VIEW, REJECT_VIEW, SNOOZE_VIEW
from tests.chaos.notes import Notes

MEMBERS, LOG, NOTES = "members.json", "slack-effects.jsonl", "notes.jsonl"
BOT_TOKEN, SIGNING_SECRET = "xoxb-chaos", "chaos-signing-secret"

WITHIN_S = 30
"""What takes shorter is in time: on a busy machine everything takes long, and lateness is tried elsewhere."""

ANSWERS = {
    cards.APPROVE: "approve", cards.UNDO: "undo", EDIT_VIEW: "edit", REJECT_VIEW: "reject", SNOOZE_VIEW: "snooze",
}  # fmt: skip
"""What counts as an answer, by the button or the modal."""

REQUESTS = (replies.NOTE, replies.REPLY)
"""Buttons that ask for something, as a mention, a direct message and a command do."""

ROOM = "support"
"""The channel in which everybody is, and the app too."""


class Noting(Workspace):
    """A workspace that notes every answer, before it is sent and once it is acknowledged."""

    def __init__(self, *members_channels_app: Any, notes: Notes, **more: Any) -> None:
        super().__init__(*members_channels_app, **more)
        self.notes = notes

    async def click(self, user: str, on: Doc, action_id: str, value: Any = None, *, block_id: str | None = None, values: Doc | None = None) -> Reply:
        """As a member does."""
        ask = next((str(e["value"]) for block in on.get("blocks", []) for e in block.get("elements", []) if e.get("action_id") == action_id), "")
        return await self._noted(user, ask, action_id, super().click(user, on, action_id, value, block_id=block_id, values=values))

    async def submit(self, view: Doc, values: Doc | None = None) -> Reply:
        """As a member does."""
        user, ask = next(u for u in self.members if self.modal(u) == view), str(json.loads(view["private_metadata"])["ask"])
        return await self._noted(user, ask, view["callback_id"], super().submit(view, values))

    async def _noted(self, user: str, ask: str, what: str, doing: Awaitable[Reply]) -> Reply:
        answer, who = ANSWERS.get(what), self.members[user].email
        if answer:
            self.notes.add("clicked", approval=ask, answer=answer, who=who)
        reply = await doing
        if answer and reply.ok and not reply.body.get("errors"):
            self.notes.add("confirmed", approval=ask, answer=answer, who=who)
        return reply


class Witness(Noting):
    """One that outlives Nextplay: it finds it where that last said it listens, and goes by the time that it notes."""

    def __init__(self, folder: Path) -> None:
        app = App("Nextplay", commands=(COMMAND,), bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
        members = [Member(**member) for member in json.loads((folder / MEMBERS).read_text())]
        self.under_way = 0
        super().__init__(
            members, channels([ROOM], members, app), app, notes=Notes(folder / NOTES), log=folder / LOG, clock=self._time, within_s=WITHIN_S,
            sending=Deliveries,
        )  # fmt: skip

    def read(self, user: str, channel: str) -> None:
        """As a member does. Whatever waits for a later time looks at the clock again."""
        super().read(user, channel)
        self.announce()

    async def at_rest(self) -> None:
        """Wait until nothing is on its way to the app."""
        while self.under_way:
            await self.changed()

    async def pass_by(self, seconds: float) -> None:
        """Wait until so much time has passed in the story."""
        until = self.clock() + timedelta(seconds=seconds)
        while self.clock() < until:
            await self.changed()

    def _time(self) -> datetime:
        return datetime.fromisoformat(self.notes.all("wall")[-1]["at"])


class Deliveries(Sender):
    """Notes every request that a member made, each time it is sent, and once it arrived."""

    def __init__(self, witness: Witness, **timing: Any) -> None:
        super().__init__(witness, rest=witness.pass_by, **timing)
        self._witness = witness

    async def _carry(self, parcel: Parcel) -> Reply:
        witness, asked = self._witness, asked_for(parcel)
        witness.app.request_url = witness.notes.all("listening")[-1]["url"]
        witness.under_way += 1
        if asked:
            witness.notes.add("sent", **asked, attempt=parcel.retry)
        try:
            reply = await super()._carry(parcel)
        finally:
            witness.under_way -= 1
            witness.announce()
        if asked and reply.ok:
            witness.notes.add("arrived", **asked)
        return reply


def asked_for(parcel: Parcel) -> dict[str, str]:
    """Slack's id of a request, and what was typed or pressed; nothing where nothing is asked for."""
    said = parcel.payload
    if parcel.kind == "events_api":
        return {"id": said["event_id"], "what": said["event"]["text"]} if "text" in said["event"] else {}
    if parcel.kind == "slash_commands":
        return {"id": said["trigger_id"], "what": f"{said['command']} {said['text']}"}
    pressed = said.get("actions") or [{}]
    return {"id": said["trigger_id"], "what": pressed[0]["action_id"]} if pressed[0].get("action_id") in REQUESTS else {}


class Side:
    """A thread that runs workspaces, each beside a folder. `begun` keeps the worlds in which stories begin, by what they begin with."""

    def __init__(self) -> None:
        self.begun: dict[str, Path] = {}

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="slack-side")
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @contextmanager
    def beside(self, folder: Path) -> Iterator["Address"]:
        """A workspace that goes on from the log in the folder."""
        witness, running = self._do(self._start(folder))
        try:
            yield Address(witness.url, lambda: self._do(witness.at_rest()))
        finally:
            self._do(running.__aexit__(None, None, None))
            witness.notes.close()

    async def _start(self, folder: Path) -> Any:
        witness = Witness(folder)
        running = server.running(witness)
        await running.__aenter__()
        return witness, running

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class Address:
    """Where a workspace is. `rest` waits until nothing is on its way from it."""

    def __init__(self, url: str, rest: Any) -> None:
        self.url, self.rest = url, rest
