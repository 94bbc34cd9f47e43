"""Edits: new words are checked against the facts, new parameters judged by the rules; what is approved is what was edited."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agent.cases import Answer, AnswerResult, OpenCase, answered
from agent.domain.candidates import Candidate, Verdict
from agent.domain.content_check import check_content
from agent.domain.deciding import gate
from agent.domain.decision import BasisRecord, ProposalRecord
from agent.domain.plays import Play
from agent.domain.proposing import fill_params
from agent.domain.records import Approval
from agent.domain.signing import signed_in
from agent.errors import InvalidInput, Refused
from agent.graph import cards, recording
from agent.graph.context import Composition
from agent.graph.proving import draft_of
from agent.ports import AuditEntry, Store
from agent.writing import allowed_in_full
from tools.other_customers import others_named

PARTS = ("subject", "body")
"""What content consists of."""


def check_parts(content: Mapping[str, str]) -> None:
    """Raise InvalidInput for what content does not consist of, and for words that say nothing."""
    for part, text in content.items():
        if part not in PARTS:
            raise InvalidInput(f"'{part}' is not a part of the content.", f"It has: {', '.join(PARTS)}.")
        if not text.strip():
            raise InvalidInput(f"The {part} is empty.", "Write what is to be sent, or reject.")


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit that the rules and the checker let through: what is proposed now, and the roles that must approve it."""

    candidate: Candidate
    proposal: ProposalRecord
    roles: tuple[str, ...]


async def edited(case: OpenCase, ask: Approval, answer: Answer) -> Edited:
    """New words or parameters. Parameters are judged again by the rules, words by the checker; both get their own digest."""
    if case.withdrawn:
        raise Refused(f"It cannot be edited: {case.withdrawn}.", "Nothing is done with it any more.")
    candidate = _edited_candidate(case, answer)
    verdict = _judged(case, candidate)
    if verdict.verdict == "forbid":
        broken = [r.id for r in verdict.rules if r.matched and r.effect == "forbid"]
        raise Refused(f"The rules forbid that: {', '.join(broken)}.", "Choose other values, or reject.")
    proposal = (await _edited_proposal(case, candidate, answer)).model_copy(update={"basis": _basis(case, verdict)})
    roles = tuple(dict.fromkeys([*verdict.ask_of, *(a.needed_role for a in case.current)])) if verdict.ask_of else (ask.needed_role,)
    return Edited(candidate, proposal, roles)


def _edited_candidate(case: OpenCase, answer: Answer) -> Candidate:
    play = case.play
    for name in answer.params or {}:
        spec = play.params.get(name)
        if spec is None or not spec.editable:
            raise InvalidInput(f"'{name}' is not a parameter of {play.id} that can be set.", f"It has: {', '.join(play.params) or 'none'}.")
    given = {**case.proposal.params, **_typed(play, answer.params or {})}
    return case.candidate(fill_params(play, case.evidence.view, given))


def _judged(case: OpenCase, candidate: Candidate) -> Verdict:
    return gate(case.playbook, replace(case.evidence, params=candidate.params), [candidate])[0]


def _basis(case: OpenCase, verdict: Verdict) -> BasisRecord:
    """What the edited version rests on: what the proposal rested on, except for the rules that the edit made say something else."""
    now = recording.basis_of(verdict, case.proposal, case.evidence, case.vendor)
    before = case.proposal.basis or _first_basis(case, now.to)
    same = {rule.id for rule in _judged(case, case.candidate(case.proposal.params)).rules if rule in verdict.rules}
    rules = [*(rule for rule in before.rules if rule.id in same), *(rule for rule in now.rules if rule.id not in same)]
    return BasisRecord(rules=rules, ask_of=list(dict.fromkeys([*before.ask_of, *now.ask_of])), to=before.to, signed=before.signed)


def _first_basis(case: OpenCase, to: str | None) -> BasisRecord:
    """What the decision's own proposal rested on."""
    return BasisRecord(rules=case.chosen.rules, ask_of=case.chosen.ask_of, to=to, signed=signed_in(case.proposal.used))


def _typed(play: Play, given: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the play declares them; out of bounds is refused rather than quietly changed."""
    typed: dict[str, Any] = {}
    for name, raw in given.items():
        spec = play.params[name]
        try:
            typed[name] = float(raw) if spec.type == "number" else str(raw).lower() in ("true", "yes", "1") if spec.type == "flag" else str(raw)
        except ValueError:
            raise InvalidInput(f"{name} must be a number, not '{raw}'.") from None
        low, high = (-math.inf if spec.min is None else spec.min), (math.inf if spec.max is None else spec.max)
        if spec.type == "number" and not low <= typed[name] <= high:
            raise InvalidInput(f"{name} must lie between {low:g} and {high:g}, not {raw}.")
    return typed


async def _edited_proposal(case: OpenCase, candidate: Candidate, answer: Answer) -> ProposalRecord:
    evidence = replace(case.evidence, params=candidate.params)
    draft = draft_of(case.playbook, candidate, evidence, vendor=case.vendor)
    content = {**case.proposal.content, **answer.content} if answer.content else dict(draft.content)
    notes: tuple[str, ...] = ()
    if answer.content:
        others = await others_named(case.crm, content.values(), ours=evidence.family or (evidence.account or "",))
        problems = check_content(content, allowed=allowed_in_full(case.play, candidate, evidence, draft, other_names=others))
        blocking = [p.says for p in problems if p.severity == "block"]
        if blocking:
            raise Refused(f"The text says what no fact backs: {'; '.join(blocking)}.", "Take it out, or change the parameter that it comes from.")
        notes = tuple(f"warned {answer.who}: {p.says}" for p in problems)
    by = "person" if answer.content else "template"
    return recording.proposal_record(candidate, Composition(content, by, None, dict(draft.used), notes), send_at=case.proposal.send_at)


async def ask_all_again(store: Store, case: OpenCase, ask: Approval, answer: Answer, new: Edited) -> AnswerResult:
    """The edit needs more people, or changes what others were asked about: they are asked about the new version. Who edited it has said yes."""
    decision = case.decision.model_copy(update={"proposal": new.proposal})
    opened = recording.approvals_for(
        decision, case.playbook, replace(case.evidence, at=case.at), new.candidate, new.roles, round_=ask.round + 1, required=False,
        difference=_differences(case, new.candidate, answer), before=case.approvals,
    )  # fmt: skip
    own = next((one for one in opened if one.asked == (answer.who,)), None) or next((o for o in opened if o.needed_role == ask.needed_role), None)
    approvals = [replace(answered(one, answer, case.at), state="edited") if one is own else one for one in opened]
    waiting = [one for one in approvals if one.state == "open"]
    audit = AuditEntry("edited", answer.who, decision.id, {"approval": ask.id, "digest": new.proposal.digest, "roles": list(new.roles)}, case.at)
    messages = cards.ask_messages(decision, waiting, case.evidence.people, case.playbook.surfaces[decision.surface])
    await store.ask_again(decision.id, approvals, messages, new.proposal.model_dump(mode="json"), audit)
    needed = ", ".join(one.needed_role.replace("_", " ") for one in waiting)
    return AnswerResult(True, approvals[0], f"Edited. It needs approval by: {needed}." if waiting else f"Edited by {answer.who}.")


def _differences(case: OpenCase, candidate: Candidate, answer: Answer) -> tuple[str, ...]:
    """What an edit changed, for those who are asked about it."""
    was = case.proposal.params
    moved = [f"{name} was {was.get(name)}, is {value}" for name, value in candidate.params.items() if value != was.get(name)]
    worded = ["the text was changed by hand"] if answer.content else []
    return (f"edited by {answer.who}", *moved, *worded)
