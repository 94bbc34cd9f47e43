"""The listeners of the Bolt app: each writes down what came, acknowledges it, and at most opens a view. The desk does the rest.

HTTP mode and Socket Mode run the same listeners.
"""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from agent.cases import already
from agent.domain.decision import Decision
from agent.errors import NextplayError
from agent.service import Nextplay
from integrations.slack import card as cards
from integrations.slack import modals, story
from integrations.slack.carrying import told_to
from integrations.slack.cases import Cases
from integrations.slack.clicks import Clicks, place_of, team_of, user_of
from integrations.slack.members import Members, NotAdmitted
from integrations.slack.names import Names
from integrations.slack.notices import WHY_DECISION
from integrations.slack.web import SlackBusy, SlackRefused, SlackShut, SlackUnsure, SlackWeb
from integrations.telling import words
from integrations.telling.asking import OPEN
from integrations.telling.case import Case
from tools.ports import SourceError

log = structlog.get_logger()

Body = dict[str, Any]
Build = Callable[[cards.Card], dict[str, Any]]
Prepare = Callable[[Body], Awaitable[dict[str, Any]]]
"""Makes the view that a press opens. Raises NotOpened or NextplayError where there is none."""

PREPARES_S = 1.5
"""A modal must be asked for within three seconds of the press: who pressed, and what it shows, must be known in half of them."""

_TOO_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id"})


class NotOpened(Exception):
    """Nothing is shown to this person. The message says to them why, and what to do."""


@dataclass(frozen=True)
class Listeners:
    """What the listeners work with. `record_url` says where a decision can be read in a browser."""

    web: SlackWeb
    service: Nextplay
    cases: Cases
    clicks: Clicks
    members: Members
    names: Names
    record_url: Callable[[str], str | None]

    def register(self, app: AsyncApp) -> None:
        """Add every listener. What is registered here is what the manifest names."""
        app.action(cards.APPROVE)(self._pressed("approve"))
        app.action(cards.UNDO)(self._pressed("undo"))
        for action, build in ((cards.EDIT, modals.edit), (cards.REJECT, modals.reject), (cards.SNOOZE, modals.snooze)):
            app.action(action)(self._opens(self._to_answer(build)))
        app.action(cards.WHY)(self._opens(self._story))
        app.action(WHY_DECISION)(self._opens(self._story))
        app.view(modals.EDIT_VIEW)(self._edited)
        app.view(modals.REJECT_VIEW)(self._rejected)
        app.view(modals.SNOOZE_VIEW)(self._snoozed)

    # --- buttons ------------------------------------------------------------------------------------------------------

    def _pressed(self, kind: str) -> Callable[..., Awaitable[None]]:
        async def pressed(ack: AsyncAck, body: Body) -> None:
            await self.clicks.keep(kind, body, {"ask": value_of(body)})
            await ack()

        return pressed

    def _opens(self, prepare: Prepare) -> Callable[..., Awaitable[None]]:
        async def opens(ack: AsyncAck, body: Body) -> None:
            await ack()
            try:
                await self._open(body, await self._prepared(body, prepare))
            except NotOpened as why:
                await self._say(body, str(why))

        return opens

    async def _prepared(self, body: Body, prepare: Prepare) -> Body:
        """What is shown, once it is certain that a colleague pressed: a channel may have guests and outsiders. Raises NotOpened."""
        try:
            async with asyncio.timeout(PREPARES_S):
                await self._admit(body)
                return await prepare(body)
        except TimeoutError as error:
            raise NotOpened("That took too long; please press it again.") from error
        except (SlackBusy, SlackUnsure, SlackRefused) as error:
            log.warning("who pressed is not known", why=str(error))
            raise NotOpened("Slack did not tell who you are. Please press it again.") from error
        except SourceError as error:
            raise NotOpened(f"Nothing was opened, for the {error.source} does not answer. Please press it again in a minute.") from error
        except NextplayError as error:
            raise NotOpened(error.message) from error

    async def _admit(self, body: Body) -> None:
        """Raise NotOpened for everybody but colleagues, and what Slack and the directory raise while they do not tell who it is."""
        try:
            member = await self.members.admitted(user_of(body), team_of(body))
        except NotAdmitted as refusal:
            raise NotOpened(str(refusal)) from refusal
        try:
            await self.service.colleague(member.email)
        except NextplayError as error:
            raise NotOpened(told_to(member, error)) from error

    def _to_answer(self, build: Build) -> Prepare:
        async def prepare(body: Body) -> Body:
            card = await self.cases.card(value_of(body))
            if card is None or not card.live:
                raise NotOpened(_too_late(card))
            return build(card) | {"private_metadata": json.dumps({"ask": card.ask.id, **place_of(body)})}

        return prepare

    async def _story(self, body: Body) -> Body:
        return await self.why(await self.service.explain(value_of(body)))

    async def why(self, decision: Decision) -> dict[str, Any]:
        """The story of a decision as a modal."""
        currency = (await self.service.playbook_of(decision)).reporting_currency
        return story.why(Case(decision, self.service.now(), currency), self.record_url(decision.id), await self.names.known())

    async def _open(self, body: Body, view: Body) -> None:
        """Open it. Raises NotOpened."""
        try:
            await self.web.call("views.open", trigger_id=body["trigger_id"], view=view)
        except (SlackRefused, SlackBusy, SlackUnsure) as error:
            log.warning("a view was not opened", why=str(error))
            raise NotOpened(_not_opened(error)) from error

    async def _say(self, body: Body, text: str) -> None:
        await self.clicks.keep("told", body, {"text": text})

    # --- modals that were sent ----------------------------------------------------------------------------------------

    async def _edited(self, ack: AsyncAck, body: Body, view: Body) -> None:
        """Rules and checker speak while the modal is open, so that the words are not lost."""
        meta = json.loads(view["private_metadata"])
        card = await self.cases.card(meta["ask"])
        content, params = modals.edited(card, view) if card else ({}, {})
        said = {**meta, "content": content or None, "params": params or None}
        problem = await self._problem(body, said)
        if problem:
            await ack(response_action="errors", errors={_first_input(view): problem[:2000]})
            return
        await self.clicks.keep("edit" if content or params else "approve", body, said, unique=_sent(view))
        await ack()

    async def _problem(self, body: Body, said: Body) -> str:
        """Why an edit would be refused; empty when it would not."""
        if not said["content"] and not said["params"]:
            return ""
        try:
            member = await self.members.full(str(body["user"]["id"]))
        except (SlackBusy, SlackUnsure, SlackRefused) as error:  # it is judged when it is carried out
            log.info("who edits is not known yet", why=str(error))
            return ""
        try:
            await self.service.check_edit(said["ask"], who=member.email if member else "", content=said["content"], params=said["params"])
        except NextplayError as error:
            return str(error)
        return ""

    async def _rejected(self, ack: AsyncAck, body: Body, view: Body) -> None:
        given = modals.entered(view)
        said = {**json.loads(view["private_metadata"]), "reason": given.get("reason"), "note": given.get("note") or None}
        await self.clicks.keep("reject", body, said, unique=_sent(view))
        await ack()

    async def _snoozed(self, ack: AsyncAck, body: Body, view: Body) -> None:
        until = modals.entered(view).get("until")
        if until:
            await self.clicks.keep("snooze", body, {**json.loads(view["private_metadata"]), "until": until}, unique=_sent(view))
        await ack()


def _not_opened(error: SlackRefused | SlackBusy | SlackUnsure) -> str:
    """What who pressed does about it."""
    match error:
        case SlackRefused() if error.code in _TOO_LATE:
            return "That took too long; please press it again."
        case SlackRefused() | SlackShut():
            return "Slack would not open this; please tell an operator."
        case SlackBusy():
            return f"Nothing was opened, for Slack is busy. Please press it again in {words.several(math.ceil(error.after_s), 'second')}."
        case _:
            return "Slack did not answer. If nothing opened, please press it again."


def _too_late(card: cards.Card | None) -> str:
    """What became of an ask that cannot be answered any more; its card may not show it yet."""
    if card is None or card.asked_again or card.ask.state in OPEN:
        return "This cannot be answered any more; the card shows what became of it."
    return already(card.ask)


def value_of(body: Body) -> str:
    """What the pressed button carries."""
    return str((body.get("actions") or [{}])[0].get("value") or "")


def _sent(view: Body) -> str:
    """One modal is sent once."""
    return f"{view['id']}:{view.get('hash', '')}"


def _first_input(view: Body) -> str:
    """Where an error is shown: at the text that was edited, else at the first field."""
    inputs = [str(block["block_id"]) for block in view["blocks"] if block["type"] == "input"]
    return next((block for block in inputs if block.startswith(modals.CONTENT + "body")), inputs[0])
