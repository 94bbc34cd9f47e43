"""Where a decision stands, in one sentence."""

from collections.abc import Sequence
from datetime import datetime

from agent.domain.decision import ActionRecord, Decision
from agent.domain.fact_names import in_words
from agent.domain.records import DATA_TASK
from agent.domain.spoken import sentence
from integrations.telling import words

STOPPED = frozenset({"forbidden_after_approval", "all_forbidden", "superseded", "blocked"})
"""Reasons that end what had been decided to happen."""


def waiting(decision: Decision) -> bool:
    """Whether a person has to do something."""
    return any(ask.state in ("open", "snoozed") for ask in decision.approvals) or any(action.state == "unknown" for action in decision.actions)


def stopped(decision: Decision) -> bool:
    """Whether what had been decided was ended before it was done."""
    return not waiting(decision) and decision.route in ("act", "ask", "deferred") and any(reason.code in STOPPED for reason in decision.reasons)


def undoable_until(decision: Decision, now: datetime) -> datetime | None:
    """Until when it can be taken back: while every step is planned, for a moment that is still to come."""
    if {action.state for action in decision.actions} != {"planned"}:
        return None
    begins = min((action.not_before for action in decision.actions if action.not_before), default=None)
    return begins if begins is not None and begins > now else None


def standing(decision: Decision) -> str:
    """Say in one sentence where a decision stands."""
    asks = [ask for ask in decision.approvals if ask.state in ("open", "snoozed")]
    if asks:
        who = words.listed(list(dict.fromkeys(person for ask in asks for person in ask.asked))) or "somebody, but nobody is available"
        return f"Waits until {words.utc(min(ask.expires_at for ask in asks))} for an answer by {who}."
    steps = [action for action in decision.actions if action.kind != DATA_TASK]
    if steps:
        return _of_actions(steps)
    refused = [ask for ask in decision.approvals if ask.state in ("rejected", "expired", "blocked", "superseded")]
    if refused and not any(ask.state in ("approved", "edited") for ask in decision.approvals[-1:]):
        by = f" by {refused[-1].answered_by}" if refused[-1].answered_by else ""
        return f"{refused[-1].state.capitalize()}{by}. {'; '.join(filter(None, ('Nothing was done', mending(decision))))}."
    if stopped(decision):
        why = dict.fromkeys(reason.said for reason in decision.reasons if reason.code in STOPPED)
        return f"Nothing was done: {'; '.join(why)}."
    if decision.route == "deferred" and decision.proposal and decision.proposal.send_at:
        return f"Waits until {words.utc(decision.proposal.send_at)}."
    return _why(decision)


def _why(decision: Decision) -> str:
    """The reasons; a route that needed none has shown something to somebody, since it has no effects."""
    why = "; ".join(dict.fromkeys(reason.said for reason in decision.reasons))
    if not why:
        return "Shown to who asked; there was nothing else to do."
    return f"{sentence(why)}."


_MENDING = {
    "done": "a task to mend the facts was opened",
    "failed": "the task to mend the facts could not be opened",
    "unknown": "nobody knows whether the task to mend the facts was opened: see nextplay effects list",
}


def mending(decision: Decision) -> str:
    """What became of the task that a rejection for wrong facts opens; empty where there is none."""
    task = next((action for action in decision.actions if action.kind == DATA_TASK), None)
    return "" if task is None else _MENDING.get(task.state, "a task to mend the facts is being opened")


def _of_actions(steps: Sequence[ActionRecord]) -> str:
    states = [action.state for action in steps]
    if "unknown" in states:
        return "It is not known whether an effect happened. A person must look: it is not repeated. See: nextplay effects list"
    if "planned" in states:
        later = [action.not_before for action in steps if action.state == "planned" and action.not_before]
        return f"Will be done at {words.utc(min(later))}; until then it can be undone." if later else "Is about to be done."
    if "started" in states:
        return "Is being done."
    done, why = states.count("done"), in_words(next((action.error for action in steps if action.state == "failed" and action.error), "it failed"))
    if done == len(states):
        return f"Done: {words.several(done, 'step')}."
    return f"Only {done} of {words.several(len(states), 'step')} done: {why}." if done else f"Not done: {why}."
