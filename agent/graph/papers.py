"""What is written beside a decision, by its route: asks, planned actions, messages, and how the run goes on."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from agent.domain.approvers import resolve, to_tell
from agent.domain.candidates import Candidate
from agent.domain.deciding import Judgement
from agent.domain.decision import Decision, Reason, Route, reason
from agent.domain.evidence import Evidence
from agent.domain.modes import surface_mode
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING
from agent.domain.ranking import WINDOW, too_late
from agent.domain.records import Action, Approval, Message, RunState
from agent.graph import cards, recording
from agent.graph.context import Context
from agent.graph.state import ASK, FINISH, REVALIDATE

OPENING_ROUTES = frozenset({"ask", "act", "deferred"})
"""Routes that leave something open: an ask, an effect, a moment to come."""


@dataclass(frozen=True, slots=True)
class Papers:
    """Everything that goes to the store with a decision, in one transaction."""

    state: RunState = "closed"
    entry: str = FINISH
    wake_at: datetime | None = None
    approvals: list[Approval] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    supersede: list[str] = field(default_factory=list)


def papers_for(ctx: Context, decision: Decision, evidence: Evidence, judgement: Judgement) -> Papers:
    """The papers of a decided run. A required play that cannot run is an alarm, whatever else is done."""
    papers = _by_route(ctx, decision, evidence, judgement)
    if not judgement.unmet or decision.route == "shadow":
        return papers
    return replace(papers, messages=[cards.unmet_alarm(decision, evidence, judgement), *papers.messages])


def _by_route(ctx: Context, decision: Decision, evidence: Evidence, judgement: Judgement) -> Papers:
    chosen = judgement.chosen
    if chosen is None:
        return Papers(messages=_told_of_what_is_too_late(ctx.playbook, decision, evidence, judgement))
    if decision.proposal is None or decision.route not in OPENING_ROUTES:
        return Papers()
    supersede = superseded_by(ctx.playbook, chosen.play, evidence)
    match decision.route:
        case "ask":
            required = judgement.verdicts[chosen.id].required
            asks = recording.approvals_for(decision, ctx.playbook, evidence, chosen, judgement.roles, round_=1, required=required)
            messages = cards.ask_messages(decision, asks, evidence.people, ctx.playbook.surfaces[decision.surface])
            return Papers("asking", ASK, approvals=asks, messages=messages, supersede=supersede)
        case "act":
            return _to_act(ctx, decision, evidence, chosen, supersede)
        case _:
            return Papers("waiting", REVALIDATE, wake_at=judgement.verdicts[chosen.id].until, supersede=supersede)


def _told_of_what_is_too_late(playbook: Playbook, decision: Decision, evidence: Evidence, judgement: Judgement) -> list[Message]:
    """Nothing is done, and what would have been worth it may only be done when the subject's own clock has run out: a person may know better."""
    surface = playbook.surfaces[evidence.surface]
    late = [c for c in judgement.candidates if c.play != DO_NOTHING and (judgement.scores[c.id].priority or 0) > 0]
    late = [c for c in late if too_late(playbook, evidence, c, judgement.verdicts[c.id]) not in (None, WINDOW)]
    if not late or judgement.unmet or surface_mode(surface, evidence.held) in ("off", "shadow"):
        return []
    best = max(late, key=lambda c: judgement.scores[c.id].priority or 0)
    role = playbook.plays[best.play].approver or surface.review.approver
    asked = resolve(role, surface, evidence, requester=best.requester).asked or to_tell(evidence.people, surface.review.fallback)
    return [cards.too_late_notice(decision, best.title, judgement.counterfactuals[best.id], asked)]


def _to_act(ctx: Context, decision: Decision, evidence: Evidence, chosen: Candidate, supersede: list[str]) -> Papers:
    """Internal effects at once; customer-visible ones when the time for undoing them has passed."""
    assert decision.proposal is not None  # noqa: S101  narrowed by the caller
    wake_at = evidence.at + ctx.limits.undo if chosen.customer_visible else None
    actions = recording.actions_for(
        decision.id, ctx.playbook.plays[chosen.play], chosen, decision.proposal, evidence, needs_approval=False, not_before=wake_at
    )
    return Papers("waiting" if wake_at else "acting", REVALIDATE, wake_at, actions=actions, supersede=supersede)


def superseded_by(playbook: Playbook, play: str, evidence: Evidence) -> list[str]:
    """Open proposals about the account that one of this play replaces."""
    key = exclusive_key(playbook, play, evidence.event.subject_id)
    return [p.decision for p in evidence.open_proposals if p.account == evidence.account and exclusive_key(playbook, p.play, p.subject) == key]


def exclusive_key(playbook: Playbook, play: str, subject: str) -> str:
    """Proposals with the same key on one account exclude each other; a play without a group excludes only itself on the same subject."""
    known = playbook.plays.get(play)
    return (known.exclusive_group if known else None) or f"{subject}:{play}"


def unless_open(decision: Decision, evidence: Evidence) -> Decision:
    """The decision, only recorded when the very same proposal waits already: a second card would only annoy.

    What a rule requires now does not wait for an older ask or moment.
    """
    if decision.proposal is None or not already_open(decision.route, decision.reasons, decision.proposal.digest, evidence):
        return decision
    return decision.model_copy(update={"route": "suppressed", "reasons": [*decision.reasons, reason("open_proposal")]})


def already_open(route: Route, reasons: Iterable[Reason], digest: str, evidence: Evidence) -> bool:
    """Whether exactly this waits for an answer or its moment, and need not be opened again."""
    if route not in OPENING_ROUTES or any(one.code == "required" for one in reasons):
        return False
    return any(one.digest == digest and one.account == evidence.account for one in evidence.open_proposals)


def interrupt_request(decision_id: str, round_: int, choice: str, content: dict[str, str]) -> dict[str, Any]:
    """An ask in the shape of LangChain's HITLRequest, with our ids beside it. It is shown by tools that know the shape; the truth is in the asks."""
    return {
        "action_requests": [{"name": choice, "args": {}, "description": content.get("subject", choice)}],
        "review_configs": [{"action_name": choice, "allowed_decisions": ["approve", "edit", "reject"]}],
        "nextplay": {"decision": decision_id, "round": round_},
    }
