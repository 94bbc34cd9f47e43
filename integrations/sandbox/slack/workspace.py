"""The workspace, with hands: what members do in it, which the app then hears of."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from integrations.sandbox.slack import payloads, submitting
from integrations.sandbox.slack.calls import Refused
from integrations.sandbox.slack.carrying import Reply
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.messages import shown
from integrations.sandbox.slack.methods.chat import put
from integrations.sandbox.slack.responding import say_back, tell
from integrations.sandbox.slack.roster import CHANNEL_SCOPE, App, Channel, Member
from integrations.sandbox.slack.sending import ACKNOWLEDGED_WITHIN_S, RETRIES_AFTER_S, Sender
from integrations.sandbox.slack.store import Change, Doc
from integrations.sandbox.slack.timing import Clock
from integrations.wall_clock import wall_clock

READ_SCOPE = {"public": "message.channels", "private": "message.groups", "im": "message.im", "mpim": "message.mpim"}


class Workspace(Core):
    """An act names the member who does it first, by id, and returns how the app answered. What a member cannot do is Refused."""

    def __init__(
        self,
        members: Iterable[Member],
        channels: Iterable[Channel],
        app: App,
        *,
        log: Path | None = None,
        clock: Clock = wall_clock,
        within_s: float = ACKNOWLEDGED_WITHIN_S,
        retries_after_s: tuple[float, ...] = RETRIES_AFTER_S,
        sending: Callable[..., Sender] = Sender,
    ) -> None:
        super().__init__(members, channels, app, log=log, clock=clock)
        self.sender = sending(self, within_s=within_s, retries_after_s=retries_after_s)

    async def close(self) -> None:
        """Send nothing more, and close the log."""
        await self.sender.close()
        self.log.close()

    async def click(self, user: str, on: Doc, action_id: str, value: Any = None, *, block_id: str | None = None, values: Doc | None = None) -> Reply:
        """Use an element of a message or a view, as the member sees it: what was changed meanwhile may still be clicked.

        `value` is what was chosen: an option's value, a date, a text; `values` what else is filled in, in a view.
        """
        who = self._able(user)
        if "ts" in on:
            self._reads(user, self.channel(on["channel"]))
            current = self.store.get("whispers" if "to" in on else "messages", f"{on['channel']}/{on['ts']}") or on
            block, element = self._found(current, on, action_id, block_id)
            payload = payloads.message_click(self, who, current, block, element, value)
            self._did(user, "click", {"channel": on["channel"], "ts": on["ts"], "action_id": element["action_id"], "value": value})
        else:
            current = self._own_view(user, on["id"])
            block, element = self._found(current, on, action_id, block_id)
            payload = payloads.view_click(self, who, current, block, element, value, values or {})
            self._did(user, "click", {"view": on["id"], "action_id": element["action_id"], "value": value})
        reply = await self.sender.once("interactive", payload)
        self._tell_of_failure(user, on, reply)
        return reply

    async def submit(self, view: Doc, values: Doc | None = None) -> Reply:
        """Send a modal with what is filled in: by action id, or by block id and action id. A refusal, Slack's or the
        app's, is in `complaints` and in the reply's body.
        """
        return await submitting.submit(self, view["id"], values or {})

    async def dismiss(self, user: str, *, cleared: bool = False) -> Reply | None:
        """Close the topmost modal, or all; the app hears of it where it asked to."""
        return await submitting.dismiss(self, user, cleared=cleared)

    async def command(self, user: str, channel: str, text: str) -> Reply:
        """Write a slash command, such as `/deploy now`."""
        who, where = self._able(user), self._reads(user, self.channel(channel))
        name, _, rest = text.strip().partition(" ")
        if self.app.commands and name not in self.app.commands:
            tell(self, user, where.id, f"{name} is not a valid command.")
            return Reply("invalid_command")
        payload = payloads.command(self, who, where, name, rest.strip())
        self._did(user, "command", {"channel": where.id, "text": text})
        reply = await self.sender.once("slash_commands", payload)
        if not reply.ok:
            tell(self, user, where.id, f'{name} failed with the error "{reply.error}"')
        elif reply.body:
            response = self.tickets.use(payload["response_url"].rpartition("/")[2])
            try:
                say_back(self, response, reply.body, "acknowledgement")
            except Refused as refusal:
                tell(self, user, where.id, f'{name} failed with the error "{refusal.error}"')
        return reply

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Doc:
        """Write a message. The app hears of it in direct messages, and where it is mentioned. Returns the message."""
        self._able(user)
        where = self._reads(user, self.channel(channel))
        doc = {"type": "message", "user": user, "team": self.members[user].team, "text": text, "channel": where.id, "ts": self.stamps.next()}
        if thread_ts:
            doc["thread_ts"] = thread_ts
        self._did(user, "say", {"channel": where.id, "text": text, "thread_ts": thread_ts}, [put(doc)], ts=doc["ts"])
        if self.app.user in where.members:
            for inner in self._heard(where, doc):
                await self.sender.event(payloads.event(self, inner, where))
        return doc

    async def mention(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Doc:
        """Write a message that mentions the app."""
        mark = f"<@{self.app.user}>"
        return await self.say(user, channel, text if mark in text else f"{mark} {text}", thread_ts)

    async def message(self, user: str, text: str, thread_ts: str | None = None) -> Doc:
        """Write to the app directly."""
        return await self.say(user, self._with_app(user), text, thread_ts)

    async def open_home(self, user: str, tab: str = "home") -> Reply:
        """Open the app: its home tab, or its messages."""
        self._able(user)
        channel = self._with_app(user)
        inner = {"type": "app_home_opened", "user": user, "channel": channel, "tab": tab, "event_ts": self.stamps.next()}
        home = self.store.get("homes", user)
        if home is not None and tab == "home":
            inner["view"] = home
        return await self._event(inner, self.channel(channel))

    async def shortcut(self, user: str, message: Doc, callback_id: str) -> Reply:
        """Use a shortcut from a message's menu."""
        who = self._able(user)
        self._reads(user, self.channel(message["channel"]))
        self._did(user, "shortcut", {"channel": message["channel"], "ts": message["ts"], "callback_id": callback_id})
        return await self.sender.once("interactive", payloads.shortcut(self, who, message, callback_id))

    async def verify_url(self) -> bool:
        """Ask the request URL to answer with a challenge, as Slack does when it is entered."""
        payload = payloads.url_verification()
        reply = await self.sender.once("events_api", payload)
        return payload["challenge"] in (reply.body.get("challenge"), reply.body.get("text"))

    def read(self, user: str, channel: str) -> None:
        """A member has seen a channel up to now."""
        last = max((doc["ts"] for doc in self.store.messages(channel)), default="0")
        key = f"{user}/{channel}"
        if self.store.get("read", key) != last:
            self.commit(user, "read", {"channel": channel}, {"ok": True}, [Change("read", key, last)])

    def inbox(self, user: str) -> list[Doc]:
        """The direct messages between the app and a member, oldest first."""
        return self.store.messages(self.direct(user)[0].id)

    def modal(self, user: str) -> Doc | None:
        """The modal that a member has in front of them."""
        stack = self.store.modals(user)
        return stack[-1] if stack else None

    def home(self, user: str) -> Doc | None:
        """The home tab that the app published for a member."""
        found: Doc | None = self.store.get("homes", user)
        return found

    def _heard(self, where: Channel, doc: Doc) -> list[Doc]:
        """The events that a message is for the app."""
        kinds = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}
        common = shown(doc) | {"channel": where.id, "event_ts": doc["ts"]}
        events = []
        if READ_SCOPE[where.kind] in self.app.events and f"{CHANNEL_SCOPE[where.kind]}:history" in self.app.scopes:
            events.append(common | {"channel_type": kinds[where.kind]})
        if where.kind != "im" and f"<@{self.app.user}>" in doc["text"] and "app_mention" in self.app.events:
            events.append(common | {"type": "app_mention"})
        return events

    async def _event(self, inner: Doc, where: Channel) -> Reply:
        if inner["type"] not in self.app.events:
            return Reply("not_subscribed")
        return await self.sender.event(payloads.event(self, inner, where))

    def _with_app(self, user: str) -> str:
        return self.open_direct(user, self.app.user)

    def open_direct(self, user: str, other: str) -> str:
        """Open the direct messages of a member with another or with the app; returns their id."""
        channel, opened = self.between(user, other)
        if opened:
            self._did(user, "open", {"channel": channel.id}, opened)
        return channel.id

    def _did(self, user: str, what: str, arguments: Doc, changes: Iterable[Change] = (), **result: str) -> None:
        self.commit(user, what, arguments, {"channel": arguments.get("channel"), **result}, list(changes))

    def _able(self, user: str) -> Member:
        member = self.member(user)
        if member.deleted or member.is_bot:
            raise Refused("user_disabled")
        return member

    def _reads(self, user: str, channel: Channel) -> Channel:
        if not self.sees(user, channel):
            raise Refused("channel_not_found")
        return channel

    def _own_view(self, user: str, view_id: str) -> Doc:
        found = self.store.view(view_id)
        if found is None or found[0] != user:
            raise Refused("not_found")
        return found[1]

    def _found(self, current: Doc, seen: Doc, action_id: str, block_id: str | None) -> tuple[Doc, Doc]:
        try:
            return payloads.located(current.get("blocks", []), action_id, block_id)
        except Refused:
            return payloads.located(seen.get("blocks", []), action_id, block_id)

    def _tell_of_failure(self, user: str, on: Doc, reply: Reply) -> None:
        if reply.ok:
            return
        if "ts" in on:
            tell(self, user, on["channel"], f"That did not work: {self.app.name} did not answer ({reply.error}).")
        else:
            self.complaints[on["id"]] = {"": submitting.TROUBLE}
            self.announce()
