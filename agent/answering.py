"""People's answers: who may give them, what they change, and that only one of them wins."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from agent.domain.approvers import engaged_beside, requested, resolve, to_tell
from agent.domain.candidates import Candidate, Verdict
from agent.domain.content_check import check_content
from agent.domain.deciding import gate
from agent.domain.decision import REJECT_REASONS, BasisRecord, CandidateRecord, Decision, ProposalRecord
from agent.domain.evidence import Evidence, Person
from agent.domain.facts import FactView
from agent.domain.playbook import Playbook
from agent.domain.plays import Play, Surface, channel_for
from agent.domain.proposing import build, fill_params
from agent.domain.records import APPROVED, Action, Approval, ApprovalState, Message
from agent.domain.revalidation import withdrawn
from agent.errors import InvalidInput, Refused, Unauthorised
from agent.graph import cards, recording
from agent.graph.context import Composition
from agent.graph.data_tasks import data_task
from agent.graph.proving import draft_of
from agent.ports import AuditEntry, Store
from agent.writing import allowed_in_full
from tools.other_customers import others_named
from tools.ports import Crm

ANSWERS = ("approve", "edit", "reject", "snooze", "undo")
SNOOZE = timedelta(days=1)
UNDONE = "undone by "
"""Stands in the error of a step that was taken back, before who did it."""
STOPS = frozenset({"forbidden_after_approval", "all_forbidden"})
"""Reasons of what was stopped while it waited."""


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


def steps_of(case: OpenCase) -> list[Action]:
    """The proposal's steps as they are planned when nobody need answer any more."""
    if case.decision.choice is None or case.surface is None or case.chosen.play not in case.playbook.plays:
        return []
    return recording.actions_for(
        case.decision.id, case.play, _candidate(case, case.proposal.params), case.proposal, case.evidence,
        needs_approval=bool(case.approvals), not_before=None,
    )  # fmt: skip


def undone(case: OpenCase) -> list[str]:
    """By whom the proposal's steps were taken back, for each of them."""
    return [a.error.removeprefix(UNDONE) for a in case.decision.actions if a.state == "failed" and a.error and a.error.startswith(UNDONE)]


async def give(store: Store, case: OpenCase, answer: Answer) -> AnswerResult:
    """Record one answer. Raises Unauthorised, Refused or InvalidInput; losing to somebody else is a result, not an error."""
    _check_words(answer)
    ask = _ask_for(case, answer.who)
    if ask.state not in ("open", "snoozed"):
        return AnswerResult(False, ask, _since(case, ask))
    if ask.expires_at <= case.at:
        raise Refused(f"The ask expired at {ask.expires_at:%Y-%m-%d %H:%M} UTC.", "The next event or clock check decides again.")
    if answer.kind == "snooze":
        return await _snooze(store, case, ask, answer)
    if answer.kind == "reject" and answer.reason == "not_mine":
        return await _reroute(store, case, ask, answer)
    if answer.kind == "edit":
        return await _edit(store, case, ask, answer)
    state: ApprovalState = "approved" if answer.kind == "approve" else "rejected"
    return await _settle(store, case, replace(_answered(ask, answer, case.at), state=state), None)


PARTS = ("subject", "body")
"""What content consists of."""


def already(ask: Approval) -> str:
    """What a late person is told."""
    who = f" by {ask.answered_by}" if ask.answered_by else ""
    moment = ask.expires_at if ask.state == "expired" else ask.at  # it ends by itself, also where that is noticed later
    when = f" at {moment:%Y-%m-%d %H:%M} UTC" if moment else ""
    return f"Already {ask.state}{who}{when}. Nothing was changed."


def _since(case: OpenCase, ask: Approval) -> str:
    """What a late person is told, with what has stopped it since."""
    stopped = [one.text for one in case.decision.reasons if one.code in STOPS] if ask.state in (*APPROVED, "void") else []
    return f"{already(ask)} It was stopped: {'; '.join(dict.fromkeys(stopped))}." if stopped else already(ask)


def _check_words(answer: Answer) -> None:
    if answer.kind not in ANSWERS:
        raise InvalidInput(f"'{answer.kind}' is not an answer.", f"Use one of: {', '.join(ANSWERS)}.")
    if answer.reason is not None and answer.reason not in REJECT_REASONS:
        raise InvalidInput(f"'{answer.reason}' is not a reason.", f"Use one of: {', '.join(REJECT_REASONS)}.")
    if answer.kind == "edit" and not answer.content and not answer.params:
        raise InvalidInput("An edit needs new content or parameters.", "Give --content FILE or --set PARAM=VALUE.")
    for part, text in (answer.content or {}).items():
        if part not in PARTS:
            raise InvalidInput(f"'{part}' is not a part of the content.", f"It has: {', '.join(PARTS)}.")
        if not text.strip():
            raise InvalidInput(f"The {part} is empty.", "Write what is to be sent, or reject.")


def _ask_for(case: OpenCase, who: str) -> Approval:
    """The ask that this person may answer: an open one first, and of those the one that was put to them. Checked now, against today's directory.

    Nobody says yes twice in one round, even where they hold both roles.
    """
    if not case.current:
        raise Refused(f"Decision {case.decision.id} is not waiting for an answer (route: {case.decision.route}).")
    mine = [a for a in case.current if who in may_answer(case, a)]
    if not mine:
        allowed = sorted({email for a in case.current for email in may_answer(case, a)})
        settled = next((a for a in case.current if a.state not in ("open", "snoozed")), None)
        if settled is not None and all(a.state not in ("open", "snoozed") for a in case.current):
            raise Unauthorised(f"{who} may not answer this. {already(settled)}")
        raise Unauthorised(f"{who} may not answer this.", f"Who may: {', '.join(allowed) or 'nobody; see the directory'}.")
    said = next((a for a in case.current if a.answered_by == who and a.state in APPROVED), None)
    return said or min(mine, key=lambda a: (a.state not in ("open", "snoozed"), who not in a.asked))


def may_answer(case: OpenCase, ask: Approval) -> set[str]:
    """The e-mail addresses whose answer counts now: those asked and allowed who still work here, and whoever holds the role today."""
    people = {p.email: p for p in case.evidence.people}
    barred = {email for email, p in people.items() if requested(p, ask.requester)}
    today = resolve(ask.needed_role, case.surface, case.evidence, requester=ask.requester).allowed if case.surface else ()
    named = {email for email in (*ask.asked, *ask.allowed) if _active(people.get(email))}
    return (named | set(today)) - barred


def _active(person: Person | None) -> bool:
    return person is not None and person.active


def _answered(ask: Approval, answer: Answer, at: datetime) -> Approval:
    return replace(ask, answered_by=answer.who, answer=answer.kind, reason=answer.reason, note=answer.note, at=at)


async def _settle(store: Store, case: OpenCase, ask: Approval, proposal: dict[str, Any] | None) -> AnswerResult:
    audit = AuditEntry(
        "answered", ask.answered_by or "", case.decision.id,
        {"approval": ask.id, "state": ask.state, "reason": ask.reason, "note": ask.note, "digest": ask.digest},
    )  # fmt: skip
    task = data_task(case.decision, case.evidence, ask, case.at) if (ask.state, ask.reason) == ("rejected", "facts_wrong") else None
    won, stored = await store.answer(ask, proposal=proposal, audit=audit, actions=[task] if task else [])
    if not won:
        return AnswerResult(False, stored, already(stored))
    return AnswerResult(True, stored, _says(case, stored, task))


def _says(case: OpenCase, ask: Approval, task: Action | None) -> str:
    waiting = [a for a in case.current if a.id != ask.id and a.state in ("open", "snoozed")]
    if ask.state in ("approved", "edited") and waiting:
        needed = ", ".join(f"the {a.needed_role.replace('_', ' ')}" for a in waiting)
        return f"{ask.state.capitalize()}. Still needed: {needed}."
    names = {person.id: person.name for person in case.evidence.people}
    mends = f" A task to mend the facts goes to {names.get(task.payload['assignee'], 'whoever keeps the CRM')}." if task else ""
    return f"{ask.state.capitalize()} by {ask.answered_by}.{mends}"


async def _snooze(store: Store, case: OpenCase, ask: Approval, answer: Answer) -> AnswerResult:
    """Put an ask off, but never past the moment at which it ends."""
    until = answer.until or min(case.at + SNOOZE, case.at + (ask.expires_at - case.at) / 2)
    if not case.at < until < ask.expires_at:
        raise InvalidInput(f"Snooze until a moment before the ask ends at {ask.expires_at:%Y-%m-%d %H:%M} UTC.")
    audit = AuditEntry("snoozed", answer.who, case.decision.id, {"approval": ask.id, "until": until.isoformat()}, case.at)
    done = await store.change_ask(ask.id, {"state": "snoozed", "snoozed_until": until}, [], audit)
    return AnswerResult(done, replace(ask, state="snoozed", snoozed_until=until), f"Snoozed until {until:%Y-%m-%d %H:%M} UTC.")


async def _reroute(store: Store, case: OpenCase, ask: Approval, answer: Answer) -> AnswerResult:
    """`not mine` is no judgement of the proposal: the surface's fallback is asked instead, or else its channel."""
    if case.withdrawn:
        raise Refused(f"It is not passed on: {case.withdrawn}.", "Nothing is done with it any more.")
    passed = _elsewhere(case, ask, without=answer.who, kind="rerouted")
    if passed is None:
        raise Refused("There is nobody else who could answer this.", "Reject it with another reason, or approve it.")
    audit = AuditEntry("rerouted", answer.who, case.decision.id, {"approval": ask.id, "to": passed.to}, case.at)
    said = {"routing": f"passed on with the words: {answer.note}"} if answer.note else {}
    changes = {**passed.changes, **said, "passed_on_by": answer.who, "passed_on_at": case.at}
    done = await store.change_ask(ask.id, changes, [passed.card], audit)
    return AnswerResult(done, replace(ask, **passed.changes), f"Passed on to {', '.join(passed.to)}.")


async def unreached(store: Store, case: OpenCase, ask: Approval, who: str | None, why: str) -> None:
    """Somebody who was asked cannot be written to, or (None) a channel cannot: ask elsewhere, and where nobody is left tell operators, once."""
    if ask.state not in ("open", "snoozed") or case.withdrawn:
        return
    passed = _elsewhere(case, ask, without=who, kind="unreached") if who else None
    if passed is not None:
        audit = AuditEntry("unreached", "nextplay", case.decision.id, {"approval": ask.id, "who": who, "why": why, "to": passed.to}, case.at)
        await store.change_ask(ask.id, {**passed.changes, "routing": f"{who} cannot be reached: {why}"}, [passed.card], audit)
        return
    to = to_tell(case.evidence.people, "operator", "revops")
    await store.add_messages([cards.unreached_alarm(case.decision, ask, why, to, case.at)])


@dataclass(frozen=True, slots=True)
class _Passed:
    """To whom an ask is passed on (people, or a channel), what changes of it, and the card that they get."""

    to: list[str]
    changes: dict[str, Any]
    card: Message


def _elsewhere(case: OpenCase, ask: Approval, *, without: str, kind: str) -> _Passed | None:
    """The surface's fallback, else its channel; None where there is neither."""
    surface = case.surface
    if surface is None:
        return None
    other = resolve(surface.review.fallback, surface, case.evidence, requester=ask.requester, engaged=engaged_beside(ask, case.current))
    to = [email for email in other.asked if email != without and (kind != "unreached" or email not in ask.asked)]
    asked = to if kind != "unreached" else [*(email for email in ask.asked if email != without), *to]
    changes: dict[str, Any] = {"asked": tuple(asked), "allowed": tuple(dict.fromkeys([*ask.allowed, *to]))}
    passed_on = replace(ask, **changes)
    if to:
        return _Passed(to, changes, cards.reminder(case.decision, passed_on, case.at, to=to, kind=kind))
    channel = channel_for(surface, sensitive=case.decision.sensitive.value)
    return _Passed([f"the channel {channel}"], changes, cards.channel_card(case.decision, passed_on, channel, case.at)) if channel else None


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit that the rules and the checker let through: what is proposed now, and the roles that must approve it."""

    candidate: Candidate
    proposal: ProposalRecord
    roles: tuple[str, ...]


async def check_edit(case: OpenCase, answer: Answer) -> Edited:
    """Judge an edit without recording it. Raises as `give` would."""
    _check_words(answer)
    ask = _ask_for(case, answer.who)
    if ask.state not in ("open", "snoozed"):
        raise Refused(already(ask))
    return await _edited(case, ask, answer)


async def _edited(case: OpenCase, ask: Approval, answer: Answer) -> Edited:
    """New words or parameters. Parameters are judged again by the rules, words by the checker; both get their own digest."""
    if case.withdrawn:
        raise Refused(f"It cannot be edited: {case.withdrawn}.", "Nothing is done with it any more.")
    candidate = _edited_candidate(case, answer)
    verdict = _judged(case, candidate)
    if verdict.verdict == "forbid":
        broken = [r.id for r in verdict.rules if r.matched and r.effect == "forbid"]
        raise Refused(f"The rules forbid that: {', '.join(broken)}.", "Choose other values, or reject.")
    proposal = (await _edited_proposal(case, candidate, answer)).model_copy(update={"basis": _basis(case, candidate, verdict)})
    roles = tuple(dict.fromkeys([*verdict.ask_of, *(a.needed_role for a in case.current)])) if verdict.ask_of else (ask.needed_role,)
    return Edited(candidate, proposal, roles)


async def _edit(store: Store, case: OpenCase, ask: Approval, answer: Answer) -> AnswerResult:
    """Record an edit: as the answer, where nobody else has to agree to it; else everybody is asked about the new version."""
    new = await _edited(case, ask, answer)
    if new.roles == (ask.needed_role,) and len(case.current) == 1:
        edited = replace(_answered(ask, answer, case.at), state="edited")
        return await _settle(store, case, edited, new.proposal.model_dump(mode="json"))
    return await _ask_all_again(store, case, ask, answer, new.candidate, new.proposal, new.roles)


def _edited_candidate(case: OpenCase, answer: Answer) -> Candidate:
    play = case.play
    for name in answer.params or {}:
        spec = play.params.get(name)
        if spec is None or not spec.editable:
            raise InvalidInput(f"'{name}' is not a parameter of {play.id} that can be set.", f"It has: {', '.join(play.params) or 'none'}.")
    given = {**case.proposal.params, **_typed(play, answer.params or {})}
    return _candidate(case, fill_params(play, FactView.of(case.evidence.facts), given))


def _candidate(case: OpenCase, params: dict[str, Any]) -> Candidate:
    return build(
        case.playbook.surfaces[case.decision.surface], case.play, case.evidence, recipient=case.chosen.recipient, channel=case.chosen.channel,
        material=case.chosen.material, target=case.chosen.target, params=params,
    )  # fmt: skip


def _judged(case: OpenCase, candidate: Candidate) -> Verdict:
    return gate(case.playbook, replace(case.evidence, params=candidate.params), [candidate])[0]


def _basis(case: OpenCase, candidate: Candidate, verdict: Verdict) -> BasisRecord:
    """What the edited version rests on: what the proposal rested on, except for the rules that the edit made say something else."""
    now = recording.basis_of(verdict, candidate.recipient, case.evidence)
    before = case.proposal.basis or BasisRecord(rules=case.chosen.rules, ask_of=case.chosen.ask_of, to=now.to)
    same = {rule.id for rule in _judged(case, _candidate(case, case.proposal.params)).rules if rule in verdict.rules}
    rules = [*(rule for rule in before.rules if rule.id in same), *(rule for rule in now.rules if rule.id not in same)]
    return BasisRecord(rules=rules, ask_of=list(dict.fromkeys([*before.ask_of, *now.ask_of])), to=before.to)


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


async def _ask_all_again(
    store: Store, case: OpenCase, ask: Approval, answer: Answer, candidate: Candidate, proposal: ProposalRecord, roles: tuple[str, ...]
) -> AnswerResult:
    """The edit needs more people, or changes what others were asked about: they are asked about the new version. Who edited it has said yes."""
    decision = case.decision.model_copy(update={"proposal": proposal})
    opened = recording.approvals_for(
        decision, case.playbook, replace(case.evidence, at=case.at), candidate, roles, round_=ask.round + 1, required=False,
        difference=_differences(case, candidate, answer),
    )  # fmt: skip
    own = next((one for one in opened if one.asked == (answer.who,)), None) or next((o for o in opened if o.needed_role == ask.needed_role), None)
    approvals = [replace(_answered(one, answer, case.at), state="edited") if one is own else one for one in opened]
    waiting = [one for one in approvals if one.state == "open"]
    audit = AuditEntry("edited", answer.who, decision.id, {"approval": ask.id, "digest": proposal.digest, "roles": list(roles)}, case.at)
    messages = cards.ask_messages(decision, waiting, case.evidence.people, case.playbook.surfaces[decision.surface])
    await store.ask_again(decision.id, approvals, messages, proposal.model_dump(mode="json"), audit)
    needed = ", ".join(one.needed_role.replace("_", " ") for one in waiting)
    return AnswerResult(True, approvals[0], f"Edited. It needs approval by: {needed}." if waiting else f"Edited by {answer.who}.")


def _differences(case: OpenCase, candidate: Candidate, answer: Answer) -> tuple[str, ...]:
    """What an edit changed, for those who are asked about it."""
    was = case.proposal.params
    moved = [f"{name} was {was.get(name)}, is {value}" for name, value in candidate.params.items() if value != was.get(name)]
    worded = ["the text was changed by hand"] if answer.content else []
    return (f"edited by {answer.who}", *moved, *worded)
