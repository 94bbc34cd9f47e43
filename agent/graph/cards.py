"""What people are told: the text of asks, differences, notices and alarms. Doors decide how it looks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agent.domain.approvers import AND, LEADS, to_tell
from agent.domain.deciding import Judgement
from agent.domain.decision import ActionRecord, Decision
from agent.domain.escalation_path import escalation_path
from agent.domain.evidence import Evidence, Person
from agent.domain.fact_names import in_words
from agent.domain.plays import STEP_TITLES, STEPS_DONE, Surface, channel_for
from agent.domain.records import DATA_TASK, Approval, Cap, Hold, Message, Run, Waiting
from agent.domain.spoken import happened, sentence, spoken


def ask_messages(decision: Decision, approvals: Sequence[Approval], people: Sequence[Person], surface: Surface) -> list[Message]:
    """One card for each ask; a difference card when it is not the first.

    Where nobody can be asked, operators are told so, and the card goes to the surface's channel, if it has one.
    """
    channel = channel_for(surface, sensitive=decision.sensitive.value)
    return [message for one in approvals for message in _messages(decision, one, people, channel)]


def _messages(decision: Decision, one: Approval, people: Sequence[Person], channel: str | None) -> list[Message]:
    if one.asked:
        return [_ask_card(decision, one)]
    return [_unasked_alarm(decision, one, people), *([channel_card(decision, one, channel, one.created_at)] if channel else [])]


def _ask_card(decision: Decision, one: Approval) -> Message:
    return Message(
        id=f"msg_{one.id}", kind="difference" if one.difference else "ask", to=one.asked, title=_title(decision),
        body=_body(decision, one), decision_id=decision.id, at=one.created_at, data=_put(one),
    )  # fmt: skip


def _put(one: Approval) -> dict[str, Any]:
    """Which ask it is, and what of it changes when it is passed on: so that the card can be shown as it was put."""
    return {"approval": one.id, "round": one.round, "allowed": [*one.allowed], "routing": one.routing}


def channel_card(decision: Decision, one: Approval, channel: str, at: datetime) -> Message:
    """The card for everybody in the surface's channel who may answer: nobody is left to be asked alone."""
    return Message(
        id=f"msg_{one.id}_channel", kind="difference" if one.difference else "ask", to=(), title=_title(decision), body=_body(decision, one),
        decision_id=decision.id, at=at, data={**_put(one), "channel": channel},
    )  # fmt: skip


def unreached_alarm(decision: Decision, ask: Approval, why: str, to: Sequence[str], at: datetime) -> Message:
    """An ask that could be put before nobody."""
    return Message(
        id=f"msg_{ask.id}_nowhere", kind="alarm", to=tuple(to), title=f"Not put before anybody: {_title(decision)}",
        body=f"{why}. It can be answered with: nextplay answer {decision.id} approve --as EMAIL (or edit, reject).\n{_body(decision, ask)}",
        decision_id=decision.id, at=at,
    )  # fmt: skip


def _unasked_alarm(decision: Decision, one: Approval, people: Sequence[Person]) -> Message:
    role = one.needed_role.replace("_", " ")
    barred = f"; {one.requester.replace(AND, ' and ')}, who requested it, may not approve it" if one.requester else ""
    why = f"Nobody who could answer as {role}, stand in, or answer in the fallback role is in the directory and free to{barred}."
    return Message(
        id=f"msg_{one.id}", kind="alarm", to=to_tell(people, "operator", "revops"), title=f"Nobody can be asked: {_title(decision)}",
        body=f"{why}\n{_body(decision, one)}", decision_id=decision.id, at=one.created_at, data={"approval": one.id, "round": one.round},
    )  # fmt: skip


def reminder(decision: Decision, approval: Approval, at: datetime, *, to: Sequence[str], kind: str) -> Message:
    """Tell somebody that an ask still waits. `kind` (remind, delegate) keeps the message unique."""
    return Message(
        id=f"msg_{approval.id}_{kind}", kind="reminder", to=tuple(to), title=f"Still waiting: {_title(decision)}",
        body=f"{_body(decision, approval)}", decision_id=decision.id, at=at, data={"approval": approval.id},
    )  # fmt: skip


def missed(decision: Decision, approval: Approval, at: datetime, *, to: Sequence[str], alarm: bool) -> Message:
    """Say that an ask ended without an answer; an alarm when a rule required the play."""
    return Message(
        id=f"msg_{approval.id}_expired", kind="alarm" if alarm else "notice", to=tuple(dict.fromkeys(to)),
        title=f"Not answered in time: {_title(decision)}", body=f"The ask ended at {approval.expires_at:%Y-%m-%d %H:%M} UTC. Nothing was done.",
        decision_id=decision.id, at=at, data={"approval": approval.id},
    )  # fmt: skip


def unmet_alarm(decision: Decision, evidence: Evidence, judgement: Judgement) -> Message:
    """A required play cannot run: people must know at once."""
    groups = {group.id: f" to {group.name}" for group in evidence.groups}
    unmet = [c for c in judgement.candidates if c.play in judgement.unmet]
    why = [f"- {c.title}{groups.get(c.target or '', '')}: {in_words(judgement.counterfactuals.get(c.id, ''))}" for c in unmet]
    what = " and ".join(dict.fromkeys(c.title for c in unmet)) or ", ".join(judgement.unmet)
    return Message(
        id=f"msg_{decision.id}_unmet", kind="alarm", to=to_tell(evidence.people, *LEADS),
        title=f"Required but not possible: {what} · {_account(decision)}",
        body="\n".join([f"{_subject(decision)} needs a person now. Nothing was done.", *why]), decision_id=decision.id, at=evidence.at,
    )  # fmt: skip


def open_alarm(decision: Decision, evidence: Evidence, plays: Sequence[str], again: datetime | None) -> Message:
    """Whether something is required could not be told, because a source is silent: people must look, because we cannot."""
    said = "; ".join(f"{name} {value}" for name, value in evidence.event.data.items() if name in ("priority", "type", "tags"))
    later = f"It is looked at again at {again:%Y-%m-%d %H:%M:%S} UTC." if again else "It is not looked at again."
    return Message(
        id=f"msg_{decision.id}_open", kind="alarm", to=to_tell(evidence.people, *LEADS, "operator"),
        title=f"Perhaps urgent, and cannot be read: {_subject(decision)}",
        body=f"{_happened(decision)}{f' ({said})' if said else ''}. A source does not answer, so nobody can tell whether"
        f" {' and '.join(plays)} is required. Nothing was done. {later}",
        decision_id=decision.id, at=evidence.at,
    )  # fmt: skip


def demoted_alarm(cap: Cap, mode: str, to: Sequence[str], at: datetime) -> Message:
    """A surface that caused too much friction has been demoted: people must look, and only they can lift it."""
    return Message(
        id=f"msg_{cap.id}", kind="alarm", to=tuple(to), title=f"Demoted: {cap.surface} is held at {cap.mode}",
        body=f"{cap.why[:1].upper()}{cap.why[1:]}. The playbook says {mode}. When the cause is mended:"
        f" nextplay surfaces lift {cap.surface} --as EMAIL --why TEXT",
        decision_id=None, at=at,
    )  # fmt: skip


def too_late_notice(decision: Decision, what: str, why: str, to: Sequence[str]) -> Message:
    """What may only be done when it is too late, and nothing else is worth doing: whoever would have been asked is told."""
    return Message(
        id=f"msg_{decision.id}_late", kind="notice", to=tuple(to), title=f"Nothing can be done in time: {_subject(decision)}",
        body=f"{_happened(decision)}. {what}: {in_words(why)}. Nothing was done; if it cannot wait, it needs you.",
        decision_id=decision.id, at=decision.created_at,
    )  # fmt: skip


def withdrawn_notice(decision: Decision, why: str, to: Sequence[str], at: datetime) -> Message:
    """Who was asked about it must not believe that it is done."""
    return Message(
        id=f"msg_{decision.id}_withdrawn_{at:%Y%m%d%H%M%S}", kind="notice", to=tuple(to), title=f"Not done: {_title(decision)}",
        body=f"{sentence(in_words(why))}. It was stopped, and nobody need answer it any more.", decision_id=decision.id, at=at,
    )  # fmt: skip


def hold_notice(hold: Hold, decision: Decision, to: Sequence[str]) -> Message:
    """One notice for a bulk change, however many events it has."""
    return Message(
        id=f"msg_{decision.id}_held", kind="notice", to=tuple(to), title=f"Bulk change held back: {hold.source}",
        body=f"{hold.why[:1].upper()}{hold.why[1:]}. Nothing was done. Release it with: nextplay holds release {hold.id}",
        decision_id=decision.id, at=decision.created_at,
        data={"hold": hold.id},
    )  # fmt: skip


def done_notice(decision: Decision, to: Sequence[str], at: datetime) -> Message:
    """Tell people afterwards what a required play did without asking."""
    what = ", ".join(_became(action) for action in decision.actions)
    path = "".join(f"\n- {line}" for line in escalation_path(decision, decision.chosen))
    return Message(
        id=f"msg_{decision.id}_done", kind="done", to=tuple(to), title=f"Done without asking: {_title(decision)}",
        body=f"{_subject(decision)}: {what}. A rule requires it.{path}", decision_id=decision.id, at=at,
    )  # fmt: skip


def _became(action: ActionRecord) -> str:
    """What became of a step, as people say it."""
    return STEPS_DONE[action.kind] if action.state == "done" else f"{STEP_TITLES[action.kind]}: {action.state}"


def outcome_notice(decision: Decision, ask: Approval, metric: str, happened: datetime, at: datetime) -> Message:
    """What came of it, for who approved it. It claims no cause: that only a comparison can tell."""
    what = spoken(metric)
    when = f"You approved it on {ask.at:%Y-%m-%d %H:%M} UTC" if ask.at else "You approved it"
    return Message(
        id=f"msg_{ask.id}_outcome", kind="outcome", to=(ask.answered_by,) if ask.answered_by else (), title=f"What came of it: {what}",
        body=f"{_title(decision)}. {when}; {what} on {happened:%Y-%m-%d %H:%M} UTC.", decision_id=decision.id, at=at, data={"approval": ask.id},
    )  # fmt: skip


def parked_alarm(decision_id: str, key: str, what: str, to: Sequence[str], at: datetime) -> Message:
    """An effect of which nobody can say whether it happened."""
    return Message(
        id=f"msg_{key}_unknown", kind="alarm", to=tuple(to), title=f"Effect unknown: {what}",
        body=f"It may or may not have happened, and cannot be looked up. It is not repeated. Look at the target for the marker {key}, and say what"
        f" you found: nextplay effects resolve {key} --done (or --not-done) --why TEXT --as EMAIL",
        decision_id=decision_id, at=at,
    )  # fmt: skip


def dead_alarm(run: Run, to: Sequence[str], at: datetime) -> Message:
    """A run that failed too often: nothing happens with its event any more until somebody looks."""
    about = f"{run.event.type} on {run.event.subject_kind} {run.event.subject_id}"
    return Message(
        id=f"msg_{run.id}_dead_{at:%Y%m%d%H%M%S}", kind="alarm", to=tuple(to), title=f"Given up: {about}",
        body=f"It failed {run.attempts} times, at last with {run.error}. When that is mended: nextplay dead retry {run.id} --why TEXT --as EMAIL",
        decision_id=run.decision_id, at=at,
    )  # fmt: skip


def silent_alarm(waiting: Waiting, to: Sequence[str], at: datetime) -> Message:
    """A source is silent, and runs wait for it: one alarm for each outage."""
    return Message(
        id=f"msg_silent_{waiting.source}_{waiting.since:%Y%m%d%H%M%S}", kind="alarm", to=tuple(to), title=f"Silent: {waiting.source}",
        body=f"{waiting.source} has not answered since {waiting.since:%Y-%m-%d %H:%M} UTC. {waiting.runs} run(s) wait for it so far, urgent ones too,"
        " and go on by themselves when it answers. See: nextplay doctor",
        decision_id=None, at=at,
    )  # fmt: skip


def failed_alarm(decision: Decision, action: ActionRecord, to: Sequence[str], at: datetime) -> Message:
    """A step that was to be done, and will not be."""
    mends = action.kind == DATA_TASK
    title = STEP_TITLES[action.kind]
    what = f"{title[:1].upper()}{title[1:]}{'' if mends else f' ({action.target})'}"
    after = "Nobody has been asked to mend the facts." if mends else "The steps after it were not done either."
    return Message(
        id=f"msg_{action.key}_failed", kind="alarm", to=tuple(dict.fromkeys(to)), title=f"Not done: {_title(decision)}",
        body=f"{what} failed: {action.error}. {after} It is not tried again.",
        decision_id=decision.id, at=at,
    )  # fmt: skip


def _title(decision: Decision) -> str:
    return f"{decision.chosen.title if decision.chosen else decision.surface} · {_account(decision)}"


def _account(decision: Decision) -> str:
    named = next((fact.value for fact in decision.facts if fact.name == "account.name" and fact.value), None)
    return str(named or decision.subject.account or "an unknown account")


def _happened(decision: Decision) -> str:
    """What came in, and about what."""
    return f"{happened(decision.trigger.type)}: {_subject(decision)}"


def _subject(decision: Decision) -> str:
    return f"{decision.subject.kind} {decision.subject.id} of {_account(decision)}"


def _body(decision: Decision, approval: Approval) -> str:
    proposal = decision.proposal
    content = "\n".join(proposal.content.values()) if proposal else ""
    changed = ["What changed since:", *(f"- {in_words(line)}" for line in approval.difference)] if approval.difference else []
    why = "; ".join(reason.said for reason in decision.reasons)
    who = f"{', '.join(approval.allowed) or 'nobody is available'}, as {approval.needed_role.replace('_', ' ')}"
    path = [f"- {line}" for line in escalation_path(decision, decision.chosen)]
    return "\n".join([
        f"Why now: {_happened(decision)}.", f"Why asked: {why}.", *(["Why this group:", *path] if path else []), *changed,
        f"Who may answer: {who}, until {approval.expires_at:%Y-%m-%d %H:%M} UTC.", "", content,
    ])  # fmt: skip
