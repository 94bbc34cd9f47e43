"""From papers to records: the decision, its asks, its planned actions and the messages that tell people."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.domain.approvers import expires_at, passed_on_by, resolve_all, working_deadline
from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.deciding import Judgement
from agent.domain.decision import (
    BasisRecord,
    CandidateRecord,
    ClauseRecord,
    ConfidenceRecord,
    Decision,
    ProposalRecord,
    Reason,
    RuleRecord,
    ScoreRecord,
    SensitiveRecord,
    SubjectRecord,
    TriggerRecord,
)  # fmt: skip
from agent.domain.event import Event
from agent.domain.evidence import Evidence
from agent.domain.holdout import may_be_held
from agent.domain.modes import mode_for, surface_mode
from agent.domain.outcome import Watch, gives_away, watch_for
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING, Mode, Play
from agent.domain.records import Action, Approval, Run
from agent.domain.rules import RuleResult
from agent.domain.signing import sender_values, signer_of
from agent.graph.context import Composition


def decision_id_of(run_id: str) -> str:
    """A run has one decision, so its id follows from the run's: recording twice cannot make two."""
    return "dec_" + run_id.removeprefix("run_")


def trigger_of(event: Event) -> TriggerRecord:
    """The event as the record names it."""
    return TriggerRecord(source=event.source, event_id=event.id, type=event.type, occurred_at=event.occurred_at, received_at=event.received_at)


def suppressed_decision(
    run: Run, event: Event, *, surface: str, mode: str, at: datetime, version: str, model: str, reasons: Sequence[Reason]
) -> Decision:
    """The record of an event that starts no work."""
    return Decision(
        id=decision_id_of(run.id), run_id=run.id, created_at=at, surface=surface, mode=mode, playbook_version=version,
        model_version=model, trigger=trigger_of(run.event),
        subject=SubjectRecord(account=event.account, kind=event.subject_kind, id=event.subject_id), facts=[], candidates=[],
        choice=None, confidence=ConfidenceRecord(value=None, calibrated=False, terms={}),
        sensitive=SensitiveRecord(value=False, rules=[]), route="suppressed", reasons=list(reasons), proposal=None,
    )  # fmt: skip


def decision_of(run: Run, playbook: Playbook, evidence: Evidence, judgement: Judgement, composition: Composition | None) -> Decision:
    """The whole record of a decided run."""
    return Decision(
        id=decision_id_of(run.id), run_id=run.id, created_at=evidence.at, surface=evidence.surface,
        mode=_mode(playbook, evidence, judgement), playbook_version=playbook.version, model_version=judgement.model,
        trigger=trigger_of(run.event),
        subject=SubjectRecord(account=evidence.account, kind=evidence.event.subject_kind, id=evidence.event.subject_id),
        facts=list(evidence.facts),
        candidates=candidate_records(judgement), choice=judgement.choice,
        confidence=ConfidenceRecord(value=judgement.confidence.value, calibrated=judgement.confidence.calibrated, terms=judgement.confidence.terms),
        sensitive=SensitiveRecord(value=bool(judgement.sensitive), rules=list(judgement.sensitive)),
        route=judgement.route, reasons=list(judgement.reasons), proposal=_proposal(judgement, composition),
    )  # fmt: skip


def watch_of(playbook: Playbook, decision: Decision, evidence: Evidence) -> Watch | None:
    """What the decision waits for from now on; nothing where nothing was chosen, or it was only noted."""
    chosen = decision.chosen
    if chosen is None or chosen.play == DO_NOTHING or decision.route in ("none", "suppressed"):
        return None
    play, surface = playbook.plays[chosen.play], playbook.surfaces[decision.surface]
    in_trial = not chosen.required and decision.mode not in ("off", "shadow") and may_be_held(surface, play)
    return watch_for(decision, play, family=evidence.family, in_trial=in_trial)


def _mode(playbook: Playbook, evidence: Evidence, judgement: Judgement) -> Mode:
    surface = playbook.surfaces[evidence.surface]
    chosen = judgement.chosen
    if chosen is None:
        return surface_mode(surface, evidence.held)
    return mode_for(surface, playbook.plays[chosen.play], evidence, required=judgement.verdicts[chosen.id].required)


def candidate_records(judgement: Judgement) -> list[CandidateRecord]:
    """Every candidate with everything said of it. What rules say of all alike is written once and shared."""
    seen: dict[int, RuleRecord] = {}
    return [_candidate_record(candidate, judgement, seen) for candidate in judgement.candidates]


def _candidate_record(candidate: Candidate, judgement: Judgement, seen: dict[int, RuleRecord]) -> CandidateRecord:
    verdict, score = judgement.verdicts[candidate.id], judgement.scores.get(candidate.id)
    return CandidateRecord.model_construct(
        id=candidate.id, play=candidate.play, kind=candidate.kind, title=candidate.title, reach=candidate.reach,
        purpose=candidate.purpose, recipient=candidate.recipient, channel=candidate.channel, params=candidate.params,
        material=candidate.material, target=candidate.target, verdict=verdict.verdict, until=verdict.until,
        ask_of=list(verdict.ask_of), required=verdict.required, rules=[_rule_record(rule, seen) for rule in verdict.rules],
        score=_score_record(score), propensity=judgement.chances.get(candidate.id, 0.0), counterfactual=judgement.counterfactuals.get(candidate.id),
    )  # fmt: skip


def _rule_record(rule: RuleResult, seen: dict[int, RuleRecord]) -> RuleRecord:
    record = seen.get(id(rule))
    if record is None:
        record = seen[id(rule)] = RuleRecord(
            id=rule.id, effect=rule.effect, layer=rule.layer, matched=rule.matched, until=rule.until, of=list(rule.of),
            clauses=[ClauseRecord(c.id, c.result, c.says, c.values) for c in rule.clauses],
        )  # fmt: skip
    return record


def _score_record(score: Score | None) -> ScoreRecord | None:
    if score is None:
        return None
    return ScoreRecord(
        p=score.p, value=score.value, cost_always=score.cost_always, cost_if_taken=score.cost_if_taken, c=score.c, l=score.l,
        priority=score.priority, terms=score.terms,
    )  # fmt: skip


def _proposal(judgement: Judgement, composition: Composition | None) -> ProposalRecord | None:
    chosen = judgement.chosen
    if chosen is None or composition is None:
        return None
    until = judgement.verdicts[chosen.id].until
    return proposal_record(chosen, composition, send_at=until)


def proposal_record(chosen: Candidate, composition: Composition, *, send_at: datetime | None) -> ProposalRecord:
    """A candidate with its content, bound by a digest."""
    return ProposalRecord(
        content=composition.content, channel=chosen.channel, recipient=chosen.recipient, params=chosen.params, send_at=send_at,
        digest=digest(chosen.id, chosen.channel, chosen.recipient, chosen.params, composition.content),
        composed_by=composition.composed_by, prompt_hash=composition.prompt_hash, used=composition.used,
        notes=list(composition.notes),
    )  # fmt: skip


def basis_of(verdict: Verdict, proposal: ProposalRecord, evidence: Evidence, vendor: str) -> BasisRecord:
    """What an ask rests on that is not the decision's first: a later look compares with this."""
    to = next((c.email for c in evidence.contacts if c.id == proposal.recipient), None)
    signed = {name: value for name, value in sender_values(evidence, vendor).items() if name in proposal.used}
    return BasisRecord(rules=[_rule_record(rule, {}) for rule in verdict.rules], ask_of=list(verdict.ask_of), to=to, signed=signed)


def asked_anew(proposal: ProposalRecord, chosen: Candidate, basis: BasisRecord, round_: int) -> ProposalRecord:
    """The proposal of a later round: what was approved or planned before does not count for it, even where every word is the same."""
    bound = digest(chosen.id, chosen.channel, chosen.recipient, chosen.params, proposal.content, round_, basis.to)
    return proposal.model_copy(update={"basis": basis, "digest": bound})


def digest(candidate: str, channel: str, recipient: str | None, params: dict[str, Any], content: dict[str, str], *again: Any) -> str:
    """What an approval approves: the candidate, to whom, with which parameters and which exact words; `again`: in which round, to which address."""
    text = json.dumps([candidate, channel, recipient, params, content, *again], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def approvals_for(
    decision: Decision,
    playbook: Playbook,
    evidence: Evidence,
    chosen: Candidate,
    roles: Sequence[str],
    *,
    round_: int,
    required: bool,
    difference: Sequence[str] = (),
    before: Sequence[Approval] = (),
) -> list[Approval]:
    """One ask for each role that must approve, and no person in two of them, nor who passed one of the asks `before` on."""
    assert decision.proposal is not None, "only a proposal can be asked about"  # noqa: S101  wrong wiring, not wrong input
    surface, play = playbook.surfaces[decision.surface], playbook.plays[chosen.play]
    digest_ = decision.proposal.digest
    requester = _requester(chosen, decision.proposal.params)
    return [
        Approval(
            id=f"apr_{decision.id.removeprefix('dec_')}_{round_}_{index}", decision_id=decision.id, round=round_, digest=digest_,
            state="open", needed_role=ask.role, asked=ask.asked, allowed=ask.allowed,
            requester=requester, created_at=evidence.at,
            expires_at=expires_at(surface, play, evidence, ask.asked, protective=required),
            remind_at=None if required else working_deadline(evidence, ask.asked, surface.review.remind_after),
            delegate_at=None if required else working_deadline(evidence, ask.asked, surface.review.delegate_after),
            difference=tuple(difference), routing=ask.routing or None,
        )
        for index, ask in enumerate(resolve_all(roles, surface, evidence, requester=requester, without=passed_on_by(before)))
    ]  # fmt: skip


def _requester(chosen: Candidate, params: dict[str, Any]) -> str | None:
    """Who asked for a concession may not approve it; a play that gives none has no requester."""
    return chosen.requester if gives_away(params) else None


def actions_for(
    decision_id: str,
    play: Play,
    chosen: Candidate,
    proposal: ProposalRecord,
    evidence: Evidence,
    *,
    needs_approval: bool,
    not_before: datetime | None,
) -> list[Action]:
    """The ledger entries of every step, planned. The key is the same whenever it is worked out, and is also the effect's marker."""
    planned = []
    for index, step in enumerate(play.steps):
        target, payload = step_payload(step.model_dump(mode="json"), chosen, proposal, evidence)
        planned.append(
            Action(
                key=action_key(decision_id, proposal.digest, index), decision_id=decision_id, step=index, kind=step.do.value, target=target,
                payload=payload, state="planned", needs_approval=needs_approval, digest=proposal.digest,
                customer_visible=step.customer_visible, account=evidence.account, at=evidence.at, not_before=not_before,
            )
        )  # fmt: skip
    return planned


def action_key(decision_id: str, digest_: str, step: int) -> str:
    """Unique for ever for one step of one exact proposal, or of something else that is done once for a decision."""
    return "np-" + hashlib.sha256(f"{decision_id}\n{digest_}\n{step}".encode()).hexdigest()[:24]


def _mailed(evidence: Evidence) -> dict[str, Any]:
    """That it is mailed, and in whose name: theirs who signs it."""
    signs = signer_of(evidence)
    return {"by": "mail", "about": evidence.event.subject_id, "sender": signs.id if signs else None}


def step_payload(step: dict[str, Any], chosen: Candidate, proposal: ProposalRecord, evidence: Evidence) -> tuple[str, dict[str, Any]]:
    """What one step does to what: its target and the fields that the adapter needs."""
    contact = next((c for c in evidence.contacts if c.id == chosen.recipient), None)
    subject, account = evidence.event.subject_id, evidence.account or ""
    content = proposal.content
    match step["do"]:
        case "send_content":
            return chosen.recipient or "", {
                "to": contact.email if contact else "", "contact": chosen.recipient, "account": account, "subject": content.get("subject", ""),
                "body": content.get("body", ""), "channel": chosen.channel, "purpose": chosen.purpose, "content": chosen.material or "",
                **(_mailed(evidence) if step.get("by") == "mail" else {}),
            }  # fmt: skip
        case "crm_task":
            owner = evidence.roles.get(step["assignee"], step["assignee"])
            return account, {
                "title": step["title"] or content.get("subject", ""), "text": content.get("body", ""), "assignee": owner,
                "due": step["due"], "subject": subject,
            }  # fmt: skip
        case "crm_note":
            return account, {"text": step["text"] or content.get("subject", "") or chosen.title, "subject": subject}
        case _:
            return subject, _on_ticket(step, chosen, content)


def _on_ticket(step: dict[str, Any], chosen: Candidate, content: Mapping[str, str]) -> dict[str, Any]:
    match step["do"]:
        case "ticket_comment":
            body, material = content.get("body", ""), chosen.material or ""
            return {"public": bool(step["public"]), "body": body, "contact": chosen.recipient, "content": material}
        case "assign_group":
            return {"group": chosen.target or ""}
        case "add_tags":
            return {"tags": list(step.get("tags") or ())}
        case "set_priority":
            return {"priority": step["priority"]}
        case kind:
            raise LookupError(f"nobody knows what a step '{kind}' needs")
