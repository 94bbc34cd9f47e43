"""A recorded decision, reopened to be done: its choice rebuilt on the facts of now, and what has changed since it was decided or approved."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from agent.domain.candidates import Candidate
from agent.domain.deciding import gate
from agent.domain.decision import CandidateRecord, Decision, ProposalRecord
from agent.domain.evidence import Evidence
from agent.domain.modes import held_by
from agent.domain.plays import Play
from agent.domain.proposing import build
from agent.domain.records import APPROVED, Approval
from agent.domain.revalidation import Finding, compare, withdrawn
from agent.graph import recording
from agent.graph.collecting import collect
from agent.graph.context import Context
from agent.graph.storing import evidence_from_json
from agent.graph.withdrawing import current_round
from tools.freshness import not_read_before


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded decision, reopened: its asks of the current round, the choice rebuilt, and the evidence of now."""

    decision: Decision
    approvals: tuple[Approval, ...]
    before: CandidateRecord
    candidate: Candidate
    play: Play
    proposal: ProposalRecord
    evidence: Evidence
    stored: dict[str, Any]

    @property
    def round(self) -> int:
        """The round of asks that counts."""
        return max((a.round for a in self.approvals), default=0)


async def recorded(ctx: Context) -> Decision:
    decision = await ctx.store.decision(recording.decision_id_of(ctx.run.id))
    if decision is None or decision.proposal is None or decision.chosen is None:
        raise LookupError(f"run {ctx.run.id} is to be revalidated but has no recorded proposal")
    return decision


async def reopen(ctx: Context, decision: Decision) -> Case:
    """The case of a decision that the playbook in force still has done."""
    assert decision.proposal is not None, "it was recorded with one"  # noqa: S101  narrowed by the caller
    assert decision.chosen is not None, "it was recorded with one"  # noqa: S101  narrowed by the caller
    before, play = decision.chosen, ctx.playbook.plays[decision.chosen.play]
    with not_read_before(ctx.began):  # what is to be acted on is read again, however young it is
        evidence = await collect(ctx, params=decision.proposal.params, besides=decision.id)
    evidence = await _with_material(ctx, evidence, before, stored := await ctx.store.evidence(decision.id) or {})
    candidate = build(
        ctx.playbook.surfaces[evidence.surface], play, evidence, recipient=before.recipient, channel=before.channel,
        material=before.material, target=before.target, params=decision.proposal.params,
    )  # fmt: skip
    return Case(decision, current_round(await ctx.store.approvals(decision.id)), before, candidate, play, decision.proposal, evidence, stored)


async def _with_material(ctx: Context, evidence: Evidence, before: CandidateRecord, stored: dict[str, Any]) -> Evidence:
    """Keep the chosen content in the evidence even if today's search ranks it lower; withdrawn content stays out."""
    if before.material is None or any(m.id == before.material for m in evidence.materials):
        return evidence
    play = ctx.playbook.plays[before.play]
    kind: Literal["asset", "article"] = "asset" if play.material and play.material.source == "assets" else "article"
    material = await ctx.sources.search.material(kind, before.material)
    if material is None:
        return evidence
    return replace(evidence, materials=(*evidence.materials, material), facts=(*evidence.facts, *_old_facts(stored, before.material)))


def _old_facts(stored: dict[str, Any], entity: str) -> list[Any]:
    return [fact for fact in evidence_from_json(stored).facts if fact.of == entity] if stored else []


async def compare_with_now(ctx: Context, case: Case) -> Finding:
    if case.before.material is not None and all(m.id != case.before.material for m in case.evidence.materials):
        return Finding("forbidden", (f"the content {case.before.material} has been withdrawn",))
    verdict = gate(ctx.playbook, case.evidence, [case.candidate])[0]
    before, contact = _as_asked(case)
    return compare(before, verdict, contact_before=contact, used=shown_in(case.proposal), evidence=case.evidence, vendor=ctx.limits.vendor)


def shown_in(proposal: ProposalRecord) -> dict[str, Any]:
    """The values that the content is known to show. Of a person's own words that is only who signs them."""
    if proposal.composed_by != "person":
        return proposal.used
    return proposal.basis.signed if proposal.basis is not None else {}


def _as_asked(case: Case) -> tuple[CandidateRecord, dict[str, Any] | None]:
    """The choice and its recipient as people were asked about them. Roles that have approved already need not be asked again."""
    basis, answered = case.proposal.basis, [a.needed_role for a in case.approvals if a.state in APPROVED]
    if basis is not None:
        return case.before.model_copy(update={"rules": basis.rules, "ask_of": [*basis.ask_of, *answered]}), {"email": basis.to}
    contact = next((c for c in case.stored.get("contacts", ()) if c["id"] == case.before.recipient), None)
    return case.before.model_copy(update={"ask_of": [*case.before.ask_of, *answered]}), contact


async def still_forbidden(ctx: Context) -> bool:
    """Whether a decision that was stopped would be stopped again now. Where the playbook has lost its play, only a new one can tell."""
    decision = await recorded(ctx)
    if decision.chosen is not None and decision.chosen.play not in ctx.playbook.plays:
        return False
    if withdrawn(ctx.playbook, decision, held_by(await ctx.store.caps(), decision.surface)):
        return True
    return (await compare_with_now(ctx, await reopen(ctx, decision))).kind == "forbidden"
