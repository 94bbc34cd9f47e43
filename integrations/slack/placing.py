"""Where a post goes: to its person's direct messages, beneath the card that it is about, or into a channel where no outsider reads along."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from integrations.db.slack import Post, SlackStore
from integrations.slack.members import Members
from integrations.slack.web import MISSING_SCOPE, ONE_PLACE, SlackRefused, SlackShut, SlackUnsure, SlackWeb

BENEATH = ("reminder", "notice", "outcome")
"""Kinds that stand in the thread of the card that they are about, and beside it too, so that nobody has to open the thread to see them."""

NO_THREAD = "thread_not_found"
"""Stands in `error` of a post whose card is gone from Slack: it stands alone."""

NOT_TOLD = "nobody_tells_who_reads_along"
"""Our own word for a channel that Slack tells us nothing of: no right to ask, or an answer that we do not know."""

NOT_THERE = ONE_PLACE | frozenset({
    NOT_TOLD, "is_ext_shared", "not_in_channel", "channel_not_found", "is_archived", NO_THREAD, "restricted_action",
    "restricted_action_non_threadable_channel", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
})  # fmt: skip
"""Refusals of a place: who asked there is answered directly instead."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post goes."""

    channel: str
    timezone: str = "UTC"
    thread: str | None = None


@dataclass(frozen=True)
class Placing:
    """Finds the place of a post."""

    store: SlackStore
    web: SlackWeb
    members: Members

    async def beneath(self, post: Post) -> Post | None:
        """The post, in the thread of its person's card where there is one; None for a reminder of a card that is yet to come."""
        if post.state != "waiting" or post.kind not in BENEATH or not post.approval_id or not post.email or post.error == NO_THREAD:
            return post
        card = await self.store.card_of(post.approval_id, post.email)
        if card is not None and card.state == "posting":
            raise SlackUnsure("chat.postMessage", "its card is on its way")
        if card is not None and card.ts:
            return replace(post, channel=card.channel, thread=card.ts)
        return None if card is not None and post.kind == "reminder" else post

    async def of(self, post: Post) -> Place:
        """The place. Raises NotAMember, SlackRefused for a channel that must not be written in, or what the Web API raises."""
        if post.channel is not None and post.ts is None and not post.channel.startswith("D"):
            await self._admit(post, post.channel)
        if post.email is None:
            return Place(post.channel or "", thread=post.thread)
        member = await self.members.by_email(post.email)
        return Place(post.channel or await self.members.direct(member), member.timezone, post.thread)

    async def _admit(self, post: Post, channel: str) -> None:
        """Raise SlackRefused where outsiders read along. Who asked gets the answer directly when Slack does not tell who does."""
        try:
            await refuse_outsiders(self.web, channel)
        except SlackShut as error:
            if post.email is None or error.code != MISSING_SCOPE:
                raise
            raise SlackRefused(error.method, NOT_TOLD) from error
        except SlackRefused as error:
            raise SlackRefused("conversations.info", error.code if post.email is None or error.code in NOT_THERE else NOT_TOLD) from error


async def refuse_outsiders(web: SlackWeb, channel: str) -> None:
    """Nothing of a customer is written where another company reads along: Slack is asked each time. Raises SlackRefused there."""
    if outsiders_read((await web.read("conversations.info", channel=channel))["channel"]):
        raise SlackRefused("chat.postMessage", "is_ext_shared")


def outsiders_read(channel: Mapping[str, Any]) -> bool:
    """Whether another company reads along in a channel, or may soon. What Slack does not say is taken for a yes."""
    return channel.get("is_ext_shared") is not False or bool(channel.get("is_pending_ext_shared") or channel.get("pending_shared"))
