"""The past as it would have been: what earlier decisions left behind is taken out of the evidence, and what they would have left is put in.

A decision leaves three things that later ones of the account family read: touches (by the CRM), what became of it, and a proposal that waits.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.domain.deferrals import REACHED
from agent.domain.evidence import SINCE_CONTACT, Evidence, OpenProposal, Past, Touch
from agent.domain.facts import Fact, Status

SAME_MOMENT = timedelta(minutes=5)
"""A system of record notes when it sent something by its own clock: a touch this near to our effect, of the same content, is that effect."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Trace:
    """What one decision leaves behind. A proposal waits from `opened` until `ended`; None: it still does."""

    decision: str
    account: str
    touches: tuple[Touch, ...] = ()
    past: tuple[Past, ...] = ()
    proposal: OpenProposal | None = None
    opened: datetime | None = None
    ended: datetime | None = None

    def cut(self, at: datetime) -> "Trace":
        """What is left when another takes its place: nothing of it happens any more."""
        ended = at if self.ended is None else min(self.ended, at)
        touches, past = tuple(t for t in self.touches if t.at <= at), tuple(p for p in self.past if p.at <= at)
        return replace(self, touches=touches, past=past, ended=ended)

    def waits(self, at: datetime) -> bool:
        """Whether its proposal waits at a moment."""
        return self.proposal is not None and self.opened is not None and self.opened <= at and (self.ended is None or self.ended > at)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One decision's part of the other past: what it left, and what it would have left."""

    was: Trace
    would: Trace


def rewritten(evidence: Evidence, rewrites: Iterable[Rewrite]) -> Evidence:
    """The evidence as it would have been; the very same object where nothing in it would have been otherwise."""
    accounts = {*evidence.family, evidence.account}
    mine = [one for one in rewrites if one.was.account in accounts]
    if not mine:
        return evidence
    ids = {one.was.decision for one in mine}
    touches = _touches(evidence, mine)
    past = tuple(sorted([*(p for p in evidence.past if p.decision not in ids), *_past(evidence, mine)], key=_order))
    proposals = (*(p for p in evidence.open_proposals if p.decision not in ids), *_waiting(evidence, mine))
    if (touches, past, proposals) == (evidence.touches, evidence.past, evidence.open_proposals):
        return evidence
    return replace(evidence, touches=touches, past=past, open_proposals=proposals, facts=_facts(evidence, touches))


def _touches(evidence: Evidence, rewrites: list[Rewrite]) -> tuple[Touch, ...]:
    kept = list(evidence.touches)
    for trace in (one.was for one in rewrites):
        for sent in trace.touches:
            found = [touch for touch in kept if _is(touch, sent)]
            if found:
                kept.remove(min(found, key=lambda touch: abs(touch.at - sent.at)))
    return (*kept, *(touch for one in rewrites for touch in one.would.touches if touch.at <= evidence.at))


def _is(touch: Touch, sent: Touch) -> bool:
    """Whether a touch that the CRM tells of is what we sent."""
    same = (touch.contact, touch.account, touch.content, touch.direction) == (sent.contact, sent.account, sent.content, "out")
    return touch.ours and same and abs(touch.at - sent.at) <= SAME_MOMENT


def _past(evidence: Evidence, rewrites: list[Rewrite]) -> Iterator[Past]:
    return (past for one in rewrites for past in one.would.past if past.at <= evidence.at)


def _order(past: Past) -> tuple[datetime, str, str]:
    """The order in which the store tells them."""
    return (past.at, past.decision, past.what)


def _waiting(evidence: Evidence, rewrites: list[Rewrite]) -> Iterator[OpenProposal]:
    for trace in (one.would for one in rewrites):
        if trace.proposal is not None and trace.waits(evidence.at):
            yield trace.proposal


def _facts(evidence: Evidence, touches: tuple[Touch, ...]) -> tuple[Fact, ...]:
    """The facts, with the days since the last contact counted anew where somebody was contacted oftener or less often."""
    before, after = (_last_contact(evidence, found) for found in (evidence.touches, touches))
    if before == after:
        return evidence.facts
    days = None if after is None else math.floor((evidence.at - after) / _DAY)
    return tuple(replace(f, value=days) if f.name == SINCE_CONTACT and f.status is Status.FRESH else f for f in evidence.facts)


def _last_contact(evidence: Evidence, touches: Iterable[Touch]) -> datetime | None:
    mine = (t.at for t in touches if t.account == evidence.account and t.at <= evidence.at and t.direction == "out" and t.status in REACHED)
    return max(mine, default=None)
