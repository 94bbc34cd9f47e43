"""The deciding nodes: from an event to a recorded decision. Nothing here touches the outside world but reading, and the one `record`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from langgraph.runtime import Runtime

from agent.arrivals import arrival_of, run_for
from agent.composing import Composed, ComposeError, brief_for
from agent.domain.approvers import to_tell
from agent.domain.candidates import Candidate
from agent.domain.deciding import Judgement, conclude, decide, left_open, unsearched
from agent.domain.decision import Decision
from agent.domain.event import TOLD_BY
from agent.domain.evidence import Evidence
from agent.domain.gate import Gate
from agent.domain.proposing import propose as build_candidates
from agent.domain.records import Message
from agent.graph import cards, recording
from agent.graph.collecting import collect
from agent.graph.context import Composition, Context
from agent.graph.papers import interrupt_request, papers_for, unless_open
from agent.graph.proving import by_template, draft_of, in_words, proven
from agent.graph.state import State
from agent.graph.triage import Triage, is_marked, triage
from agent.identity import speaker
from agent.ports import AuditEntry
from agent.writing import allowed_for, word
from tools.other_customers import others_named
from tools.processing import may_use_model

Update = dict[str, Any]


async def gather(state: State, runtime: Runtime[Context]) -> Update:
    """Read the facts, unless the event is one that starts no work."""
    ctx = runtime.context
    found = await triage(ctx)
    if not found.reasons or await _nobodys_emergency(ctx, found):
        ctx.desk.evidence = ctx.desk.evidence or await collect(ctx)
        return {}
    ctx.desk.suppressed, ctx.desk.hold = found.reasons, found.hold
    if found.settle is not None:
        at = ctx.clock()
        await ctx.store.accept([(arrival_of(found.settle), run_for(found.settle, at, wake_at=found.settle_at))], at)
    return {"route": "suppressed"}


async def _nobodys_emergency(ctx: Context, found: Triage) -> bool:
    """Whether rules require something for a subject whose account is not known. It is not done for nobody, but people must be alarmed.

    Where only the event has the account wrong, it is done for the one that the record says.
    """
    unresolved = [one.code for one in found.reasons] == ["identity_unresolved"]
    if not unresolved or ctx.standing.deleted or not ctx.standing.record:
        return False
    ctx.desk.evidence = await collect(ctx)
    judged = decide(ctx.playbook, ctx.desk.evidence, ctx.model)
    return bool(judged.unmet) or (judged.choice is not None and judged.verdicts[judged.choice].required)


async def propose(state: State, runtime: Runtime[Context]) -> Update:
    """Build every candidate that the playbook, the contacts and the search allow to exist."""
    desk = runtime.context.desk
    desk.judge = Gate(runtime.context.playbook, desk.need_evidence())
    desk.candidates = build_candidates(runtime.context.playbook, desk.need_evidence(), desk.judge)
    return {}


async def gate(state: State, runtime: Runtime[Context]) -> Update:
    """Let every rule speak on every candidate."""
    desk = runtime.context.desk
    desk.judge = desk.judge or Gate(runtime.context.playbook, desk.need_evidence())
    desk.verdicts = desk.judge.judge_all(desk.candidates)
    return {}


async def rank(state: State, runtime: Runtime[Context]) -> Update:
    """Order what is left, choose, and route. Raises SourceBusy where it is worth waiting for what a source would have said later."""
    ctx, desk = runtime.context, runtime.context.desk
    desk.judgement = conclude(ctx.playbook, desk.need_evidence(), desk.candidates, desk.verdicts, ctx.model, judge=desk.judge)
    if (busy := desk.busy) is not None and not _cannot_wait(desk.judgement, desk.need_evidence()):
        raise busy
    return {"route": desk.judgement.route}


def _cannot_wait(judgement: Judgement, evidence: Evidence) -> bool:
    """Rules require something, or nobody can tell whether they do: of that people are alarmed, and it is looked at again."""
    required = judgement.choice is not None and judgement.verdicts[judgement.choice].required
    return required or bool(judgement.unmet) or bool(left_open(judgement, evidence))


async def compose(state: State, runtime: Runtime[Context]) -> Update:
    """Word the choice for this person. The words cannot change what is done, to whom, how or when."""
    ctx = runtime.context
    evidence = ctx.desk.need_evidence()
    judgement, draft = in_words(ctx.playbook, evidence, ctx.desk.need_judgement(), ctx.model, vendor=ctx.limits.vendor)
    ctx.desk.judgement, ctx.desk.draft = judgement, draft
    if judgement.chosen is not None and draft is not None:
        ctx.desk.content = await _worded(ctx, judgement.chosen, evidence, draft)
    return {"route": judgement.route}


async def compose_for(ctx: Context, chosen: Candidate, evidence: Evidence) -> Composition | None:
    """The text of a candidate; None where a value that it prints is not known."""
    try:
        draft = draft_of(ctx.playbook, chosen, evidence, vendor=ctx.limits.vendor)
    except ComposeError:
        return None
    return await _worded(ctx, chosen, evidence, draft)


async def _worded(ctx: Context, chosen: Candidate, evidence: Evidence, draft: Composed) -> Composition:
    """Template first; then the model's wording, if one is configured and the account allows it."""
    play = ctx.playbook.plays[chosen.play]
    if ctx.writer is None or play.reach == "internal":
        return by_template(draft, _unaided(ctx))
    brief = brief_for(play, chosen, evidence, draft)
    worded = await word(
        ctx.writer, draft, brief, allowed_for(brief, draft, today=evidence.at.date()), ai_processing=may_use_model(evidence.facts),
        others=partial(others_named, ctx.sources.crm, ours=evidence.family or (evidence.account or "",)), deadline_s=ctx.limits.compose_s,
    )  # fmt: skip
    return Composition(worded.content, worded.composed_by, worded.prompt_hash, dict(draft.used), tuple(worded.notes))


def _unaided(ctx: Context) -> tuple[str, ...]:
    why = "no model is configured" if ctx.writer is None else "colleagues are told in plain words"
    return (f"worded by the template: {why}",)


async def check(state: State, runtime: Runtime[Context]) -> Update:
    """Prove the final text once more, whoever wrote it. Text that cannot be proven is never sent without a person."""
    ctx = runtime.context
    desk = ctx.desk
    if desk.content is None:
        return {}
    evidence, judgement = desk.need_evidence(), desk.need_judgement()
    desk.judgement, desk.content = proven(ctx.playbook, evidence, judgement, desk.content, vendor=ctx.limits.vendor, draft=desk.draft)
    return {"route": desk.judgement.route}


async def record(state: State, runtime: Runtime[Context]) -> Update:
    """Write decision, proposal, asks, planned actions, messages and audit in one transaction."""
    ctx = runtime.context
    if ctx.desk.suppressed:
        return await _record_suppressed(ctx)
    evidence, judgement = ctx.desk.need_evidence(), ctx.desk.need_judgement()
    decision = unless_open(recording.decision_of(ctx.run, ctx.playbook, evidence, judgement, ctx.desk.content), evidence)
    papers = papers_for(ctx, decision, evidence, judgement)
    if plays := left_open(judgement, evidence):
        done, again = await _looked_at_again(ctx, decision)
        alarm = [cards.open_alarm(decision, evidence, plays, again)] if done == 0 or again is None else []
        papers = replace(papers, messages=[*papers.messages, *alarm])
    elif unsearched(judgement, evidence) and "reply" not in ctx.run.event.data:  # who waits for an answer is told, and asks again
        await _looked_at_again(ctx, decision)
    await ctx.store.record(
        decision, evidence, state=papers.state, entry=papers.entry, wake_at=papers.wake_at, approvals=papers.approvals,
        actions=papers.actions, messages=papers.messages, supersede=papers.supersede,
        audit=[_decided(decision)], watch=recording.watch_of(ctx.playbook, decision, evidence),
    )  # fmt: skip
    shown = interrupt_request(decision.id, 1, decision.choice or "", decision.proposal.content) if papers.approvals and decision.proposal else {}
    return {"route": decision.route, "next": "wait" if papers.state == "waiting" else "go", "ask": shown}


async def _looked_at_again(ctx: Context, decision: Decision) -> tuple[int, datetime | None]:
    """Decide once more when the source has had time, as often as a failing run is tried: how often that was done already, and when it is; None
    for never.
    """
    event, at = ctx.run.event, ctx.clock()
    times, root = event.id.removeprefix(_AGAIN).split(":", 1) if event.id.startswith(_AGAIN) else ("0", decision.id)
    done = int(times)
    again = at + ctx.limits.rest_after(done + 1) if done + 1 < ctx.limits.attempts else None
    if again is not None:
        said = {**event.data, TOLD_BY: speaker(event)}
        later = replace(event, source="clock", id=f"{_AGAIN}{done + 1}:{root}", occurred_at=at, received_at=at, data=said)
        await ctx.store.accept([(arrival_of(later), run_for(later, at, wake_at=again))], at)
    return done, again


_AGAIN = "unanswered:"
"""How the ids of our own events begin that have a decision made once more because a source did not answer."""


def _decided(decision: Decision) -> AuditEntry:
    said = {"route": decision.route, "choice": decision.choice, "playbook": decision.playbook_version}
    return AuditEntry("decided", "nextplay", decision.id, said)


async def _record_suppressed(ctx: Context) -> Update:
    event = ctx.standing.event
    surface = ctx.playbook.surface_of(event.type)
    decision = recording.suppressed_decision(
        ctx.run, event, surface=surface.id if surface else "", mode=surface.mode if surface else "off", at=ctx.clock(),
        version=ctx.playbook.version, model=ctx.model.version, reasons=ctx.desk.suppressed,
    )  # fmt: skip
    messages: list[Message] = []
    if ctx.desk.hold is not None:
        late = None if is_marked(event) else ctx.clock()  # too many were noticed only when the first were decided
        hold = await ctx.store.hold(replace(ctx.desk.hold, decision_id=decision.id), run_id=ctx.run.id, recall_at=late)
        if hold.decision_id != decision.id:
            return {"route": "suppressed", "next": "held"}
        messages = [cards.hold_notice(hold, decision, await _operators(ctx))]
    await ctx.store.record(
        decision, None, state="held" if messages else "closed", entry="finish", wake_at=None, approvals=(), actions=(), messages=messages,
        supersede=(), audit=[AuditEntry("suppressed", "nextplay", decision.id, {"reasons": [r.code for r in decision.reasons]})],
    )  # fmt: skip
    if ctx.desk.hold is not None:
        await ctx.store.move_run(ctx.run.id, state="held", error=ctx.desk.hold.id)
        return {"route": "suppressed", "next": "held"}
    return {"route": "suppressed", "next": "go"}


async def _operators(ctx: Context) -> Sequence[str]:
    return to_tell(await ctx.sources.directory.people(ctx.clock()), "operator", "revops")
