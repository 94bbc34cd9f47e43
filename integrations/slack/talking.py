"""The listeners for words: the slash command, mentions in threads, and replies to cards. Each keeps what was said before it is acknowledged."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from agent.errors import NextplayError
from agent.service import Nextplay
from integrations.db.slack import Member
from integrations.slack import blocks as b
from integrations.slack import digest, replies
from integrations.slack.asking import Request, request_of
from integrations.slack.clicks import Clicks
from integrations.slack.home import ATTENTION_ACTIONS, Homes
from integrations.slack.manifest import COMMAND
from integrations.slack.members import Members
from integrations.slack.notices import NOT_FOR_GUESTS, WHY_DECISION
from integrations.slack.web import SlackBusy, SlackRefused, SlackUnsure, SlackWeb
from integrations.telling import words
from integrations.telling.standing import standing

log = structlog.get_logger()

Body = dict[str, Any]

HELP = (
    ("/nextplay article how do I reset a password", "the articles that answer, with the passage; name a ticket (#123) to send one to it"),
    ("/nextplay escalate #123 the customer is down", "the group that can solve it, who is on call, and why"),
    ("/nextplay why dec_…", "the whole story of a decision"),
    ("/nextplay queue", "what waits for you"),
    ("@Nextplay in a thread", "the same, from the thread's own words"),
)
MOST_QUEUED = 10


@dataclass(frozen=True)
class Talking:
    """What these listeners work with."""

    web: SlackWeb
    service: Nextplay
    clicks: Clicks
    members: Members
    homes: Homes

    def register(self, app: AsyncApp) -> None:
        """Add every listener. What is registered here is what the manifest names."""
        app.command(COMMAND)(self._command)
        app.event("app_mention")(self._mentioned)
        app.event("message")(self._message)
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

    # --- the command --------------------------------------------------------------------------------------------------

    async def _command(self, ack: AsyncAck, body: Body) -> None:
        asked = request_of(str(body.get("text") or ""))
        if asked.kind in ("article", "escalate"):
            await self.clicks.keep(asked.kind, body, {"text": asked.text, "ticket": asked.ticket})
            await ack(blocks=[_line("Looking…" if asked.kind == "article" else "Finding who can take it…")], text="One moment")
            return
        blocks = await self._told(asked, str(body["user_id"]))
        await ack(blocks=blocks, text="Nextplay")

    async def _told(self, asked: Request, user_id: str) -> list[b.Block]:
        why = asked.decision if asked.kind == "why" else None
        if why or asked.kind == "queue":
            try:
                member = await self.members.full(user_id)
            except (SlackRefused, SlackBusy, SlackUnsure) as error:
                log.info("who asks is not known", why=str(error))
                return [_line("Slack does not tell who you are just now; please try again in a minute.")]
            return await self._why(why, member) if why else await self._queue(member)
        return help_blocks("Name the decision, for example: /nextplay why dec_0123456789ab." if asked.kind == "why" else "")

    async def _why(self, decision_id: str, member: Member | None) -> list[b.Block]:
        if member is None:
            return [_line(NOT_FOR_GUESTS)]
        try:
            decision = await self.service.explain(decision_id)
        except NextplayError as error:
            return [_line(error.message)]
        return [b.rich(b.section(*b.told(standing(decision), await self.service.names()))), b.actions(b.button("Why", WHY_DECISION, decision.id))]

    async def _queue(self, member: Member | None) -> list[b.Block]:
        if member is None:
            return [_line("Nextplay does not know who you are: ask an operator to add your Slack address to the directory.")]
        mine = [ask for ask in await self.service.waiting() if member.email in ask.asked]
        if not mine:
            return [_line("Nothing waits for you.")]
        rows = []
        for ask in sorted(mine, key=lambda one: one.expires_at)[:MOST_QUEUED]:
            title = await self.homes.title_of(ask)
            rows.append([b.words(title, bold=True), b.words(f" as {words.role(ask.needed_role)}, until "), b.moment(ask.expires_at)])
        return [b.rich(b.section(b.words(words.several(len(mine), "ask waits", "asks wait") + " for you", bold=True)), b.bullets(rows))]

    # --- mentions and replies -----------------------------------------------------------------------------------------

    async def _mentioned(self, body: Body, event: Body) -> None:
        """The thread's own text is part of the question. A thread that cannot be read is no reason not to answer."""
        if event.get("bot_id") or not event.get("user"):
            return
        asked = request_of(str(event.get("text") or ""), around=await self._thread(event))
        if asked.kind in ("article", "escalate"):
            await self.clicks.keep(asked.kind, body, {"text": asked.text, "ticket": asked.ticket}, unique=str(body.get("event_id") or ""))
            return
        blocks = await self._told(asked, str(event["user"]))
        place = {"channel": event["channel"], "user": event["user"], "thread_ts": event.get("thread_ts")}
        await self._quietly("chat.postEphemeral", text="Nextplay", blocks=blocks, **place)

    async def _thread(self, event: Body) -> str:
        if not event.get("thread_ts") or event.get("thread_ts") == event.get("ts"):
            return ""
        try:
            found = await self.web.read("conversations.replies", channel=event["channel"], ts=event["thread_ts"], limit=20)
        except (SlackRefused, SlackBusy, SlackUnsure) as error:
            log.info("a thread was not read", why=str(error))
            return ""
        said = [str(message.get("text") or "") for message in found.get("messages") or () if not message.get("bot_id")]
        return " ".join(text for text in said if text != event.get("text"))

    async def _message(self, body: Body, event: Body) -> None:
        """A reply in the thread of a card is kept as a note. Anything else that is written to us directly is a question."""
        if event.get("channel_type") != "im" or event.get("bot_id") or event.get("subtype") or not event.get("user"):
            return
        unique = str(body.get("event_id") or "")
        if event.get("thread_ts"):
            await self.clicks.keep("reply", body, {"text": str(event.get("text") or "")[:3000]}, unique=unique)
            return
        asked = request_of(str(event.get("text") or ""))
        if asked.kind in ("article", "escalate"):
            await self.clicks.keep(asked.kind, body, {"text": asked.text, "ticket": asked.ticket}, unique=unique)
            return
        blocks = await self._told(asked, str(event["user"]))
        await self._quietly("chat.postMessage", channel=event["channel"], thread_ts=event.get("thread_ts"), text="Nextplay", blocks=blocks)

    # --- home ---------------------------------------------------------------------------------------------------------

    async def _home(self, event: Body) -> None:
        if event.get("tab") == "home":
            await self.homes.publish(str(event["user"]))

    async def _attention(self, ack: AsyncAck, body: Body) -> None:
        action = body["actions"][0]
        chosen = action.get("selected_option") or {}
        await self.clicks.keep("attention", body, {"setting": action["action_id"], "value": str(chosen.get("value") or "")})
        await ack()

    async def _quietly(self, method: str, **arguments: Any) -> None:
        try:
            await self.web.call(method, **arguments)
        except (SlackRefused, SlackBusy, SlackUnsure) as error:
            log.info("an answer was not delivered", method=method, why=str(error))


def help_blocks(first: str = "") -> list[b.Block]:
    """What can be asked, each with an example."""
    rows = [[b.words(command, code=True), b.words(f"  {about}")] for command, about in HELP]
    return [*([_line(first)] if first else []), b.rich(b.section(b.words("What you can ask", bold=True)), b.bullets(rows))]


def _line(text: str) -> b.Block:
    return b.rich(b.section(b.words(text)))
