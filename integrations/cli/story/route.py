"""The head of a story, its trigger, and why the choice took the route that it took."""

from rich.text import Text

from agent.domain.decision import Decision
from integrations.cli import words
from integrations.cli.look import Page, badge
from integrations.cli.story.case import Case
from integrations.cli.words import ROUTES

STOPPED = frozenset({"forbidden_after_approval", "all_forbidden", "superseded"})
"""Reasons that end what had been decided to happen."""


def tell_head(page: Page, case: Case) -> None:
    """Add what it is, what it chose, and where it stands."""
    decision, chosen = case.decision, case.chosen
    page.line(
        badge(*ROUTES[decision.route]),
        "  ",
        (decision.id, "bold"),
        "  ",
        (decision.surface, "cyan"),
        (f" ({decision.mode})", "dim"),
        f"  {case.account()}",
    )
    if chosen is not None:
        how = f" by {chosen.channel}" if chosen.channel != "internal" else ""
        page.line((chosen.title, "bold"), ("  →  ", "dim"), f"{case.whom(chosen)}{how}")
    page.wrapped(Text(words.clean(standing(decision)), "bold yellow" if waiting(decision) else ""), at_most=3)


def waiting(decision: Decision) -> bool:
    """Whether a person has to do something."""
    return any(ask.state in ("open", "snoozed") for ask in decision.approvals) or any(action.state == "unknown" for action in decision.actions)


def standing(decision: Decision) -> str:
    """Say in one sentence where a decision stands."""
    asks = [ask for ask in decision.approvals if ask.state in ("open", "snoozed")]
    if asks:
        who = words.listed(list(dict.fromkeys(person for ask in asks for person in ask.asked))) or "somebody, but nobody is available"
        return f"Waits until {words.utc(min(ask.expires_at for ask in asks))} for an answer by {who}."
    if decision.actions:
        return _of_actions(decision)
    refused = [ask for ask in decision.approvals if ask.state in ("rejected", "expired", "blocked", "superseded")]
    if refused and not any(ask.state in ("approved", "edited") for ask in decision.approvals[-1:]):
        by = f" by {refused[-1].answered_by}" if refused[-1].answered_by else ""
        return f"{refused[-1].state.capitalize()}{by}. Nothing was done."
    stopped = [reason.text for reason in decision.reasons if reason.code in STOPPED]
    if stopped and decision.route in ("act", "ask", "deferred"):
        return f"Nothing was done: {'; '.join(dict.fromkeys(stopped))}."
    if decision.route == "deferred" and decision.proposal and decision.proposal.send_at:
        return f"Waits until {words.utc(decision.proposal.send_at)}."
    why = "; ".join(dict.fromkeys(reason.text for reason in decision.reasons))
    named = "." in why.partition(" ")[0]  # the name of a fact stays as it is
    return f"{why if named else why[:1].upper() + why[1:]}."


def _of_actions(decision: Decision) -> str:
    states = [action.state for action in decision.actions]
    if "unknown" in states:
        return "It is not known whether an effect happened. A person must look: it is not repeated. See: nextplay effects list"
    if "planned" in states:
        later = [action.not_before for action in decision.actions if action.state == "planned" and action.not_before]
        return f"Will be done at {words.utc(min(later))}; until then it can be undone." if later else "Is about to be done."
    if "started" in states:
        return "Is being done."
    done, why = states.count("done"), next((action.error for action in decision.actions if action.state == "failed" and action.error), "it failed")
    if done == len(states):
        return f"Done: {words.several(done, 'step')}."
    return f"Only {done} of {words.several(len(states), 'step')} done: {why}." if done else f"Not done: {why}."


def tell_trigger(page: Page, case: Case) -> None:
    """Add what happened."""
    trigger, subject = case.decision.trigger, case.decision.subject
    page.heading("What happened", f"decided {words.when(case.decision.created_at, case.now)}")
    page.line(
        (trigger.type, "bold"),
        f" on {subject.kind} {subject.id}, {words.when(trigger.occurred_at, case.now)}, told by {trigger.source}",
        (f" ({trigger.event_id})", "dim"),
        indent=2,
    )


def tell_why(page: Page, case: Case, at_most: int) -> None:
    """Add the reasons of the route, cut unless `at_most` is 0, and how sure and how sensitive it was."""
    decision = case.decision
    verb = {"act": "acts", "ask": "asks", "deferred": "waits", "none": "does nothing"}.get(decision.route, "stops here")
    page.heading(f"Why it {verb}", " · ".join([*_confidence(decision), *_sensitive(decision)]))
    if not decision.reasons:
        page.line("rules allow it, and the mode lets it act", indent=2)
    longest = max((len(reason.code) for reason in decision.reasons), default=0)
    for reason in decision.reasons:
        page.wrapped(words.one_line(reason.text), indent=2, label=Text(reason.code.ljust(longest + 2), "cyan"), at_most=2 if at_most else 0)


def _confidence(decision: Decision) -> list[str]:
    confidence = decision.confidence
    if not decision.choice:
        return []
    if confidence.value is None:
        return [f"confidence not calibrated ({int(confidence.terms.get('labels', 0))} answered cases)"]
    return [f"confidence {confidence.value:.0%}"]


def _sensitive(decision: Decision) -> list[str]:
    if not decision.candidates:
        return []
    return [f"sensitive: {', '.join(decision.sensitive.rules)}"] if decision.sensitive.value else ["not sensitive"]
