"""App Home: what waits for me, what I answered lately and what came of it, and how much of my attention may be taken."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from agent.domain.decision import Decision
from agent.domain.records import APPROVED, Approval
from agent.domain.spoken import spoken
from agent.errors import NextplayError
from agent.service import Nextplay
from integrations.db.slack import AttentionSetting, Click, Member, SlackStore
from integrations.slack import blocks as b
from integrations.slack.blocks import Block, Element
from integrations.slack.card import WHY
from integrations.slack.members import Members
from integrations.slack.names import Names
from integrations.slack.web import SlackBusy, SlackRefused, SlackUnsure, SlackWeb
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.standing import mending, standing

log = structlog.get_logger()

OPEN_AT_ONCE, A_DAY, QUIET = "nextplay_attention_open", "nextplay_attention_per_day", "nextplay_attention_quiet"
ATTENTION_ACTIONS = (OPEN_AT_ONCE, A_DAY, QUIET)
FOLLOW = "surface"
"""The choice that follows the surface's own setting."""

MOST_WAITING, MOST_ANSWERED = 12, 8
COUNTS = (FOLLOW, "3", "5", "10", "20", "50")
QUIETS = (FOLLOW, "22:00-06:00", "19:00-07:30", "18:00-09:00", "00:00-00:00")


@dataclass(frozen=True)
class Homes:
    """Publishes each person's own page. `now` is the wall clock."""

    web: SlackWeb
    store: SlackStore
    service: Nextplay
    members: Members
    names: Names
    now: Callable[[], datetime]

    async def publish(self, user_id: str) -> None:
        """Show a person their page as it is now."""
        try:
            member = await self.members.full(user_id)
            view = await self.view(member) if member is not None else _stranger()
            await self.web.call("views.publish", user_id=user_id, view=view)
        except (SlackRefused, SlackBusy, SlackUnsure) as error:
            log.info("a home page was not published", why=str(error))

    async def view(self, member: Member) -> dict[str, Any]:
        """The page of one member."""
        waiting = [ask for ask in await self.service.waiting() if member.email in ask.asked]
        answered = await self.service.answered_by(member.email, at_most=MOST_ANSWERED)
        shown = [
            b.header(words.several(len(waiting), "ask waits", "asks wait") + " for you" if waiting else "Nothing waits for you"),
            *[block for ask in sorted(waiting, key=lambda one: one.expires_at)[:MOST_WAITING] for block in await self._waiting(ask)],
            *([b.context(f"and {len(waiting) - MOST_WAITING} more")] if len(waiting) > MOST_WAITING else []),
            b.divider(), b.header("What you answered lately"), *await self._answered(answered),
            b.divider(), b.header("Your attention"), *_settings(await self.store.attention(member.email)),
        ]  # fmt: skip
        return {"type": "home", "blocks": shown[: b.MOST_VIEW_BLOCKS]}

    async def _waiting(self, ask: Approval) -> list[Block]:
        title = await self.title_of(ask)
        line = b.section(b.words(title, bold=True), b.words(f"\nas {words.role(ask.needed_role)}, until "), b.moment(ask.expires_at))
        return [b.rich(line), b.actions(b.button("Why", WHY, ask.id), block_id=f"waiting:{ask.id}")]

    async def _answered(self, asks: Sequence[Approval]) -> list[Block]:
        if not asks:
            return [b.rich(b.section(b.words("Nothing yet.")))]
        return [b.rich(b.bullets([await self._came_of_it(ask) for ask in asks]))]

    async def _came_of_it(self, ask: Approval) -> list[Element]:
        line = [b.words(b.cut(await self.title_of(ask), 120), bold=True), b.words(f" — {ask.state}"), b.words(", ")]
        if ask.at is not None:
            line.append(b.moment(ask.at))
        came = came_of(await self.service.explain(ask.decision_id), ask)
        return [*line, b.words(" · ", italic=True), *b.told(came, await self.names.known(), italic=True)]

    async def title_of(self, ask: Approval) -> str:
        """The play and the account of an ask."""
        try:
            case = Case(await self.service.explain(ask.decision_id), self.service.now())
        except NextplayError:
            return ask.decision_id
        return " · ".join(part for part in (case.chosen.title if case.chosen else "Proposal", case.account_name()) if part)

    async def set_attention(self, click: Click, member: Member) -> str:
        """Keep what a person chose for themselves, and show the page anew."""
        await self.service.colleague(member.email)
        setting, value = await self.store.attention(member.email), str(click.said["value"])
        chosen = None if value == FOLLOW else value
        count = int(chosen) if chosen in COUNTS and chosen is not None else None
        match click.said["setting"]:
            case "nextplay_attention_quiet":
                setting = replace(setting, quiet=chosen if chosen in QUIETS else None)
            case "nextplay_attention_open":
                setting = replace(setting, open=count)
            case _:
                setting = replace(setting, per_day=count)
        await self.store.set_attention(member.email, setting)
        await self.store.make_room(member.email, self.now())
        await self.publish(click.user_id)
        return ""


def came_of(decision: Decision, ask: Approval) -> str:
    """What an answer led to, as far as it is known."""
    outcome = decision.outcome
    if outcome is not None and outcome.result:
        return f"outcome: {words.role(outcome.result)}{f', {spoken(outcome.metric)}' if outcome.metric else ''}"
    if ask.state not in APPROVED:
        return mending(decision) or "nothing was done"
    return f"{standing(decision).rstrip('.')}; outcome not known yet"


def _settings(setting: AttentionSetting) -> list[Block]:
    rows: tuple[tuple[str, str, tuple[str, ...], Any], ...] = (
        ("Open cards at once", OPEN_AT_ONCE, COUNTS, setting.open), ("New cards a day", A_DAY, COUNTS, setting.per_day),
        ("Quiet hours, in your time", QUIET, QUIETS, setting.quiet),
    )  # fmt: skip
    shown: list[Block] = [b.context("Beyond this, asks wait and come as one digest. What a rule requires at once always comes through.")]
    for label, action, choices, value in rows:
        options = [b.option(_choice(choice), choice) for choice in choices]
        initial = options[choices.index(str(value))] if str(value) in choices else options[0]
        chooser = b.select(action, options, initial)
        shown.append({"type": "section", "block_id": action, "text": b.plain(label, 150), "accessory": chooser})
    return shown


def _choice(choice: str) -> str:
    return {FOLLOW: "Usual setting", "00:00-00:00": "None"}.get(choice, choice.replace("-", " to "))


def _stranger() -> dict[str, Any]:
    return {"type": "home", "blocks": [b.rich(b.section(b.words("Nextplay does not know you yet: ask an operator to add you to the directory.")))]}
