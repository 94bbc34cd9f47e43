"""What the Slack door keeps: members, posts and clicks. Every method is one transaction; a change of state is compare-and-set."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, func, select, update

from integrations.db.database import Database
from integrations.db.part import values_of
from integrations.db.slack_rows import ATTENTION, CLICKS, MEMBERS, POSTS, ClickState, PostState
from integrations.db.statements import insert_all_new, insert_for, insert_new, tell_others
from integrations.db.tables import APPROVALS, AUDIT

CARDS = ("ask", "difference")
"""Kinds of posts that can be answered."""

HELD = ("open", "per_day")
"""In `error` of a post: the budget of attention that it must wait for."""

SAME = ("channel", "text", "ticket", "decision")
"""What two clicks have in common that ask for the same; each command has its own address to answer to."""

PLANNED = "nextplay_posts"
"""The channel on which processes of a deployment tell each other that there is something to post."""

FIRST_LOOK = 5000
"""Audit entries that are looked through when the door opens: what was decided while it was closed is answered then."""

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Member:
    """A colleague's account in the workspace. `kind` is member, guest, outsider, bot or gone; `dm` their direct message channel with us.

    `away` says that their status tells of an absence, which ends at `away_until`, or when they say so.
    """

    email: str
    user_id: str
    team_id: str
    name: str
    timezone: str
    kind: str
    read_at: datetime
    dm: str | None = None
    status: str = ""
    away: bool = False
    away_until: datetime | None = None

    def is_away(self, at: datetime) -> bool:
        """Whether the status still says so at the moment."""
        return self.away and (self.away_until is None or self.away_until > at)


@dataclass(frozen=True, slots=True)
class Post:
    """One message to one person (`email`) or channel, in a thread or not; a card when it has an approval."""

    id: str
    kind: str
    created_at: datetime
    next_at: datetime
    email: str | None = None
    channel: str | None = None
    thread: str | None = None
    ts: str | None = None
    decision_id: str | None = None
    approval_id: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    state: PostState = "waiting"
    shown: str | None = None
    attempts: int = 0
    error: str | None = None
    posted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Click:
    """Something that somebody in the workspace did: which, by whom, and what it said."""

    id: str
    kind: str
    team_id: str
    user_id: str
    said: dict[str, Any]
    received_at: datetime
    next_at: datetime
    state: ClickState = "new"
    attempts: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class AttentionSetting:
    """What a person set for themselves; None follows the surface."""

    open: int | None = None
    per_day: int | None = None
    quiet: str | None = None


class SlackStore:
    """Keeps the Slack door's rows, in the one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- members ------------------------------------------------------------------------------------------------------

    async def member(self, *, email: str | None = None, user_id: str | None = None) -> Member | None:
        """A member by address or by Slack id."""
        which = MEMBERS.c.email == email if email is not None else MEMBERS.c.user_id == user_id
        rows = await self._rows(select(MEMBERS).where(which))
        return Member(**rows[0]) if rows else None

    async def members_of(self, emails: Collection[str]) -> list[Member]:
        """Those of these people who were ever looked up."""
        return [Member(**row) for row in await self._rows(select(MEMBERS).where(MEMBERS.c.email.in_(emails)))] if emails else []

    async def members_away(self, *, since: datetime) -> list[Member]:
        """Those whose status, read since then, tells of an absence."""
        return [Member(**row) for row in await self._rows(select(MEMBERS).where(MEMBERS.c.away, MEMBERS.c.read_at >= since))]

    async def keep_member(self, member: Member) -> None:
        """Remember a member as Slack tells now. An account that moved to another address moves here too."""

        def work(connection: Connection) -> None:
            connection.execute(MEMBERS.delete().where(MEMBERS.c.user_id == member.user_id, MEMBERS.c.email != member.email))
            values = values_of(member, MEMBERS)
            connection.execute(insert_for(connection, MEMBERS).values(values).on_conflict_do_update(index_elements=[MEMBERS.c.email], set_=values))

        await self._database.write_core(work)

    # --- posts --------------------------------------------------------------------------------------------------------

    async def plan(self, posts: Sequence[Post]) -> None:
        """Add posts, and tell those who `hear`; one with a known id is there already."""
        if not posts:
            return

        def work(connection: Connection) -> None:
            insert_all_new(connection, POSTS, [values_of(post, POSTS) for post in posts])
            tell_others(connection, PLANNED)

        await self._database.write_core(work)

    async def hear(self, woken: Callable[[], None]) -> None:
        """Call `woken` when another process has planned posts, until cancelled; on SQLite there is no other."""
        if self._database.address is not None:
            from integrations.db.hearing import hear

            await hear(self._database.address, PLANNED, woken)

    async def post(self, post_id: str) -> Post | None:
        """A post by its id."""
        rows = await self._rows(select(POSTS).where(POSTS.c.id == post_id))
        return Post(**rows[0]) if rows else None

    async def post_at(self, channel: str, ts: str) -> Post | None:
        """The post that stands at a place in Slack."""
        rows = await self._rows(select(POSTS).where(POSTS.c.channel == channel, POSTS.c.ts == ts))
        return Post(**rows[0]) if rows else None

    async def card_of(self, approval_id: str, email: str) -> Post | None:
        """A person's card of an ask, if they have one or are to get it."""
        which = (POSTS.c.approval_id == approval_id) & (POSTS.c.email == email) & POSTS.c.kind.in_(CARDS) & (POSTS.c.state != "dropped")
        return next(iter(await self._posts(which)), None)

    async def cards_of(self, approval_id: str) -> list[Post]:
        """The cards of an ask that stand somewhere or are on their way."""
        return await self._posts((POSTS.c.approval_id == approval_id) & POSTS.c.kind.in_(CARDS) & (POSTS.c.state != "dropped"))

    async def posting_in(self, channel: str) -> bool:
        """Whether something is being sent to a channel, of which nobody knows yet where it stands."""
        which = (POSTS.c.channel == channel) & (POSTS.c.state == "posting")
        return bool(await self._rows(select(POSTS.c.id).where(which).limit(1)))

    async def due_posts(self, at: datetime) -> list[Post]:
        """Posts to be sent, or whose sending has an unknown end, oldest first."""
        which = POSTS.c.state.in_(("waiting", "posting")) & (POSTS.c.next_at <= at)
        return await self._posts(which)

    async def live_posts(self, decision_ids: Sequence[str] | None = None) -> list[Post]:
        """Posts that follow their decision: of these decisions, or all."""
        which = POSTS.c.state == "live"
        return await self._posts(which if decision_ids is None else which & POSTS.c.decision_id.in_(decision_ids), at_most=None)

    async def live_since(self, at: datetime) -> list[Post]:
        """Posts that have come to stand there since then."""
        return await self._posts((POSTS.c.state == "live") & (POSTS.c.posted_at >= at), at_most=None)

    async def cards_before(self, email: str, since: datetime, *, without: str) -> tuple[int, int]:
        """How many of a person's cards stand there and wait for an answer now, and how many were posted since then; `without` one of them.

        One that is put off, or passed on to others, does not wait now; a reminder beneath a card is none.
        """
        theirs = (POSTS.c.email == email) & (POSTS.c.id != without) & POSTS.c.kind.in_(CARDS)
        sent, waits = POSTS.c.state.in_(("posting", "live")), APPROVALS.c.state == "open"
        joined = POSTS.join(APPROVALS, APPROVALS.c.id == POSTS.c.approval_id)
        rows = await self._rows(select(APPROVALS.c.asked).select_from(joined).where(theirs & sent & waits))
        before = sum(email.lower() in {one.lower() for one in row["asked"]} for row in rows)
        [new] = await self._rows(select(func.count().label("fresh")).select_from(joined).where(theirs & (POSTS.c.posted_at > since)))
        return before, int(new["fresh"])

    async def held_posts(self, email: str) -> list[Post]:
        """A person's cards that are held back because enough stands before them already."""
        held = POSTS.c.error.in_(HELD) & (POSTS.c.state == "waiting")
        return await self._posts((POSTS.c.email == email) & held)

    async def make_room(self, email: str, at: datetime) -> bool:
        """Look now at a person's cards that are held back: something before them may be gone. Whether there are any that were to wait longer."""
        held = (POSTS.c.email == email) & POSTS.c.error.in_(HELD) & (POSTS.c.state == "waiting") & (POSTS.c.next_at > at)
        if not await self._rows(select(POSTS.c.id).where(held).limit(1)):
            return False
        await self._database.write_core(lambda c: c.execute(update(POSTS).where(held).values(next_at=at)))
        return True

    async def held_back(self) -> dict[str, tuple[str, ...]]:
        """By address, the ids of the cards that are held back."""
        held = POSTS.c.error.in_(HELD) & (POSTS.c.state == "waiting") & POSTS.c.email.isnot(None)
        found: dict[str, tuple[str, ...]] = {}
        for row in await self._rows(select(POSTS.c.email, POSTS.c.id).where(held).order_by(POSTS.c.id)):
            found[row["email"]] = (*found.get(row["email"], ()), row["id"])
        return found

    async def live_digests(self, emails: Collection[str]) -> list[Post]:
        """The digests of these people that stand there."""
        return await self._posts((POSTS.c.kind == "digest") & (POSTS.c.state == "live") & POSTS.c.email.in_(emails)) if emails else []

    async def change_post(self, post_id: str, was: PostState, **values: Any) -> bool:
        """Change a post that is still in the state it was seen in; whether it was."""
        this = update(POSTS).where(POSTS.c.id == post_id, POSTS.c.state == was).values(**values)
        return await self._database.write_core(lambda c: bool(c.execute(this).rowcount))

    async def unposted(self) -> int:
        """How many posts wait, for the doctor."""
        which = POSTS.c.state.in_(("waiting", "posting"))
        return len(await self._rows(select(POSTS.c.id).where(which)))

    # --- clicks -------------------------------------------------------------------------------------------------------

    async def keep_click(self, click: Click) -> bool:
        """Write a click down, durably; whether it is new. The same click told twice is one."""
        return await self._database.write_core(lambda c: insert_new(c, CLICKS, values_of(click, CLICKS)))

    async def due_clicks(self, at: datetime) -> list[Click]:
        """Clicks to be carried out, in the order in which they came."""
        which = (CLICKS.c.state == "new") & (CLICKS.c.next_at <= at)
        return [Click(**row) for row in await self._rows(select(CLICKS).where(which).order_by(CLICKS.c.received_at, CLICKS.c.id).limit(MOST_AT_ONCE))]

    async def clicks_like(self, click: Click, *, since: datetime) -> list[Click]:
        """Other clicks since then by which the same person typed the same in the same place."""
        which = (CLICKS.c.kind == click.kind) & (CLICKS.c.user_id == click.user_id) & (CLICKS.c.received_at >= since) & (CLICKS.c.id != click.id)
        found = [Click(**row) for row in await self._rows(select(CLICKS).where(which).order_by(CLICKS.c.received_at, CLICKS.c.id))]
        return [one for one in found if all(one.said.get(name) == click.said.get(name) for name in SAME)]

    async def change_click(self, click_id: str, **values: Any) -> None:
        """Note what became of a click."""
        await self._database.write_core(lambda c: c.execute(update(CLICKS).where(CLICKS.c.id == click_id, CLICKS.c.state == "new").values(**values)))

    async def dead_clicks(self) -> list[Click]:
        """Clicks that could not be carried out."""
        return [Click(**row) for row in await self._rows(select(CLICKS).where(CLICKS.c.state == "dead"))]

    # --- attention and news -------------------------------------------------------------------------------------------

    async def attention(self, email: str) -> AttentionSetting:
        """What a person set for themselves."""
        rows = await self._rows(select(ATTENTION.c.open, ATTENTION.c.per_day, ATTENTION.c.quiet).where(ATTENTION.c.email == email))
        return AttentionSetting(**rows[0]) if rows else AttentionSetting()

    async def set_attention(self, email: str, setting: AttentionSetting) -> None:
        """Keep what a person set for themselves."""
        values = {"email": email, **values_of(setting, ATTENTION)}

        def work(connection: Connection) -> None:
            statement = insert_for(connection, ATTENTION).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=[ATTENTION.c.email], set_=values))

        await self._database.write_core(work)

    async def touched_since(self, seq: int) -> tuple[int, set[str]]:
        """The end of the audit log, and the decisions that entries after `seq` are about."""
        rows = await self._rows(select(AUDIT.c.seq, AUDIT.c.ref, AUDIT.c.data).where(AUDIT.c.seq > seq).order_by(AUDIT.c.seq))
        return (rows[-1]["seq"] if rows else seq), {decision for row in rows if (decision := _about(row["ref"], row["data"]))}

    async def first_look(self) -> int:
        """How far back a door that has just opened looks for requests without an answer."""
        rows = await self._rows(select(AUDIT.c.seq).order_by(AUDIT.c.seq.desc()).limit(1))
        return max(int(rows[0]["seq"]) - FIRST_LOOK, 0) if rows else 0

    async def _posts(self, which: Any, at_most: int | None = MOST_AT_ONCE) -> list[Post]:
        return [Post(**row) for row in await self._rows(select(POSTS).where(which).order_by(POSTS.c.created_at, POSTS.c.id).limit(at_most))]

    async def _rows(self, query: Any) -> list[dict[str, Any]]:
        return await self._database.read_core(lambda c: [dict(row) for row in c.execute(query).mappings()])


def _about(ref: str, data: str) -> str:
    """The decision that an audit entry is about: itself, or the one that its action belongs to."""
    if ref.startswith("dec_"):
        return ref
    said = from_json(data)
    return str(said.get("decision", "")) if isinstance(said, dict) else ""
