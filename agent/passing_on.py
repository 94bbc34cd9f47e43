"""Passing an ask on: to others who may answer it, and where there is nobody, to the surface's channel."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agent.cases import Answer, AnswerResult, OpenCase, may_answer
from agent.domain.approvers import AND, engaged_beside, passed_on_by, resolve, to_tell
from agent.domain.decision import Decision
from agent.domain.plays import Surface, channel_for
from agent.domain.records import Approval, Message
from agent.errors import Refused
from agent.graph import cards
from agent.ports import AuditEntry, Store


@dataclass(frozen=True, slots=True)
class Passed:
    """To whom an ask is passed on (people, or a channel), what changes of it, and the cards for those who have none of it yet."""

    to: list[str]
    changes: dict[str, Any]
    cards: list[Message]


def pass_on(
    decision: Decision, ask: Approval, surface: Surface, to: Sequence[str], *,
    asked: Sequence[str], at: datetime, kind: str, without: Set[str] = frozenset(),
) -> Passed | None:  # fmt: skip
    """Put the ask before `to`, so that `asked` are asked from then on, and those `without` whom it goes may not answer any more.

    Where `to` is empty it is put in the channel. None where there is none either.
    """
    allowed = (email for email in [*ask.allowed, *to] if email not in without)
    changes: dict[str, Any] = {"asked": tuple(asked), "allowed": tuple(dict.fromkeys(allowed))}
    passed_on = replace(ask, **changes)
    if to:
        new = [email for email in to if email not in ask.asked]
        return Passed([*to], changes, [cards.reminder(decision, passed_on, at, to=new, kind=kind)] if new else [])
    channel = channel_for(surface, sensitive=decision.sensitive.value)
    return Passed([f"the channel {channel}"], changes, [cards.channel_card(decision, passed_on, channel, at)]) if channel else None


async def reroute(store: Store, case: OpenCase, ask: Approval, answer: Answer) -> AnswerResult:
    """`not mine` is no judgement of the proposal: the surface's fallback is asked instead, or else its channel."""
    if case.withdrawn:
        raise Refused(f"It is not passed on: {case.withdrawn}.", "Nothing is done with it any more.")
    gone = passed_on_by(case.approvals) | {answer.who}
    to = _fallback(case, ask, gone)
    kind = f"rerouted_{len(gone)}" if len(gone) > 1 else "rerouted"
    passed = pass_on(case.decision, ask, _surface(case), to, asked=to, at=case.at, kind=kind, without=gone)
    if passed is None or not (to or may_answer(case, ask) - gone):
        raise Refused("There is nobody else who could answer this.", "Reject it with another reason, or approve it.")
    audit = AuditEntry("rerouted", answer.who, case.decision.id, {"approval": ask.id, "to": passed.to}, case.at)
    said = {"routing": f"passed on with the words: {answer.note}"} if answer.note else {}
    by = AND.join(filter(None, [ask.passed_on_by, answer.who]))
    changes = {**passed.changes, **said, "passed_on_by": by, "passed_on_at": case.at}
    done = await store.change_ask(ask.id, changes, passed.cards, audit)
    return AnswerResult(done, replace(ask, **passed.changes), f"Passed on to {', '.join(passed.to)}.")


def passed_on(case: OpenCase, who: str) -> AnswerResult | None:
    """What somebody is told who passed it on before; None for everybody else."""
    ask = next((ask for ask in case.current if who in passed_on_by([ask])), None)
    return AnswerResult(False, ask, f"Already passed on to {', '.join(ask.asked) or 'the channel'}. Nothing was changed.") if ask else None


async def unreached(store: Store, case: OpenCase, ask: Approval, who: str | None, why: str) -> None:
    """Somebody who was asked cannot be written to, or (None) a channel cannot: ask elsewhere, and where nobody is left tell operators, once."""
    if ask.state not in ("open", "snoozed") or case.withdrawn:
        return
    others = [email for email in ask.asked if email != who]
    to = [email for email in _fallback(case, ask, passed_on_by(case.approvals)) if email not in ask.asked]
    passed = pass_on(case.decision, ask, _surface(case), to, asked=[*others, *to], at=case.at, kind="unreached") if who else None
    if passed is not None:
        audit = AuditEntry("unreached", "nextplay", case.decision.id, {"approval": ask.id, "who": who, "why": why, "to": passed.to}, case.at)
        await store.change_ask(ask.id, {**passed.changes, "routing": f"{who} cannot be reached: {why}"}, passed.cards, audit)
        return
    operators = to_tell(case.evidence.people, "operator", "revops")
    await store.add_messages([cards.unreached_alarm(case.decision, ask, why, operators, case.at)])


def _fallback(case: OpenCase, ask: Approval, without: Set[str]) -> Sequence[str]:
    surface, engaged = _surface(case), engaged_beside(ask, case.current) | without
    return resolve(surface.review.fallback, surface, case.evidence, requester=ask.requester, engaged=engaged).asked


def _surface(case: OpenCase) -> Surface:
    return case.playbook.surfaces[case.decision.surface]  # it is there: what has lost its surface is withdrawn
