"""An open case: a decision that waits for people, and what one of them said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agent.domain.approvers import passed_on_by, requested, resolve
from agent.domain.candidates import Candidate
from agent.domain.decision import CandidateRecord, Decision, ProposalRecord
from agent.domain.evidence import Evidence, Person
from agent.domain.playbook import Playbook
from agent.domain.plays import Play, Surface
from agent.domain.proposing import build
from agent.domain.records import Approval
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


def may_answer(case: OpenCase, ask: Approval) -> set[str]:
    """The e-mail addresses whose answer counts now: those asked and allowed who still work here, and whoever holds the role today,
    but nobody who requested it or passed it on.
    """
    people = {p.email: p for p in case.evidence.people}
    barred = {email for email, p in people.items() if requested(p, ask.requester)}
    today = resolve(ask.needed_role, case.surface, case.evidence, requester=ask.requester).allowed if case.surface else ()
    named = {email for email in (*ask.asked, *ask.allowed) if _active(people.get(email))}
    return (named | set(today)) - barred - passed_on_by(case.approvals)


def _active(person: Person | None) -> bool:
    return person is not None and person.active


def already(ask: Approval) -> str:
    """What a late person is told."""
    who = f" by {ask.answered_by}" if ask.answered_by else ""
    moment = ask.expires_at if ask.state == "expired" else ask.at  # it ends by itself, also where that is noticed later
    when = f" at {moment:%Y-%m-%d %H:%M} UTC" if moment else ""
    return f"Already {ask.state}{who}{when}. Nothing was changed."


def answered(ask: Approval, answer: Answer, at: datetime) -> Approval:
    """The ask with what the person said; the state follows."""
    return replace(ask, answered_by=answer.who, answer=answer.kind, reason=answer.reason, note=answer.note, at=at)
