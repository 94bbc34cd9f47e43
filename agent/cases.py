"""An open case: a decision that waits for people, and what one of them said."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from agent.domain.approvers import passed_on_by, requested, resolve
from agent.domain.candidates import Candidate
from agent.domain.decision import CandidateRecord, Decision, ProposalRecord
from agent.domain.evidence import Evidence, Person
from agent.domain.playbook import Playbook
from agent.domain.plays import Play, Surface
from agent.domain.proposing import build
from agent.domain.records import APPROVED, Approval, AskOf
from agent.domain.revalidation import withdrawn
from agent.errors import Refused
from tools.ports import Crm


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """Whether this answer counted, the ask as it stands now, and one sentence for the person who answered."""

    won: bool
    approval: Approval
    says: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said. `content` and `params` only with `edit`; `until` only with `snooze`."""

    kind: str
    who: str
    reason: str | None = None
    note: str | None = None
    content: Mapping[str, str] | None = None
    params: Mapping[str, Any] | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A decision with its asks, and the evidence it was made from with today's directory."""

    decision: Decision
    approvals: Sequence[Approval]
    evidence: Evidence
    playbook: Playbook
    at: datetime
    vendor: str
    crm: Crm

    @property
    def current(self) -> list[Approval]:
        """The asks of the latest round."""
        latest = max((a.round for a in self.approvals), default=0)
        return [a for a in self.approvals if a.round == latest]

    @property
    def active(self) -> dict[str, Person]:
        """The colleagues who still work here, by their address."""
        return {person.email: person for person in self.evidence.people if person.active}

    def holders(self, ask: Approval) -> frozenset[str]:
        """Whoever holds the ask's role today, or answers for who does; nobody where the playbook has lost the surface."""
        if self.surface is None:
            return frozenset()
        return frozenset(resolve(ask.needed_role, self.surface, self.evidence, requester=ask.requester).allowed)

    @property
    def chosen(self) -> CandidateRecord:
        """The candidate that was proposed."""
        return next(c for c in self.decision.candidates if c.id == self.decision.choice)

    @property
    def play(self) -> Play:
        """The play that was proposed. The playbook may have lost it: see `withdrawn`."""
        return self.playbook.plays[self.chosen.play]

    @property
    def withdrawn(self) -> str | None:
        """Why the playbook in force no longer has it done."""
        return withdrawn(self.playbook, self.decision)

    @property
    def surface(self) -> Surface | None:
        """Where it was proposed; None where the playbook has lost it."""
        return self.playbook.surfaces.get(self.decision.surface)

    @property
    def proposal(self) -> ProposalRecord:
        """What is proposed."""
        if self.decision.proposal is None:
            raise Refused(f"Decision {self.decision.id} proposes nothing, so there is nothing to answer.")
        return self.decision.proposal

    def candidate(self, params: dict[str, Any]) -> Candidate:
        """What was proposed, with these parameters."""
        return build(
            self.playbook.surfaces[self.decision.surface], self.play, self.evidence, recipient=self.chosen.recipient, channel=self.chosen.channel,
            material=self.chosen.material, target=self.chosen.target, params=params,
        )  # fmt: skip


A = TypeVar("A", bound=AskOf)


class Standing(Protocol[A]):
    """What says who may answer the asks of a decision: the asks, and who is there and holds which role today."""

    @property
    def current(self) -> Sequence[A]: ...
    @property
    def approvals(self) -> Sequence[A]: ...
    @property
    def active(self) -> Mapping[str, Person]: ...
    def holders(self, ask: A) -> Set[str]: ...


def may_answer(case: Standing[A], ask: A) -> set[str]:
    """The e-mail addresses whose answer counts now: those asked and allowed who still work here, and whoever holds the role today,
    but nobody who requested it or passed it on.
    """
    named = {email for email in (*ask.asked, *ask.allowed) if email in case.active}
    barred = {email for email in named if requested(case.active[email], ask.requester)} if ask.requester else set()
    return (named - barred | case.holders(ask)) - passed_on_by(case.approvals)


def ask_of(case: Standing[A], who: str) -> A | None:
    """The ask that this person may answer: an open one first, and of those the one that was put to them. Checked now, against today's directory.

    Nobody says yes twice in one round, even where they hold both roles.
    """
    mine = [a for a in case.current if who in may_answer(case, a)]
    if not mine:
        return None
    said = next((a for a in case.current if a.answered_by == who and a.state in APPROVED), None)
    return said or min(mine, key=lambda a: (a.state not in ("open", "snoozed"), who not in a.asked))


def already(ask: Approval) -> str:
    """What a late person is told."""
    who = f" by {ask.answered_by}" if ask.answered_by else ""
    moment = ask.expires_at if ask.state == "expired" else ask.at  # it ends by itself, also where that is noticed later
    when = f" at {moment:%Y-%m-%d %H:%M} UTC" if moment else ""
    return f"Already {ask.state}{who}{when}. Nothing was changed."


def answered(ask: Approval, answer: Answer, at: datetime) -> Approval:
    """The ask with what the person said; the state follows."""
    return replace(ask, answered_by=answer.who, answer=answer.kind, reason=answer.reason, note=answer.note, at=at)
