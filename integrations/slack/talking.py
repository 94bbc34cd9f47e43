"""The listeners for words: the slash command, mentions in threads, and replies to cards. Each keeps what was said before it is acknowledged.

Bolt acknowledges an event before its listener runs. So events are kept by a middleware of the listener: when that fails, Slack hears
no acknowledgement and delivers the event again, over HTTP and over the socket. Nothing here waits for the network before that.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from integrations.slack import digest, replies
from integrations.slack.asking import request_of
from integrations.slack.clicks import Clicks
from integrations.slack.home import ATTENTION_ACTIONS, Homes
from integrations.slack.manifest import COMMAND
from integrations.slack.questions import Questions, line
from integrations.slack.requests import DECIDED

Body = dict[str, Any]
Next = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Talking:
    """What these listeners work with."""

    clicks: Clicks
    questions: Questions
    homes: Homes

    def register(self, app: AsyncApp) -> None:
        """Add every listener. What is registered here is what the manifest names."""
        app.command(COMMAND)(self._command)
        app.event("app_mention", middleware=[_first(self._mentioned)])(_kept)
        app.event("message", middleware=[_first(self._message)])(_kept)
        app.event("app_home_opened")(self._home)
        for action, kind in ((replies.NOTE, "send_note"), (replies.REPLY, "send_reply")):
            app.action(action)(self._refers(kind, "article"))
        app.action(replies.ESCALATE)(self._refers("escalate", "ticket"))
        app.action(replies.UNHELPFUL)(self._refers("not_helpful", ""))
        app.action(digest.SHOW)(self._refers("show", "", whole="post"))
        for attention in ATTENTION_ACTIONS:
            app.action(attention)(self._attention)

    def _refers(self, kind: str, second: str, *, whole: str = "decision") -> Callable[..., Awaitable[None]]:
        """A button whose value is an id, and after a colon perhaps another."""

        async def pressed(ack: AsyncAck, body: Body) -> None:
            value = str(body["actions"][0].get("value") or "")
            first, _, rest = value.partition(":") if second else (value, "", "")
            await self.clicks.keep(kind, body, {whole: first, **({second: rest} if second else {})})
            await ack()

        return pressed

    async def _command(self, ack: AsyncAck, body: Body) -> None:
        asked = request_of(str(body.get("text") or ""))
        if asked.kind in DECIDED:
            await self.clicks.keep(asked.kind, body, {"text": asked.text, "ticket": asked.ticket})
            await ack(blocks=[line("Looking…" if asked.kind == "article" else "Finding who can take it…")], text="One moment")
            return
        await ack(blocks=await self.questions.told(asked, str(body["user_id"])), text="Nextplay")

    async def _mentioned(self, body: Body, event: Body) -> None:
        """The thread's own text is part of the question; the desk reads it."""
        if not event.get("bot_id") and event.get("user"):
            await self._keep("question", body, str(event.get("text") or ""))

    async def _message(self, body: Body, event: Body) -> None:
        """A reply in the thread of a card is kept as a note. Anything else that is written to us directly is a question."""
        if event.get("channel_type") != "im" or event.get("bot_id") or event.get("subtype") or not event.get("user"):
            return
        text = str(event.get("text") or "")
        if event.get("thread_ts"):
            await self._keep("reply", body, text[:3000])
        else:
            await self._keep("question", body, text, direct=True)

    async def _keep(self, kind: str, body: Body, text: str, **more: bool) -> None:
        await self.clicks.keep(kind, body, {"text": text, **more}, unique=str(body.get("event_id") or ""))

    async def _home(self, event: Body) -> None:
        if event.get("tab") == "home":
            await self.homes.publish(str(event["user"]))

    async def _attention(self, ack: AsyncAck, body: Body) -> None:
        action = body["actions"][0]
        chosen = action.get("selected_option") or {}
        await self.clicks.keep("attention", body, {"setting": action["action_id"], "value": str(chosen.get("value") or "")})
        await ack()


def _first(keep: Callable[[Body, Body], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """A middleware that keeps an event, and only then lets Bolt acknowledge it."""

    async def keeping(body: Body, event: Body, next_: Next) -> None:
        await keep(body, event)
        await next_()

    return keeping


async def _kept() -> None:
    """What came is on disk; the desk does the rest."""
