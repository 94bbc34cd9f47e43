"""Carrying out what people pressed: one call of the service for each click, and a word to who pressed it where the card does not say it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from agent.domain.records import Approval
from agent.errors import NextplayError, Unauthorised
from agent.service import Nextplay
from integrations.db.slack import Click, Member, SlackStore
from integrations.slack import blocks as b
from integrations.slack.lanes import in_lanes
from integrations.slack.members import Members, NotAdmitted
from integrations.slack.names import Names
from integrations.slack.web import SlackBusy, SlackRefused, SlackUnsure, SlackWeb

log = structlog.get_logger()

ATTEMPTS = 8
SLACK_RESTS = timedelta(seconds=5)
"""How long a click waits for a Slack that does not answer."""

ANSWERS = ("approve", "edit", "reject", "snooze", "undo")

Carry = Callable[[Click, Member], Awaitable[str]]
"""Does what a click asks for, and says what the person must be told; empty when the card says it."""


@dataclass(frozen=True)
class Carrying:
    """Takes clicks in the order in which they came to an ask. `others` are the kinds besides answers."""

    store: SlackStore
    web: SlackWeb
    members: Members
    service: Nextplay
    names: Names
    now: Callable[[], datetime]
    others: Mapping[str, Carry]

    async def pass_once(self) -> int:
        """Carry out every click that is due; how many were."""
        return await in_lanes(await self.store.due_clicks(self.now()), lambda click: click.said.get("ask") or click.user_id, self._try)

    async def _try(self, click: Click) -> bool:
        try:
            await self._tell(click, await self._carry(click))
        except (SlackBusy, SlackUnsure) as error:  # Slack's own trouble, however long it lasts, costs nobody their click
            await self.store.change_click(click.id, error=str(error), next_at=self.now() + SLACK_RESTS)
            return False
        except Exception as error:  # noqa: BLE001  whatever goes wrong with one click, the next person's must not wait for it
            log.warning("a click was not carried out", click=click.id, error=type(error).__name__, why=str(error))
            await self._failed(click, f"{type(error).__name__}: {error}")
            return False
        await self.store.change_click(click.id, state="done", attempts=click.attempts + 1)
        return True

    async def _failed(self, click: Click, why: str) -> None:
        attempts = click.attempts + 1
        state = "dead" if attempts >= ATTEMPTS else "new"
        wait = timedelta(seconds=2**click.attempts)
        await self.store.change_click(click.id, state=state, attempts=attempts, error=why, next_at=self.now() + wait)

    async def _carry(self, click: Click) -> str:
        try:
            member = await self.members.admitted(click.user_id, click.team_id)
        except NotAdmitted as refusal:
            return str(refusal)
        try:
            if click.kind in ANSWERS:
                return await self._answer(click, member)
            return await self.others[click.kind](click, member)
        except NextplayError as error:
            return told_to(member, error)

    async def _answer(self, click: Click, member: Member) -> str:
        said = click.said
        until = datetime.fromisoformat(said["until"]) if said.get("until") else None
        result = await self.service.answer(
            said["ask"], click.kind, who=member.email, reason=said.get("reason"), note=said.get("note"), content=said.get("content"),
            params=said.get("params"), until=until,
        )  # fmt: skip
        if not result.won and _is_theirs(result.approval, click, member):
            return ""
        return result.says if not result.won or click.kind in ("snooze", "undo") or said.get("reason") == "not_mine" else ""

    async def _tell(self, click: Click, words: str) -> None:
        """Say it to this person alone. Words that cannot be delivered are no reason to lose the click."""
        if not words or not click.said.get("channel"):
            return
        try:
            await self._whisper(click, b.fallback(words), [b.rich(b.section(*b.told(words, await self.names.known())))])
        except (SlackRefused, SlackUnsure) as error:
            log.info("a word to a person was not delivered", click=click.id, why=str(error))

    async def _whisper(self, click: Click, text: str, blocks: list[b.Block]) -> None:
        """Beside the card; in a channel that we are not in by the command's own way back, else directly."""
        place = {"channel": click.said["channel"], "user": click.user_id, "thread_ts": click.said.get("thread")}
        try:
            await self.web.call("chat.postEphemeral", text=text, blocks=blocks, **place)
        except SlackRefused as error:
            log.info("a word to a person goes another way", click=click.id, why=str(error))
            if not click.said.get("respond") or not await self.web.respond(click.said["respond"], text, blocks):
                await self.web.call("chat.postMessage", channel=click.user_id, text=text, blocks=blocks)


def _is_theirs(ask: Approval, click: Click, member: Member) -> bool:
    """Whether the answer that counts is this very one: pressed twice, or carried out before a crash. The card shows it."""
    return (ask.answered_by, ask.answer) == (member.email, click.kind)


def told_to(member: Member, error: NextplayError) -> str:
    """A refusal as it is said to its person: where it speaks of who may, it says «you»."""
    if isinstance(error, Unauthorised):
        return str(error).replace(f"{member.email} is", "You are").replace(member.email, "You")
    return error.message
