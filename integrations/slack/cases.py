"""What the cards show: a decision with its asks, its play and where it stands, read from the service."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from agent.domain.decision import Decision
from agent.domain.playbook import Playbook
from agent.domain.plays import Attention
from agent.domain.records import Approval
from agent.errors import NotFound
from agent.service import Nextplay
from integrations.slack.card import Card, mentioned
from integrations.slack.members import Members
from integrations.slack.names import Names
from integrations.telling.asking import undo_until
from integrations.telling.case import Case


class Cases:
    """Reads what is shown. `now` is the deployment's clock, by which asks end."""

    def __init__(self, service: Nextplay, members: Members, names: Names) -> None:
        self._service = service
        self._members = members
        self._names = names

    async def card(self, approval_id: str, reader: str | None = None) -> Card | None:
        """The card of an ask as it stands now, for a reader (by address) or a channel; None when there is no such ask any more."""
        try:
            decision = await self._service.explain(approval_id)
        except NotFound:
            return None
        asks = await self._service.asks(decision.id)
        ask = next((one for one in asks if one.id == approval_id), None)
        if ask is None:
            return None
        playbook = await self._service.playbook_of(decision)
        card = card_of(decision, ask, asks, playbook, await self._members.ids(mentioned(ask)), self._service.now())
        return replace(card, reader=reader, names=await self._names.known())

    async def attention(self, decision: Decision) -> Attention:
        """The budget of the decision's surface."""
        surface = (await self._service.playbook_of(decision)).surfaces.get(decision.surface)
        return surface.attention if surface else Attention()

    async def attention_for(self, decision_id: str) -> Attention:
        """The budget of the surface of a decision; the usual one where it is gone."""
        try:
            return await self.attention(await self._service.explain(decision_id))
        except NotFound:
            return Attention()


def card_of(decision: Decision, ask: Approval, every: Sequence[Approval], playbook: Playbook, members: Mapping[str, str], now: datetime) -> Card:
    """The card of an ask, of `every` ask of its decision, as it stands now. `members`: Slack's ids of colleagues by address."""
    case = Case(decision, now, playbook.reporting_currency)
    play = playbook.plays.get(case.chosen.play) if case.chosen else None
    current = [one for one in every if one.round == ask.round]
    return Card(case, ask, play, members, current, undo_until(decision, ask, now), asked_again=any(one.round > ask.round for one in every))


def protective(decision: Decision) -> bool:
    """Whether the ask is about a play that a rule requires: no budget and no quiet hours hold it back."""
    return any(reason.code == "required" for reason in decision.reasons)
