"""What agents ask for becomes an event like any other, and its decision's answer a post where they asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from agent.arrivals import arrival_of
from agent.domain.event import Event
from agent.domain.evidence import Person
from agent.errors import InvalidInput, NotFound, Unavailable
from agent.service import Nextplay
from integrations.db.slack import Click, Member, Post, SlackStore
from integrations.slack.asking import Request, request_of
from integrations.slack.web import SlackUnsure
from integrations.telling.standing import standing

log = structlog.get_logger()

SOURCE = "slack"
DECIDED = ("article", "escalate")
"""The requests that become a decision."""

GATHERS = timedelta(seconds=30)
"""A digest waits so long for what else comes at the same time."""

REPEATED = timedelta(minutes=2)
"""Slack tells whoever types a command that it failed when our acknowledgement is late or lost: the same so soon after is the same request."""

NOTED = "Kept as a note on the record; it answers nothing. To decide, press Approve, Edit, Reject or Snooze on the card above."
UNHELPFUL_SAID = "Thank you. It is noted on the record, and the articles' owner sees it."


@dataclass(frozen=True)
class Requests:
    """Carries out what agents press and write. `now` is the wall clock."""

    store: SlackStore
    service: Nextplay
    now: Callable[[], datetime]

    async def article(self, click: Click, member: Member) -> str:
        """Search for an article, for a ticket or for a question of one's own."""
        ticket = await self._ticket(click) if click.said.get("ticket") else None
        query = str(click.said.get("text") or "")
        if not ticket and not query:
            raise InvalidInput("Say what you are looking for, or name a ticket.")
        return await self._ask(click, member, "request.search", ticket, {"query": query} if query else {})

    async def escalate(self, click: Click, member: Member) -> str:
        """Escalate a ticket."""
        if not click.said.get("ticket"):
            raise InvalidInput("Name the ticket, for example: /nextplay escalate #1234 the customer cannot log in.")
        return await self._ask(click, member, "request.escalation", await self._ticket(click), {"text": click.said.get("text", "")})

    async def asked(self, click: Click, member: Member, asked: Request) -> str:
        """Carry out what somebody wrote, as it was read."""
        plain = replace(click, said={**click.said, "text": asked.text, "ticket": asked.ticket})
        return await (self.escalate(plain, member) if asked.kind == "escalate" else self.article(plain, member))

    async def send_note(self, click: Click, member: Member) -> str:
        """Put an article that was shown on its ticket, for colleagues."""
        return await self._send(click, member, "request.note")

    async def send_reply(self, click: Click, member: Member) -> str:
        """Propose an article that was shown as an answer to the customer."""
        return await self._send(click, member, "request.reply")

    async def not_helpful(self, click: Click, member: Member) -> str:
        """Note that what was shown did not help."""
        await self.service.colleague(member.email)
        await self.service.not_helpful(click.said["decision"], who=member.email)
        return UNHELPFUL_SAID

    async def reply(self, click: Click, member: Member) -> str:
        """Keep a reply in a card's thread as a note, and say what answers the card; a reply to anything else is a question.

        Who replies at once may be quicker than we know where our card stands: then it is looked at again. What is on its way is
        read first: a card that arrives between the two reads is found by the second.
        """
        channel, thread = click.said["channel"], click.said["thread"]
        on_its_way = await self.store.posting_in(channel)
        post = await self.store.post_at(channel, thread)
        if post is None and on_its_way:
            raise SlackUnsure("chat.postMessage", "a card is on its way to this channel")
        if post is None or post.decision_id is None:
            return await self.asked(click, member, request_of(click.said["text"]))
        await self.service.colleague(member.email)
        await self.service.note(post.decision_id, click.said["text"], who=member.email)
        await self._say(click, NOTED)
        return ""

    async def show(self, click: Click, member: Member) -> str:
        """Bring a card that the budget of attention holds back."""
        post = await self.store.post(click.said["post"])
        if post is None or post.email != member.email:
            return "That card is somebody else's."
        await self.store.change_post(post.id, "waiting", next_at=self.now(), error="pressed")
        return ""

    async def _send(self, click: Click, member: Member, type_: str) -> str:
        decision = await self.service.explain(click.said["decision"])
        return await self._ask(click, member, type_, decision.subject.id, {"article": click.said["article"]})

    async def _ask(self, click: Click, member: Member, type_: str, ticket: str | None, data: dict[str, str]) -> str:
        event = _event(click, member, await self.service.colleague(member.email), type_, ticket, data, self.service.now())
        if again := await self._typed_before(click):
            return again
        await self.service.accept([arrival_of(event)])
        kept = await self.service.event(SOURCE, event.id)
        return "" if kept is None or kept.data.get("click") == click.id else f"This was asked for already. {await self._standing(event.id)}"

    async def _typed_before(self, click: Click) -> str:
        """What to say to who types a command again; empty when it is another request."""
        for earlier in await self.store.clicks_like(click, since=click.received_at - REPEATED) if click.kind in DECIDED else ():
            if await self.service.event(SOURCE, earlier.id) is not None:
                return f"You asked the same a moment ago, which counts once. {await self._standing(earlier.id)}"
        return ""

    async def _standing(self, event_id: str) -> str:
        decision = await self.service.decision_of_event(SOURCE, event_id)
        return standing(decision) if decision else "The answer is on its way."

    async def _ticket(self, click: Click) -> str:
        said = str(click.said["ticket"])
        found = await self.service.ticket(said)
        if found is None:
            raise NotFound(f"There is no ticket {said} that the helpdesk knows.")
        return found

    async def _say(self, click: Click, text: str) -> None:
        at = self.now()
        thread = click.said.get("thread") or click.said.get("ts")
        await self.store.plan(
            [Post(f"hint:{click.id}", "hint", at, at, channel=click.said["channel"], thread=thread, payload={"body": text})]
        )  # fmt: skip


def _event(click: Click, member: Member, person: Person, type_: str, ticket: str | None, data: dict[str, str], at: datetime) -> Event:
    kind, subject = ("ticket", ticket) if ticket else ("question", click.id)
    place = {name: click.said[name] for name in ("channel", "thread", "ts", "private") if click.said.get(name)}
    reply = {**place, "email": member.email, "user": member.user_id}
    return Event(
        source=SOURCE, id=_event_id(click), type=type_, occurred_at=at, received_at=at, subject_kind=kind, subject_id=subject, actor=person.id,
        data={"request": type_.removeprefix("request."), **data, "click": click.id, "reply": reply},
    )  # fmt: skip


def _event_id(click: Click) -> str:
    """What a button below an answer asks for is asked for once, whoever presses it and how often."""
    if not click.said.get("decision"):
        return click.id
    return f"{click.kind}:{click.said['decision']}:{click.said.get('article') or click.said['ticket']}"


@dataclass
class Answering:
    """Plans the posts that answer requests as soon as they are decided, and the digests of what is held back."""

    store: SlackStore
    service: Nextplay
    now: Callable[[], datetime]
    seen: int | None = None

    async def pass_once(self) -> int:
        """Look at what was decided since the last time; how many posts were planned."""
        seen, touched = await self.store.touched_since(self.seen if self.seen is not None else await self.store.first_look())
        posts = [post for decision in sorted(touched) if (post := await self._reply_or_none(decision)) is not None]
        posts += [self._digest(email) for email in await self.store.held_back()]
        new = [post for post in posts if await self.store.post(post.id) is None]
        await self.store.plan(new)
        self.seen = seen
        return len(new)

    async def _reply_or_none(self, decision_id: str) -> Post | None:
        """One that cannot be made keeps nobody else from an answer."""
        try:
            return await self._reply(decision_id)
        except Unavailable:
            raise
        except Exception as error:  # whatever is wrong with this one
            log.exception("a request cannot be answered", decision=decision_id, error=type(error).__name__)
            return None

    async def _reply(self, decision_id: str) -> Post | None:
        try:
            decision = await self.service.explain(decision_id)
        except NotFound:
            return None
        if decision.trigger.source != SOURCE:
            return None
        place, at = (await self.service.event_of(decision)).data.get("reply") or {}, self.now()
        private = bool(place.get("private"))
        return Post(
            f"reply:{decision.id}", "reply", at, at, email=place.get("email"), channel=None if private else place.get("channel"),
            thread=None if private else place.get("thread") or place.get("ts"), decision_id=decision.id,
        )  # fmt: skip

    def _digest(self, email: str) -> Post:
        """One a day for each person; it changes as what is held back changes."""
        at = self.now()
        return Post(f"digest:{email}:{at:%Y-%m-%d}", "digest", at, at + GATHERS, email=email)
