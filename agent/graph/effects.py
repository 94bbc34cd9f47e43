"""The nodes that wait and act. Nothing runs without `revalidate` right before it, and every effect goes through the ledger."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agent.arrivals import arrival_of, run_for
from agent.domain.approvers import LEADS, to_tell
from agent.domain.clocks import clock_before
from agent.domain.deciding import Judgement, conclude, decide, gate
from agent.domain.decision import Decision, ProposalRecord
from agent.domain.event import Event
from agent.domain.evidence import Evidence
from agent.domain.modes import mode_for
from agent.domain.outcome import gives_away
from agent.domain.plays import STEP_TITLES
from agent.domain.proposing import NOTHING
from agent.domain.records import DATA_TASK, Action
from agent.domain.revalidation import Finding
from agent.domain.signing import sender_values, signed_anew, still_named
from agent.graph import cards, recording
from agent.graph.context import Context
from agent.graph.ledger import Result, perform
from agent.graph.nodes import compose_for
from agent.graph.papers import interrupt_request
from agent.graph.proving import in_words
from agent.graph.reopening import Case, compare_with_now, recorded, reopen, shown_in
from agent.graph.state import State
from agent.graph.withdrawing import stop_code, withdraw
from agent.ports import AuditEntry
from tools.ports import Premise

Update = dict[str, Any]


async def ask(state: State) -> Update:
    """Pause until people have answered. This is the only thing that happens here, because it happens again on every resume."""
    return {"answer": interrupt(state.get("ask", {}))}


async def revalidate(state: State, runtime: Runtime[Context]) -> Update:
    """Judge the choice again, on the facts as they are now; what has begun is only brought to its end."""
    ctx = runtime.context
    if await _under_way(ctx):
        return {"next": "act"}
    decision = await recorded(ctx)
    if await withdraw(ctx.store, ctx.playbook, decision, ctx.clock()):
        return {"next": "finish"}
    case = await reopen(ctx, decision)
    ctx.desk.evidence = case.evidence
    if case.decision.route == "deferred" and not case.approvals:
        return await _end_of_deferral(ctx, case)
    return await _go_on(ctx, case, await compare_with_now(ctx, case))


async def act(state: State, runtime: Runtime[Context]) -> Update:
    """Carry out the steps in order, each through the ledger. An unknown effect parks the run."""
    ctx = runtime.context
    decision_id = recording.decision_id_of(ctx.run.id)
    for action in await ctx.store.actions(decision_id):
        result = await _perform(ctx, action, _premise(ctx.desk.evidence))
        if result == "unknown":
            return {"next": "parked"}
        if result in ("failed", "refused"):
            await ctx.store.cancel_actions(decision_id, f"step {action.step + 1} was not carried out", ctx.clock())
            await _say_what_failed(ctx, decision_id)
            break
    return {"next": "done"}


def _premise(evidence: Evidence | None) -> Premise | None:
    """The stage of the deal that it is about, on which it was judged just now. What was begun before is only brought to its end."""
    if evidence is None or evidence.event.subject_kind != "deal":
        return None
    stage = next((fact.value for fact in evidence.facts if fact.name == "deal.stage" and fact.known), None)
    return Premise(evidence.event.subject_id, stage) if stage else None


async def _perform(ctx: Context, action: Action, premise: Premise | None = None) -> Result:
    """Bring one ledger entry to its end. One that is unknown parks the run, and people are told."""
    result = await perform(ctx.store, ctx.effects, action, ctx.clock, premise=premise)
    if result == "unknown":
        alarm = cards.parked_alarm(action.decision_id, action.key, f"{STEP_TITLES[action.kind]} ({action.target})", await _leads(ctx), ctx.clock())
        await ctx.store.add_messages([alarm])
        await ctx.store.move_run(ctx.run.id, state="parked", error=f"the effect {action.key} is unknown")
    return result


async def _mending(ctx: Context) -> Result:
    """Open the task that a rejection for wrong facts has planned: nothing has to be judged again for it."""
    decision_id = recording.decision_id_of(ctx.run.id)
    results = [await _perform(ctx, action) for action in await ctx.store.actions(decision_id) if action.kind == DATA_TASK]
    if "failed" in results:
        await _say_what_failed(ctx, decision_id)
    return "unknown" if "unknown" in results else "done"


async def _say_what_failed(ctx: Context, decision_id: str) -> None:
    """Who approved it, or the leads where nobody was asked, must not believe that it was done. A block or an undo has told them already."""
    decision = await ctx.store.decision(decision_id)
    refused = [a for a in decision.actions if a.state == "failed" and a.error and not a.error.startswith(("blocked", "undone"))] if decision else []
    if decision and refused:
        asked = [a.answered_by for a in decision.approvals if a.answered_by]
        await ctx.store.add_messages([cards.failed_alarm(decision, refused[0], asked or await _leads(ctx), ctx.clock())])


async def _under_way(ctx: Context) -> bool:
    """Whether to go on without judging again, because something has happened already: its traces are among the facts by now, and would forbid it.

    An effect that was started, but of which nobody knows what became, is looked up first. What a customer would yet see is judged like anything else.
    """
    steps = await ctx.store.actions(recording.decision_id_of(ctx.run.id))
    for action in steps:
        if action.state in ("started", "unknown") and await perform(ctx.store, ctx.effects, action, ctx.clock) == "unknown":
            return True
    begun = any(action.state in ("started", "unknown", "done") for action in steps)
    return begun and not any(action.state == "planned" and action.customer_visible for action in steps)


async def finish(state: State, runtime: Runtime[Context]) -> Update:
    """Close the run, and tell people afterwards what a required play did without asking."""
    ctx = runtime.context
    run = await ctx.store.run(ctx.run.id)
    if run is None or run.state in ("closed", "held"):
        return {}
    decision = await ctx.store.decision(recording.decision_id_of(ctx.run.id))
    if decision is not None and any(action.kind == DATA_TASK for action in decision.actions) and await _mending(ctx) == "unknown":
        return {"next": "parked"}
    done = decision is not None and all(action.state == "done" for action in decision.actions)
    if decision is not None and done and decision.route == "act" and any(r.code == "required" for r in decision.reasons):
        await ctx.store.add_messages([cards.done_notice(decision, await _leads(ctx), ctx.clock())])
    if decision is not None:
        await _note_concession(ctx, decision)
    await ctx.store.move_run(ctx.run.id, state="closed")
    return {}


async def _note_concession(ctx: Context, decision: Decision) -> None:
    """What was carried out and gives a discount or a refund is friction of our own making: it is counted beside the result."""
    begun = any(action.state == "done" and action.kind != DATA_TASK for action in decision.actions)
    if begun and decision.proposal is not None and gives_away(decision.proposal.params):
        at = ctx.clock()
        said = AuditEntry("discount_given", "nextplay", decision.id, {"params": decision.proposal.params}, at)
        await ctx.store.observe(decision.id, {"guardrails": ["discount_given"], "at": at}, said)


# --- what revalidation leads to --------------------------------------------------------------------------------------


async def _go_on(ctx: Context, case: Case, finding: Finding) -> Update:
    """What follows from what has changed."""
    _hear_everybody(ctx, case, finding)
    match finding.kind:
        case "forbidden":
            return await _stop(ctx, case, finding)
        case "ask":
            return await _ask_again(ctx, case, finding.lines)
        case _ if not case.approvals and _only_suggests(ctx, case):
            return await _ask_again(ctx, case, ("it was to be done without asking, and only suggestions are made now",))
        case "wait":
            return await _wait(ctx, case, finding.until)
        case "go":
            return await _when_undo_has_passed(ctx, case)


def _hear_everybody(ctx: Context, case: Case, finding: Finding) -> None:
    """Not knowing stops nothing that was decided, and asks nobody again: within the play's window the run waits until its sources answer.

    What is forbidden whatever they would say is stopped at once. Of a ticket people are asked all the same, unless that would soon be told: it may
    be an emergency. Raises SourceError.
    """
    silent, over = ctx.desk.silent, ctx.clock() - case.decision.created_at > case.play.window
    asks_anyway = case.evidence.event.subject_kind == "ticket" and ctx.desk.busy is None
    waits = finding.unheard or (finding.kind == "ask" and not asks_anyway)
    if silent and waits and not over:
        raise silent[0]


def _only_suggests(ctx: Context, case: Case) -> bool:
    """What was decided in `auto` is done in the mode that is in force when it is done."""
    now = mode_for(ctx.playbook.surfaces[case.evidence.surface], case.play, case.evidence, required=case.before.required)
    return case.decision.mode == "auto" and now == "suggest"


async def _stop(ctx: Context, case: Case, finding: Finding) -> Update:
    """Rules forbid it now: nothing runs, nobody is asked again. It is reconsidered once, when the clause clears."""
    at, code = ctx.clock(), stop_code(case.approvals)
    why = "; ".join(finding.lines)
    await ctx.store.cancel_actions(case.decision.id, f"{code}: {why}", at)
    await ctx.store.stop(
        case.decision.id, code=code, text=why, reconsider_until=case.decision.created_at + case.play.window,
        audit=AuditEntry("stopped", "nextplay", case.decision.id, {"code": code, "why": list(finding.lines)}, at),
    )  # fmt: skip
    return {"next": "finish"}


async def _ask_again(ctx: Context, case: Case, lines: tuple[str, ...]) -> Update:
    """Something that mattered changed: show the difference and ask anew, for content made from today's facts."""
    proposal = await _worded_anew(ctx, case)
    if proposal.composed_by == "person":
        lines += still_named(proposal.content, shown_in(case.proposal), sender_values(case.evidence, ctx.limits.vendor))
    return await _open_round(ctx, case, _judge_one(ctx, case), proposal, lines)


async def _worded_anew(ctx: Context, case: Case) -> ProposalRecord:
    """A person's own words stay, signed by whoever signs now; others are made again."""
    if case.proposal.composed_by != "person":
        return await _recomposed(ctx, case, send_at=case.proposal.send_at)
    signed = signed_anew(case.proposal.content, shown_in(case.proposal), sender_values(case.evidence, ctx.limits.vendor))
    return case.proposal.model_copy(update={"content": signed})


async def _open_round(ctx: Context, case: Case, judgement: Judgement, proposal: ProposalRecord, lines: tuple[str, ...]) -> Update:
    """Ask with the reasons for asking now, and keep what the ask rests on: a later look compares with that."""
    roles = judgement.roles or (case.play.approver or ctx.playbook.surfaces[case.evidence.surface].review.approver,)
    basis = recording.basis_of(judgement.verdicts[case.candidate.id], proposal, case.evidence, ctx.limits.vendor)
    proposal = recording.asked_anew(proposal, case.candidate, basis, case.round + 1)
    reasons = list(judgement.reasons) if judgement.route == "ask" else case.decision.reasons
    decision = case.decision.model_copy(update={"proposal": proposal, "reasons": reasons})
    approvals = recording.approvals_for(
        decision, ctx.playbook, case.evidence, case.candidate, roles, round_=case.round + 1, required=case.before.required, difference=lines,
        before=await ctx.store.approvals(decision.id),
    )  # fmt: skip
    messages = cards.ask_messages(decision, approvals, case.evidence.people, ctx.playbook.surfaces[decision.surface])
    await ctx.store.ask_again(
        decision.id, approvals, messages, proposal.model_dump(mode="json"),
        AuditEntry("asked_again" if lines else "asked", "nextplay", decision.id, {"difference": list(lines)}),
    )  # fmt: skip
    return {"next": "ask", "ask": interrupt_request(decision.id, case.round + 1, case.before.id, proposal.content)}


def _judge_one(ctx: Context, case: Case) -> Judgement:
    candidates = [NOTHING, case.candidate]
    return conclude(ctx.playbook, case.evidence, candidates, gate(ctx.playbook, case.evidence, candidates), ctx.model)


async def _wait(ctx: Context, case: Case, until: datetime | None) -> Update:
    """Rules put it off. After the play's window, or the clock of the subject itself, it is over."""
    if until is None or until - case.decision.created_at > case.play.window:
        return await _stop(ctx, case, Finding("forbidden", ("it can only be done after the play's window has closed",)))
    if ended := clock_before(case.evidence, until):
        return await _stop(ctx, case, Finding("forbidden", (f"it can only be done after {ended}",)))
    await _plan(ctx, case, until)
    await ctx.store.move_run(ctx.run.id, state="waiting", entry="revalidate", wake_at=until)
    return {"next": "wait"}


async def _when_undo_has_passed(ctx: Context, case: Case) -> Update:
    """Customer-visible effects wait for the undo time; then, and for internal ones at once, act."""
    until = await _end_of_undo(ctx, case)
    if case.play.customer_visible and ctx.clock() < until:
        await _plan(ctx, case, until)
        await ctx.store.move_run(ctx.run.id, state="waiting", entry="revalidate", wake_at=until)
        return {"next": "wait"}
    await _plan(ctx, case, None)
    return {"next": "act"}


async def _end_of_undo(ctx: Context, case: Case) -> datetime:
    """People have had the undo time since they approved; where nobody was asked, since the steps were planned."""
    if case.approvals:
        return max(a.at for a in case.approvals if a.at is not None) + ctx.limits.undo
    steps = await ctx.store.actions(case.decision.id)
    planned = [a.not_before for a in steps if a.state == "planned" and a.digest == case.proposal.digest and a.not_before is not None]
    return min(planned, default=ctx.clock() + ctx.limits.undo)


async def _plan(ctx: Context, case: Case, not_before: datetime | None) -> None:
    actions = recording.actions_for(
        case.decision.id, case.play, case.candidate, case.proposal, case.evidence, needs_approval=bool(case.approvals), not_before=not_before
    )
    await ctx.store.plan_actions(actions)


async def _end_of_deferral(ctx: Context, case: Case) -> Update:
    """The moment has come. The whole decision is made again; if the choice stands it goes on here, otherwise in a run of its own."""
    judged = decide(ctx.playbook, case.evidence, ctx.model)
    judgement, _ = in_words(ctx.playbook, case.evidence, judged, ctx.model, vendor=ctx.limits.vendor)
    if judgement.choice != case.candidate.id:
        return await _start_over(ctx, case)
    match judgement.route:
        case "ask":
            return await _open_round(ctx, case, judgement, await _recomposed(ctx, case), ())
        case "deferred":
            return await _wait(ctx, case, judgement.verdicts[case.candidate.id].until)
        case "act":
            return await _when_undo_has_passed(ctx, case) if not await _content_moved(ctx, case) else await _start_over(ctx, case)
        case _:
            return await _go_on(ctx, case, Finding("forbidden", tuple(r.text for r in judgement.reasons), unheard=bool(case.evidence.unanswered)))


async def _recomposed(ctx: Context, case: Case, *, send_at: datetime | None = None) -> ProposalRecord:
    composition = await compose_for(ctx, case.candidate, case.evidence)
    return recording.proposal_record(case.candidate, composition, send_at=send_at) if composition is not None else case.proposal


async def _content_moved(ctx: Context, case: Case) -> bool:
    return (await compare_with_now(ctx, case)).kind == "ask"


async def _start_over(ctx: Context, case: Case) -> Update:
    """Something else is best now: close this one as superseded, and decide afresh."""
    at = ctx.clock()
    again: Event = replace(ctx.standing.event, source="clock", id=f"deferral:{case.decision.id}", occurred_at=at, received_at=at)
    await ctx.store.accept([(arrival_of(again), run_for(again, at))], at)
    await ctx.store.stop(
        case.decision.id, code="superseded", text="something else is best now that the wait is over", reconsider_until=None,
        audit=AuditEntry("superseded", "nextplay", case.decision.id, {"by": again.id}, at),
    )  # fmt: skip
    return {"next": "finish"}


async def _leads(ctx: Context) -> Sequence[str]:
    return to_tell(await ctx.sources.directory.people(ctx.clock()), *LEADS, "operator")
