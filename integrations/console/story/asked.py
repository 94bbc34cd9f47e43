"""Who was asked, what they saw, and what they said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from agent.conversing import Story
from agent.domain.decision import ApprovalRecord
from agent.domain.fact_names import in_words
from agent.domain.records import Approval
from integrations.console.story.since import Since, doubts, named, since
from integrations.console.tones import STATE_TONES
from integrations.reports import Tone
from integrations.sandbox.slack.page.reader import Reader
from integrations.sandbox.slack.page.rendering import message
from integrations.sandbox.slack.roster import Member
from integrations.slack.card import render
from integrations.slack.cases import card_of
from integrations.telling import words
from integrations.telling.aftermath import of_ask


@dataclass(frozen=True, slots=True)
class Asked:
    """One ask. `card` is the card as it was put to people, by our own renderer, which escapes; None where that cannot be told any more.

    `since` is what of it has changed since then, and when, `doubts` what may have been otherwise; `told` are further words under their labels.
    """

    id: str
    round: int
    role: str
    state: tuple[str, Tone]
    open: bool
    asked: Sequence[str]
    asked_at: datetime
    expires_at: datetime
    answered_by: str
    at: datetime | None
    reason: str
    told: dict[str, str]
    differences: Sequence[str]
    card: Markup | None
    since: Sequence[Since]
    doubts: Sequence[str]


def asks(story: Story, zone: ZoneInfo) -> list[Asked]:
    """Every ask, in the order in which people were asked."""
    by_id = {ask.id: ask for ask in story.asks}
    return [_asked(story, by_id[ask.id], ask, zone) for ask in story.decision.approvals if ask.id in by_id]


def _asked(story: Story, ask: Approval, record: ApprovalRecord, zone: ZoneInfo) -> Asked:
    told = {label: words.one_line(text) for label, text in of_ask(record).items() if label != "what had changed"}
    return Asked(
        ask.id, ask.round, words.role(ask.needed_role), (ask.state, STATE_TONES.get(ask.state, "plain")), ask.state in ("open", "snoozed"),
        [named(story, email) for email in ask.asked], ask.created_at, ask.expires_at,
        named(story, ask.answered_by) if ask.answered_by else "", ask.at, words.role(ask.reason or ""), told,
        [words.one_line(in_words(line)) for line in ask.difference], _card(story, ask, zone), since(story, ask),
        list(doubts(story, ask)),
    )  # fmt: skip


def _card(story: Story, ask: Approval, zone: ZoneInfo) -> Markup | None:
    """The card as anybody in the channel saw it then. Colleagues stand in it as members, whether or not the workspace knows them."""
    then = story.then.get(ask.id)
    if then is None:
        return None
    members = {email: email for email in story.names if "@" in email}
    card = card_of(then.decision, then.ask, then.asks, story.playbook, members, ask.created_at)
    reader = Reader(Member("", "", "", timezone=zone.key), dict(story.names), {}, lambda: ask.created_at)
    return message(render(card).blocks, reader)
