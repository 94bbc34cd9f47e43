"""What a post should say now, whatever it is: a card, a reply to a request, a digest, a notice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from agent.domain.decision import Decision
from agent.errors import NotFound
from agent.service import Nextplay
from integrations.db.slack import CARDS, Post, SlackStore
from integrations.slack import replies
from integrations.slack.card import Card, Shown, render
from integrations.slack.cases import Cases
from integrations.slack.digest import Held, digest
from integrations.slack.names import Names
from integrations.slack.notices import hint, notice, outcome, reminder
from integrations.telling.case import Case

STANDS_FOR = timedelta(days=45)
"""A card without an outcome is left as it is after so long."""

FOLLOWED = (*CARDS, "reply", "digest")
"""Kinds of posts that change when something happens."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What to show: None when there is nothing to say any more. `over` when it will not change again, `again` when to look anew."""

    shown: Shown | None
    card: Card | None = None
    over: bool = False
    again: timedelta | None = None


@dataclass(frozen=True)
class Rendering:
    """Renders posts from what is stored."""

    store: SlackStore
    service: Nextplay
    cases: Cases
    names: Names

    async def of(self, post: Post) -> Rendered:
        """The post as it should stand now."""
        if post.kind in CARDS and post.approval_id:
            return await self._card(post.approval_id, post.email, posted=post.ts is not None)
        if post.kind == "reply" and post.decision_id:
            return await self._reply(post.decision_id, alone=post.channel is None or post.channel.startswith("D"))
        if post.kind == "digest" and post.email:
            return await self._digest(post.email, posted=post.ts is not None)
        if post.kind == "reminder" and post.approval_id:
            return await self._reminder(post.approval_id, post.email)
        if post.kind == "hint":
            return Rendered(hint(post), over=True)
        names = await self.names.known()
        return Rendered(outcome(post, names) if post.kind == "outcome" else notice(post, names), over=True)

    async def _card(self, approval_id: str, reader: str | None, *, posted: bool) -> Rendered:
        card = await self.cases.card(approval_id, reader)
        if card is None or not (card.live or posted):
            return Rendered(None, over=True)
        again = card.undo_until - card.case.now if card.undo_until else None
        return Rendered(render(card), card, over=not card.live and again is None and _over(card.case), again=again)

    async def _reminder(self, approval_id: str, reader: str | None) -> Rendered:
        card = await self.cases.card(approval_id, reader)
        return Rendered(reminder(card) if card is not None and card.live else None, over=True)

    async def _reply(self, decision_id: str, *, alone: bool) -> Rendered:
        try:
            decision = await self.service.explain(decision_id)
        except NotFound:
            return Rendered(None, over=True)
        case = Case(decision, self.service.now())
        event, materials = await self.service.event_of(decision), await self.service.materials_of(decision)
        return Rendered(replies.reply(case, event, materials, await self.names.known(), alone=alone), over=_quiet(decision))

    async def _digest(self, email: str, *, posted: bool) -> Rendered:
        held = await self.held_back(email)
        if not held and not posted:
            return Rendered(None, over=True)
        return Rendered(digest(held), over=not held)

    async def held_back(self, email: str) -> list[Held]:
        """A person's asks that wait because enough stands before them already: in the order in which they come."""
        found = []
        for post in await self.store.held_posts(email):
            card = await self.cases.card(post.approval_id or "", post.email)
            if card is not None and card.live:
                found.append(Held(post.id, card))
        return sorted(found, key=lambda held: held.order)


def _over(case: Case) -> bool:
    decision = case.decision
    known = decision.outcome is not None and decision.outcome.result is not None
    return known or case.now - decision.created_at > STANDS_FOR


def _quiet(decision: Decision) -> bool:
    """Whether a request has had its whole answer: nothing is being done, and nobody is being asked."""
    busy: Sequence[str] = [a.state for a in decision.actions if a.state in ("planned", "started")]
    return not busy and not any(ask.state in ("open", "snoozed") for ask in decision.approvals) and decision.route != "act"
