"""What a decision left behind, from its record; and what it would have left, had it been decided otherwise."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from agent.domain.candidates import Candidate
from agent.domain.decision import Decision
from agent.domain.evidence import Evidence, OpenProposal, Past, Touch
from agent.domain.hindsight import Trace
from agent.domain.plays import Play, StepKind
from agent.domain.records import APPROVED, DATA_TASK
from agent.graph.papers import OPENING_ROUTES
from tools.tickets import OURS

OVERRIDDEN = "overridden"


def delivered_at(decision: Decision) -> datetime | None:
    """The moment of its last effect; None when nothing was done."""
    return max((one.at for one in decision.actions if one.state == "done" and one.kind != DATA_TASK), default=None)


def trace_of(decision: Decision, evidence: Evidence) -> Trace:
    """What a decision left behind, as later ones of the family read it."""
    chosen, account = decision.chosen, evidence.account or ""
    if chosen is None or decision.proposal is None:
        return Trace(decision.id, account)
    recipient = decision.proposal.recipient or chosen.recipient or ""
    about = _Left(decision.id, chosen.play, chosen.kind, account, evidence.event.subject_id, recipient, chosen.material or "")
    sent = [one.at for one in decision.actions if one.state == "done" and one.kind == StepKind.SEND.value]
    done = delivered_at(decision)
    rejected = [(one.at, one.reason or "") for one in decision.approvals if one.state == "rejected" and one.at is not None]
    past = [*([about.past("delivered", done)] if done else []), *(about.past("rejected", at, label) for at, label in rejected)]
    if decision.outcome is not None and OVERRIDDEN in decision.outcome.guardrails:
        past.append(about.past("overridden", decision.outcome.at or decision.created_at))
    opens = decision.route in OPENING_ROUTES
    return Trace(
        decision.id, account, tuple(about.touch(at, chosen.channel, chosen.purpose) for at in sent), tuple(past),
        about.proposal(decision.proposal.digest) if opens else None, decision.created_at if opens else None, _ended(decision, done),
    )  # fmt: skip


def _ended(decision: Decision, done: datetime | None) -> datetime | None:
    """Since when the proposal does not wait any more; None: it still does, as far as the record shows."""
    answered = [one.at for one in decision.approvals if one.at is not None and one.state not in APPROVED]
    expired = [one.expires_at for one in decision.approvals if one.state in ("expired", "superseded", "blocked", "void") and one.at is None]
    return done or min([*answered, *expired], default=None)


@dataclass(frozen=True, slots=True)
class Instead:
    """What a decision would have been: a choice of a play on a route, perhaps at a later moment."""

    chosen: Candidate
    play: Play
    route: str
    until: datetime | None
    digest: str


def trace_instead(decision: Decision, evidence: Evidence, instead: Instead | None, undo: timedelta) -> Trace:
    """What it would have left. None: nothing was chosen. An ask is answered as the original was."""
    was = trace_of(decision, evidence)
    if instead is None or instead.route not in OPENING_ROUTES:
        return Trace(decision.id, was.account)
    same = instead.chosen.id == decision.choice
    if same and instead.route in ("ask", decision.route) and decision.route in OPENING_ROUTES:
        return _otherwise_worded(was, instead)
    chosen = instead.chosen
    about = _Left(decision.id, chosen.play, chosen.kind, was.account, evidence.event.subject_id, chosen.recipient or "", chosen.material or "")
    pending = Trace(decision.id, was.account, proposal=about.proposal(instead.digest), opened=evidence.at)
    if instead.route == "ask" and decision.route == "ask":
        return _answered(decision, pending, about, instead)
    soonest = evidence.at + undo if chosen.customer_visible else evidence.at
    return _done(pending, about, instead, soonest if instead.until is None else max(instead.until, soonest))


def _otherwise_worded(was: Trace, instead: Instead) -> Trace:
    """The same, with what it says, and not before the moment until which it waits."""
    proposal = replace(was.proposal, digest=instead.digest) if was.proposal is not None else None
    later = instead.until if instead.route == "deferred" else None
    waits_on = later is not None and any(one.what == "delivered" for one in was.past)
    ended = max(was.ended, later) if waits_on and later is not None and was.ended is not None else was.ended
    return replace(was, touches=_at(was.touches, later), past=_at(was.past, later), proposal=proposal, ended=ended)


T = TypeVar("T", Touch, Past)


def _at(left: tuple[T, ...], until: datetime | None) -> tuple[T, ...]:
    """What is left, none of it before the moment until which it waits."""
    return tuple(replace(one, at=max(one.at, until)) if until is not None else one for one in left)


def _answered(decision: Decision, pending: Trace, about: "_Left", instead: Instead) -> Trace:
    """Another choice than that which people were asked about, with their answer to that."""
    rejected = next((one for one in decision.approvals if one.state == "rejected" and one.at is not None), None)
    if rejected is not None and rejected.at is not None:
        return replace(pending, past=(about.past("rejected", rejected.at, rejected.reason or ""),), ended=rejected.at)
    done = delivered_at(decision)
    if done is None:
        return replace(pending, ended=_ended(decision, None))
    return _done(pending, about, instead, max(instead.until or done, done))


def _done(pending: Trace, about: "_Left", instead: Instead, at: datetime) -> Trace:
    sends = sum(step.do is StepKind.SEND for step in instead.play.steps)
    touches = tuple(about.touch(at, instead.chosen.channel, instead.chosen.purpose) for _ in range(sends))
    return replace(pending, touches=touches, past=(about.past("delivered", at),), ended=at)


class _Left:
    """Whom and what the traces of one choice name."""

    def __init__(self, decision: str, play: str, kind: str, account: str, subject: str, recipient: str, material: str) -> None:
        self._decision, self._play, self._kind, self._account = decision, play, kind, account
        self._subject, self._recipient, self._material = subject, recipient, material

    def touch(self, at: datetime, channel: str, purpose: str) -> Touch:
        return Touch(self._recipient, self._account, at, channel, purpose, OURS, "sent", self._material, "out", ours=True)

    def past(self, what: str, at: datetime, label: str = "") -> Past:
        names = (self._decision, self._play, self._kind, self._account, self._subject, self._recipient, self._material)
        return Past(*names, what, at, label)  # type: ignore[arg-type]  # one of the three

    def proposal(self, digest: str) -> OpenProposal:
        return OpenProposal(self._decision, self._play, "", self._account, self._recipient, digest, self._subject)
