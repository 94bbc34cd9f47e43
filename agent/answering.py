"""People's answers: who may give them, what they change, and that only one of them wins."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from agent.cases import Answer, AnswerResult, OpenCase, already, answered, ask_of, may_answer
from agent.domain.approvers import passed_on_by
from agent.domain.decision import REJECT_REASONS
from agent.domain.records import APPROVED, Action, Approval, ApprovalState
from agent.editing import Edited, ask_all_again, check_parts, edited
from agent.errors import InvalidInput, Refused, Unauthorised
from agent.graph import recording
from agent.graph.data_tasks import data_task
from agent.passing_on import passed_on, reroute
from agent.ports import AuditEntry, Store

ANSWERS = ("approve", "edit", "reject", "snooze", "undo")
SNOOZE = timedelta(days=1)
UNDONE = "undone by "
"""Stands in the error of a step that was taken back, before who did it."""
STOPS = frozenset({"forbidden_after_approval", "all_forbidden"})
"""Reasons of what was stopped while it waited."""


def steps_of(case: OpenCase) -> list[Action]:
    """The proposal's steps as they are planned when nobody need answer any more."""
    if case.decision.choice is None or case.surface is None or case.chosen.play not in case.playbook.plays:
        return []
    return recording.actions_for(
        case.decision.id, case.play, case.candidate(case.proposal.params), case.proposal, case.evidence,
        needs_approval=bool(case.approvals), not_before=None,
    )  # fmt: skip


def undone(case: OpenCase) -> list[str]:
    """By whom the proposal's steps were taken back, for each of them."""
    return [a.error.removeprefix(UNDONE) for a in case.decision.actions if a.state == "failed" and a.error and a.error.startswith(UNDONE)]


async def give(store: Store, case: OpenCase, answer: Answer) -> AnswerResult:
    """Record one answer. Raises Unauthorised, Refused or InvalidInput; losing to somebody else is a result, not an error."""
    _check_words(answer)
    not_mine = answer.kind == "reject" and answer.reason == "not_mine"
    if not_mine and (before := passed_on(case, answer.who)):
        return before
    ask = _ask_for(case, answer.who)
    if ask.state not in ("open", "snoozed"):
        return AnswerResult(False, ask, _since(case, ask))
    if ask.expires_at <= case.at:
        raise Refused(f"The ask expired at {ask.expires_at:%Y-%m-%d %H:%M} UTC.", "The next event or clock check decides again.")
    if answer.kind == "snooze":
        return await _snooze(store, case, ask, answer)
    if not_mine:
        return await reroute(store, case, ask, answer)
    if answer.kind == "edit":
        return await _edit(store, case, ask, answer)
    state: ApprovalState = "approved" if answer.kind == "approve" else "rejected"
    return await _settle(store, case, replace(answered(ask, answer, case.at), state=state), None)


def _since(case: OpenCase, ask: Approval) -> str:
    """What a late person is told, with what has stopped it since."""
    stopped = [one.said for one in case.decision.reasons if one.code in STOPS] if ask.state in (*APPROVED, "void") else []
    return f"{already(ask)} It was stopped: {'; '.join(dict.fromkeys(stopped))}." if stopped else already(ask)


def _check_words(answer: Answer) -> None:
    if answer.kind not in ANSWERS:
        raise InvalidInput(f"'{answer.kind}' is not an answer.", f"Use one of: {', '.join(ANSWERS)}.")
    if answer.reason is not None and answer.reason not in REJECT_REASONS:
        raise InvalidInput(f"'{answer.reason}' is not a reason.", f"Use one of: {', '.join(REJECT_REASONS)}.")
    if answer.kind == "edit" and not answer.content and not answer.params:
        raise InvalidInput("An edit needs new content or parameters.", "Give --content FILE or --set PARAM=VALUE.")
    check_parts(answer.content or {})


def _ask_for(case: OpenCase, who: str) -> Approval:
    """The ask that this person may answer, see `ask_of`. Raises Refused and Unauthorised."""
    if not case.current:
        raise Refused(f"Decision {case.decision.id} is not waiting for an answer (route: {case.decision.route}).")
    ask = ask_of(case, who)
    if ask is None:
        allowed = sorted({email for a in case.current for email in may_answer(case, a)})
        settled = next((a for a in case.current if a.state not in ("open", "snoozed")), None)
        if settled is not None and all(a.state not in ("open", "snoozed") for a in case.current):
            raise Unauthorised(f"{who} may not answer this. {already(settled)}")
        since = " after 'not mine'" if who in passed_on_by(case.approvals) else ""
        raise Unauthorised(f"{who} may not answer this{since}.", f"Who may: {', '.join(allowed) or 'nobody; see the directory'}.")
    return ask


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


async def check_edit(case: OpenCase, answer: Answer) -> Edited:
    """Judge an edit without recording it. Raises as `give` would."""
    _check_words(answer)
    ask = _ask_for(case, answer.who)
    if ask.state not in ("open", "snoozed"):
        raise Refused(already(ask))
    return await edited(case, ask, answer)


async def _edit(store: Store, case: OpenCase, ask: Approval, answer: Answer) -> AnswerResult:
    """Record an edit: as the answer, where nobody else has to agree to it; else everybody is asked about the new version."""
    new = await edited(case, ask, answer)
    if new.roles == (ask.needed_role,) and len(case.current) == 1:
        said = replace(answered(ask, answer, case.at), state="edited")
        return await _settle(store, case, said, new.proposal.model_dump(mode="json"))
    return await ask_all_again(store, case, ask, answer, new)
