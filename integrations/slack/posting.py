"""Getting posts into Slack, each exactly once, however often Slack is slow, busy, broken or silent.

A post is marked as being sent before it is sent. When nobody knows what became of the call, the post is looked for in the channel by its
id, which stands in the message's metadata, before it is sent again.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from agent.errors import NotFound, Refused, Unavailable
from agent.service import Nextplay
from integrations.db.slack import CARDS, HELD, Post, SlackStore
from integrations.slack.attention import Room, Taken, budget_of, quiet_for, room_for
from integrations.slack.card import Card, Shown
from integrations.slack.cases import Cases, protective
from integrations.slack.digest import Held
from integrations.slack.lanes import in_lanes
from integrations.slack.members import Members, NotAMember
from integrations.slack.placing import BENEATH, NO_THREAD, NOT_THERE, Place, Placing
from integrations.slack.rendering import FOLLOWED, Rendering
from integrations.slack.web import SlackBusy, SlackRefused, SlackUnsure, SlackWeb, Tells
from tools.ports import SourceError

log = structlog.get_logger()

EVENT = "nextplay_post"
"""The type of the metadata by which our messages are found again."""

SETTLES = timedelta(seconds=5)
"""A call without an answer may still take effect so long afterwards; only then is it looked for."""

PRESSED = "pressed"
"""Stands in `error` of a post that its person asked to see: no budget holds it back."""

LONGEST_WAIT = timedelta(seconds=30)
"""So soon after Slack is back, a post is tried again at the latest."""


class Posting:
    """Sends what is due. `now` is the wall clock; `service` is told of an ask that nobody can be given."""

    def __init__(
        self,
        store: SlackStore,
        web: SlackWeb,
        members: Members,
        cases: Cases,
        rendering: Rendering,
        service: Nextplay,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._web = web
        self._placing = Placing(store, web, members)
        self._cases = cases
        self._rendering = rendering
        self._now = now
        self._service = service

    async def pass_once(self) -> int:
        """Try every post that is due, those to one person in their order; how many moved."""
        due = await self._store.due_posts(self._now())
        return await in_lanes(due, lambda post: post.email or post.channel or "", self._whatever_happens, self._in_order)

    async def _in_order(self, posts: list[Post]) -> list[Post]:
        """Cards that want a place before one person, in the order of the digest; everything else goes first, as it came."""
        cards = [post for post in posts if post.kind in CARDS and post.state == "waiting" and post.email]
        if len(cards) < 2:
            return posts
        found = [(post, await self._card(post)) for post in cards]
        held = [(Held(post.id, card).order, post) for post, card in found if card is not None]
        first = [post for post in posts if post.id not in {post.id for _, post in held}]
        return [*first, *(post for _, post in sorted(held, key=lambda one: one[0]))]

    async def _card(self, post: Post) -> Card | None:
        """What it shows; None for what cannot be made, which fails by itself when it is tried."""
        try:
            return await self._cases.card(post.approval_id or "", post.email)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001  it is told of where it is tried
            return None

    async def _whatever_happens(self, post: Post) -> bool:
        try:
            return await self._try(post)
        except SlackBusy as error:
            await self._later(post, timedelta(seconds=error.after_s), str(error), back=True)
        except SlackUnsure as error:
            await self._later(post, _backoff(post.attempts), str(error))
        except (SlackRefused, NotAMember) as error:
            if isinstance(error, SlackRefused) and error.code in NOT_THERE and post.email and (post.channel or error.code == NO_THREAD):
                why = NO_THREAD if error.code == NO_THREAD else str(error)
                await self._store.change_post(post.id, await self._state(post), state="waiting", channel=None, thread=None, error=why)
                return True
            log.warning("a message could not be posted", post=post.id, why=str(error))
            if await self._instead(post, str(error)):
                await self._store.change_post(post.id, await self._state(post), state="dropped", error=str(error))
        except Unavailable:
            raise
        except Exception as error:  # whatever is wrong with this one holds up no other
            if post.error != type(error).__name__:
                log.exception("a message could not be made", post=post.id, error=type(error).__name__)
            await self._later(post, _backoff(post.attempts), type(error).__name__)
        return False

    async def _instead(self, post: Post, why: str) -> bool:
        """An ask of which nobody else has a card: somebody must be asked, or told, before this one is given up. False to try again later."""
        if post.kind not in CARDS or post.approval_id is None or len(await self._store.cards_of(post.approval_id)) > 1:
            return True
        try:
            await self._service.unreached(post.approval_id, post.email, why)
        except (NotFound, Refused):  # it was answered or replaced meanwhile
            return True
        except SourceError as error:
            await self._later(post, _backoff(post.attempts), str(error))
            return False
        return True

    async def _try(self, post: Post) -> bool:
        found = await self._placing.beneath(post)
        if found is None:
            return await self._store.change_post(post.id, "waiting", state="dropped", error="its card is yet to come")
        return await self._try_at(found, await self._placing.of(found))

    async def _try_at(self, post: Post, place: Place) -> bool:
        if post.state == "posting":
            found = await self._find(post, place)
            if found is not None:
                return await self._stands(post, place.channel, found, shown=None)
        rendered = await self._rendering.of(post)
        if rendered.shown is None:
            return await self._store.change_post(post.id, post.state, state="dropped", error="it was answered before it was posted")
        if rendered.card is not None and post.email is None and rendered.card.case.decision.sensitive.value:
            raise SlackRefused("chat.postMessage", "sensitive")
        if rendered.card is not None and post.state == "waiting" and not await self._has_room(post, rendered.card, place):
            return False
        if post.kind == "outcome" and post.state == "waiting" and not await self._is_awake(post, place):
            return False
        return await self._send(post, place, rendered.shown)

    async def _has_room(self, post: Post, card: Card, place: Place) -> bool:
        """Whether it may be posted now; else it is held back. Who makes room meanwhile finds it held, or is found by the second look."""
        if protective(card.case.decision) or post.email is None or post.error == PRESSED:
            return True
        room = await self._room(post, post.email, card, place)
        if room.may:
            return True
        await self._store.change_post(post.id, "waiting", next_at=self._now() + room.after, error=room.why)
        if room.why in HELD and (await self._room(post, post.email, card, place)).may:
            await self._store.change_post(post.id, "waiting", next_at=self._now())
        return False

    async def _room(self, post: Post, email: str, card: Card, place: Place) -> Room:
        taken = Taken(*await self._store.cards_before(email, self._now() - timedelta(days=1), without=post.id))
        budget = budget_of(await self._cases.attention(card.case.decision), await self._store.attention(email))
        now, left = card.case.now, card.ask.expires_at - card.case.now
        return room_for(budget, taken, at=now, timezone=place.timezone, left=left)

    async def _is_awake(self, post: Post, place: Place) -> bool:
        """What asks for nothing has time until the person's quiet hours are over."""
        at, surface = self._now(), await self._cases.attention_for(post.decision_id or "")
        wait = quiet_for(budget_of(surface, await self._store.attention(post.email or "")), at, place.timezone)
        if wait:
            await self._store.change_post(post.id, "waiting", next_at=at + wait, error="quiet")
        return not wait

    async def _send(self, post: Post, place: Place, shown: Shown) -> bool:
        """Say that it is being sent, send it, and say where it stands."""
        at = self._now()
        sending = {
            "state": "posting",
            "channel": place.channel,
            "thread": place.thread,
            "attempts": post.attempts + 1,
            "next_at": at + SETTLES,
            "error": None,
        }
        if not await self._store.change_post(post.id, post.state, **sending):
            return False
        answer = await self._web.call(
            "chat.postMessage", channel=place.channel, text=shown.text, blocks=shown.blocks, thread_ts=place.thread,
            reply_broadcast=True if post.kind in BENEATH and place.thread else None,
            unfurl_links=False, unfurl_media=False, metadata={"event_type": EVENT, "event_payload": {"post": post.id}},
        )  # fmt: skip
        return await self._stands(replace(post, state="posting"), str(answer.get("channel") or place.channel), str(answer["ts"]), shown=shown)

    async def _stands(self, post: Post, channel: str, ts: str, *, shown: Shown | None) -> bool:
        """Where it stands now. What was found again is compared with what it should say at the next look."""
        state = "live" if post.kind in FOLLOWED else "settled"
        print_ = fingerprint(shown) if shown else None
        return await self._store.change_post(
            post.id, "posting", state=state, channel=channel, ts=ts, shown=print_, posted_at=self._now(), error=None
        )  # fmt: skip

    async def _find(self, post: Post, place: Place) -> str | None:
        """The message in the channel that carries our post's id, if it arrived."""
        since = post.created_at - timedelta(minutes=5)
        method: Tells = "conversations.replies" if post.thread else "conversations.history"
        where = {"ts": post.thread} if post.thread else {}
        cursor: str | None = None
        while True:
            page = await self._web.read(
                method, channel=place.channel, oldest=f"{since.timestamp():.6f}", include_all_metadata=True, limit=200, cursor=cursor, **where
            )  # fmt: skip
            for message in page.get("messages") or ():
                if _post_of(message) == post.id:
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return None

    async def _later(self, post: Post, wait: timedelta, why: str, *, back: bool = False) -> None:
        """Try again. With `back` nothing was sent, so nothing has to be looked for. What fails before it is sent counts as an attempt too."""
        now = await self._store.post(post.id) or post
        state = now.state
        values: dict[str, Any] = {"next_at": self._now() + max(wait, SETTLES if state == "posting" and not back else timedelta()), "error": why}
        values["attempts"] = max(now.attempts, post.attempts + 1)
        await self._store.change_post(post.id, state, **values, **({"state": "waiting"} if back and post.state == "waiting" else {}))

    async def _state(self, post: Post) -> Any:
        now = await self._store.post(post.id)
        return now.state if now else post.state


def fingerprint(shown: Shown) -> str:
    """What stands in Slack, in a few letters."""
    return hashlib.sha256(json.dumps([shown.text, shown.blocks], sort_keys=True).encode()).hexdigest()[:24]


def _post_of(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    return (metadata.get("event_payload") or {}).get("post") if metadata.get("event_type") == EVENT else None


def _backoff(attempts: int) -> timedelta:
    return min(timedelta(seconds=2 ** min(attempts, 7)), LONGEST_WAIT)
