"""An ask as it was put to people: the proposal of its round, those who were asked first, and none of what came since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from agent.domain.decision import Decision, ProposalRecord
from agent.domain.records import Approval


@dataclass(frozen=True, slots=True)
class Version:
    """A proposal as it became after the decision: by whose edit (None: it was made anew, to ask again), and when."""

    proposal: ProposalRecord
    who: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Put:
    """To whom an ask was put first, who else could answer, and why them; `allowed` is None where that was not kept."""

    to: tuple[str, ...]
    allowed: tuple[str, ...] | None = None
    routing: str | None = None


@dataclass(frozen=True, slots=True)
class Beginnings:
    """What is kept of how a decision's asks began: the decision as it was first written, its later versions in order, and how each ask was put."""

    written: Decision
    versions: Sequence[Version] = ()
    put: Mapping[str, Put] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Then:
    """The decision, the ask and every ask of its round as they were; `later` are the versions that came since. `exact`: nothing had to be guessed."""

    decision: Decision
    ask: Approval
    asks: tuple[Approval, ...]
    later: tuple[Version, ...]
    exact: bool


def asked_then(kept: Beginnings, ask: Approval, every: Sequence[Approval]) -> Then | None:
    """What whoever was asked had before them. None where no version with the ask's digest is kept: then nobody can tell."""
    before = [one for one in kept.versions if one.who is None and one.at is not None and one.at <= ask.created_at]
    first = kept.versions.index(before[-1]) + 1 if before else 0
    proposal = before[-1].proposal if before else kept.written.proposal
    if proposal is None or (proposal.digest != ask.digest and ask.state != "edited"):  # an edit gives its own digest to the ask that it answers
        return None
    decision = kept.written.model_copy(update={"proposal": proposal, "approvals": [], "actions": [], "outcome": None})
    asks = tuple(_begun(one, kept, proposal.digest) for one in every if one.round == ask.round)
    own = next(one for one in asks if one.id == ask.id)
    put = kept.put.get(ask.id)
    return Then(decision, own, asks, tuple(kept.versions[first:]), exact=put is not None and put.allowed is not None)


def _begun(ask: Approval, kept: Beginnings, digest: str) -> Approval:
    """An ask as it began; one that was born with its answer, by whoever edited it, has it."""
    if ask.state == "edited" and ask.digest == digest and ask.at == ask.created_at:  # another edit would have given it a digest of its own
        return ask
    put = kept.put.get(ask.id)
    asked = put.to if put else ask.asked
    allowed, routing = (put.allowed, put.routing) if put and put.allowed is not None else (ask.allowed, ask.routing)
    return replace(
        ask, digest=digest, state="open", asked=asked, allowed=allowed, routing=routing, remind_at=ask.remind_at or ask.expires_at,
        snoozed_until=None, answered_by=None, answer=None, reason=None, note=None, at=None, ended=None, passed_on_by=None, passed_on_at=None,
    )  # fmt: skip
