"""The clock of asks: reminders, passing on to a stand-in, waking snoozed ones, and the end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from agent.deployment import Ports
from agent.domain.approvers import LEADS, engaged_beside, passed_on_by, resolve, to_tell
from agent.domain.decision import Decision
from agent.domain.evidence import Person
from agent.domain.modes import held_by
from agent.domain.records import Approval, Message
from agent.domain.revalidation import no_longer_done
from agent.graph import cards
from agent.graph.storing import evidence_from_json
from agent.graph.withdrawing import withdraw
from agent.passing_on import pass_on
from agent.ports import AuditEntry


class AskClock:
    """Moves every open ask on by the time that has passed. Each change is a compare-and-set, so a person's answer always wins."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def pass_at(self, at: datetime) -> int:
        """Returns how many asks were moved. The decision is read only of those to which something may be due: most only wait."""
        moved, playbook, caps = 0, self._ports.playbook(), await self._ports.store.caps()
        for one in await self._ports.store.open_asks():
            if _is_due(one.ask, at) or no_longer_done(playbook, one.surface, one.play, one.trigger, held_by(caps, one.surface)):
                moved += await self._look_at(one.ask, at)
        return moved

    async def _look_at(self, ask: Approval, at: datetime) -> bool:
        decision = await self._ports.store.decision(ask.decision_id)
        if decision is None:
            return False
        return await withdraw(self._ports.store, self._ports.playbook(), decision, at) or await self._move(decision, ask, at)

    async def _move(self, decision: Decision, ask: Approval, at: datetime) -> bool:
        if ask.expires_at <= at:
            return await self._expire(decision, ask, at)
        if ask.state == "snoozed":
            return bool(ask.snoozed_until and ask.snoozed_until <= at) and await self._wake(decision, ask, at)
        if ask.delegate_at is not None and ask.delegate_at <= at:
            return await self._pass_on(decision, ask, at)
        if ask.remind_at is not None and ask.remind_at <= at:
            card = cards.reminder(decision, ask, at, to=ask.asked, kind="remind")
            return await self._change(ask, {"remind_at": None}, [card], "reminded", at)
        return False

    async def _expire(self, decision: Decision, ask: Approval, at: datetime) -> bool:
        """A missed ask is told to those who missed it, and to the leads when a rule required the play."""
        required = any(r.code == "required" for r in decision.reasons)
        to = [*ask.asked, *(await self._leads(at) if required else ())]
        card = cards.missed(decision, ask, at, to=to, alarm=required)
        return await self._change(ask, {"state": "expired", "at": at}, [card], "expired", at)

    async def _wake(self, decision: Decision, ask: Approval, at: datetime) -> bool:
        card = cards.reminder(decision, ask, at, to=ask.asked, kind=f"snoozed_{at:%Y%m%d%H%M}")
        return await self._change(ask, {"state": "open", "snoozed_until": None}, [card], "woken", at)

    async def _pass_on(self, decision: Decision, ask: Approval, at: datetime) -> bool:
        """Nobody answered in time: ask who stands in, besides those already asked; where nobody does, in the surface's channel."""
        stored = await self._ports.store.evidence(decision.id)
        if not stored:
            return False
        people = tuple(await self._ports.sources.directory.people(at))
        away = tuple(_as_absent(p, at) if p.email in ask.asked else p for p in people)
        evidence = replace(evidence_from_json(stored), people=away, at=at)
        asks = await self._ports.store.approvals(decision.id)
        engaged = engaged_beside(ask, asks) | passed_on_by(asks)
        surface = self._ports.playbook().surfaces[decision.surface]
        other = resolve(ask.needed_role, surface, evidence, requester=ask.requester, engaged=engaged)
        to = tuple(email for email in other.asked if email not in ask.asked)
        passed = pass_on(decision, ask, surface, to, asked=(*ask.asked, *to), at=at, kind="delegated") if to or ask.asked else None
        changes = {**(passed.changes if passed else {}), "delegate_at": None}
        return await self._change(ask, changes, passed.cards if passed else [], "passed_on", at)

    async def _change(self, ask: Approval, changes: dict[str, Any], messages: list[Message], what: str, at: datetime) -> bool:
        entry = AuditEntry(what, "clock", ask.decision_id, {"approval": ask.id}, at)
        return await self._ports.store.change_ask(ask.id, changes, messages, entry)

    async def _leads(self, at: datetime) -> Sequence[str]:
        return to_tell(await self._ports.sources.directory.people(at), *LEADS)


def _is_due(ask: Approval, at: datetime) -> bool:
    """Whether one of its moments has come. Until it is woken, a snoozed one only ends."""
    moments = (ask.snoozed_until,) if ask.state == "snoozed" else (ask.delegate_at, ask.remind_at)
    return any(moment is not None and moment <= at for moment in (ask.expires_at, *moments))


def _as_absent(person: Person, at: datetime) -> Person:
    """Somebody who did not answer counts as away when a stand-in is looked for."""
    return replace(person, away_until=person.away_until or at)
