"""Cards follow their decisions: whatever is answered, done or found out, wherever it was, stands on the card soon after."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from agent.errors import Unavailable
from integrations.db.slack import CARDS, Post, SlackStore
from integrations.slack.card import Shown
from integrations.slack.lanes import in_lanes
from integrations.slack.placing import refuse_outsiders
from integrations.slack.posting import fingerprint
from integrations.slack.rendering import Rendering
from integrations.slack.web import SlackBusy, SlackRefused, SlackUnsure, SlackWeb

log = structlog.get_logger()

OVERLAP = timedelta(seconds=5)
"""A post is dated a moment before it is written down: looks overlap by more than that."""

LOOK_AFTER = timedelta(seconds=2)
"""An answer is followed by plans that the audit log does not tell of: the card is looked at once more."""

RESTS_AT_MOST = timedelta(seconds=30)
"""While Slack does not answer, a card is tried less and less often; then it is up to date so soon after Slack is back."""


class Following:
    """Brings live cards up to date. `now` is the wall clock."""

    def __init__(self, store: SlackStore, web: SlackWeb, rendering: Rendering, now: Callable[[], datetime]) -> None:
        self._store = store
        self._web = web
        self._rendering = rendering
        self._now = now
        self._seen: int | None = None
        self._again: dict[str, datetime] = {}
        self._failures: Counter[str] = Counter()
        self._rests: dict[str, datetime] = {}
        self._held: dict[str, tuple[str, ...]] = {}
        self._looked: datetime | None = None
        self._new = set[str]()

    async def pass_once(self) -> int:
        """Look at the cards of decisions that something happened to, the first time at all of them; and once at each card that has come to stand
        there since the last look, for something may have happened to it while it was on its way. How many were changed.
        """
        at, first = self._now(), self._seen is None
        seen, touched = await self._store.touched_since(self._seen or 0)
        due = {matter for matter, moment in self._again.items() if moment <= at}
        posts = await self._changed(touched | due)
        held = await self._store.held_back()
        posts += await self._store.live_digests(due | {email for email, _ in held.items() ^ self._held.items()})
        new = [] if self._looked is None else await self._store.live_since(self._looked - OVERLAP)
        posts += [post for post in new if post.id not in self._new | {known.id for known in posts}]
        # All has been read: nothing of it is forgotten where the database failed meanwhile.
        self._seen, self._looked, self._held, self._new = seen, at, held, {post.id for post in new}
        for matter in due:
            del self._again[matter]
        for decision in touched & {post.decision_id for post in posts} if first else touched:
            self._look_at(decision, at + LOOK_AFTER)  # also where its card is on its way yet
        return await in_lanes(posts, lambda post: post.email or post.channel or "", self._follow)

    async def _changed(self, decisions: set[str]) -> list[Post]:
        """The posts about these decisions; at the first look all of them."""
        if self._seen is None:
            return await self._store.live_posts()
        return await self._store.live_posts(sorted(decisions)) if decisions else []

    async def _follow(self, post: Post) -> bool:
        """Bring one card up to date; whether it was changed. One that cannot be holds up no other, and is looked at again; while it rests, Slack
        is let alone with it, whatever happens.
        """
        if (until := self._rests.get(post.id)) is not None and self._now() < until:
            self._look_at(_matter(post), until)
            return False
        try:
            changed = await self._brought_up_to_date(post)
        except SlackBusy as error:
            self._rest(post, timedelta(seconds=error.after_s))
        except (SlackUnsure, Unavailable):  # to say the same twice does no harm
            self._failed(post)
        except Exception as error:  # whatever is wrong with this one
            if not self._failures[post.id]:
                log.exception("a card could not be brought up to date", post=post.id, error=type(error).__name__)
            self._failed(post)
        else:
            self._failures.pop(post.id, None)
            self._rests.pop(post.id, None)
            return changed
        return False

    async def _brought_up_to_date(self, post: Post) -> bool:
        rendered = await self._rendering.of(post)
        if rendered.shown is None:
            return await self._store.change_post(post.id, "live", state="settled", error="what it was about is gone")
        if rendered.again is not None:
            self._look_again(post, rendered.again)
        print_ = fingerprint(rendered.shown)
        if post.email and rendered.card is not None and (rendered.card.ask.state != "open" or not rendered.card.live) and print_ != post.shown:
            await self._store.make_room(post.email, self._now())
        if print_ == post.shown:
            if rendered.over:
                await self._store.change_post(post.id, "live", state="settled")
            return False
        return await self._change(post, rendered.shown, print_)

    async def _change(self, post: Post, shown: Shown, print_: str) -> bool:
        try:
            if post.email is None and post.kind in CARDS:
                await refuse_outsiders(self._web, post.channel or "")
            await self._web.call("chat.update", channel=post.channel, ts=post.ts, text=shown.text, blocks=shown.blocks)
        except SlackRefused as error:
            log.warning("a card could not be changed", post=post.id, why=str(error))
            await self._store.change_post(post.id, "live", state="settled", error=str(error))
            return False
        await self._store.change_post(post.id, "live", shown=print_)
        return True

    def _failed(self, post: Post) -> None:
        """Look at it again, the later the more often it failed."""
        self._failures[post.id] += 1
        self._rest(post, min(LOOK_AFTER * 2 ** min(self._failures[post.id], 6), RESTS_AT_MOST))

    def _rest(self, post: Post, length: timedelta) -> None:
        self._rests[post.id] = self._now() + max(length, timedelta(seconds=1))
        self._look_at(_matter(post), self._rests[post.id])

    def _look_again(self, post: Post, after: timedelta) -> None:
        self._look_at(_matter(post), self._now() + max(after, timedelta(seconds=1)))

    def _look_at(self, matter: str, moment: datetime) -> None:
        """Somebody may have to look at it sooner."""
        self._again[matter] = min(moment, self._again.get(matter, moment))


def _matter(post: Post) -> str:
    """What a post is about: its decision, or in a digest all that waits for its person."""
    return post.decision_id or post.email or post.id
