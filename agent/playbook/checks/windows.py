"""Do the spans of time agree: windows of plays, deferrals, outcomes, and the clock of an ask?"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from difflib import get_close_matches

from agent.domain.meanings import GUARDRAILS, NO_OUTCOME
from agent.domain.playbook import Playbook
from agent.domain.plays import Play, Surface
from agent.domain.rules import EffectKind, Rule
from agent.domain.spans import format_span, parse_span
from agent.playbook.checks.reach import admitted
from agent.playbook.findings import Finding, error, warning

LONGEST_CLOSED = timedelta(days=4)
"""Working hours may stay closed this long: from the evening before a long weekend to the morning after it."""

LONG_PAST = timedelta(days=30)
"""A rule that ended so long ago is no longer kept to look at how it did."""

_QUIET = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


def check_windows(playbook: Playbook) -> Iterator[Finding]:
    """Spans that contradict each other, and events that two surfaces claim."""
    yield from _events(playbook)
    for surface in playbook.surfaces.values():
        yield from _ask_clock(surface)
        yield from _guardrails(surface)
    for play in playbook.plays.values():
        yield from _outcome(play)
    for rule in playbook.rules.values():
        if rule.enabled:
            yield from _deferrals(playbook, rule)


def check_ended(playbook: Playbook, today: date) -> Iterator[Finding]:
    """Rules that ended long before `today`: they look like policy, and are none."""
    for rule in playbook.rules.values():
        if rule.enabled and rule.until is not None and rule.until < today - LONG_PAST:
            message = f"it ended on {rule.until} and does nothing any more; remove it, or give it a later end"
            yield warning("rule", rule.id, message, path=("until",))


def _events(playbook: Playbook) -> Iterator[Finding]:
    claimed: dict[str, str] = {}
    for surface in playbook.surfaces.values():
        for name in surface.trigger.types:
            if name in claimed and claimed[name] != surface.id:
                message = f"the event {name} also triggers '{claimed[name]}'; an event belongs to one surface"
                yield error("surface", surface.id, message, path=("trigger",))
            claimed.setdefault(name, surface.id)
        if not surface.trigger.types:
            yield warning("surface", surface.id, "no event triggers it, so it never decides", path=("trigger",))


def _ask_clock(surface: Surface) -> Iterator[Finding]:
    review = surface.review
    if not review.remind_after < review.delegate_after < review.expire_after:
        spans = [format_span(s) for s in (review.remind_after, review.delegate_after, review.expire_after)]
        message = f"an ask is first reminded of, then delegated, then expires; found {', '.join(spans)}"
        yield error("surface", surface.id, message, path=("review",))
    if not _QUIET.fullmatch(surface.attention.quiet):
        message = f"write quiet hours as HH:MM-HH:MM; found '{surface.attention.quiet}'"
        yield error("surface", surface.id, message, path=("attention", "quiet"))


def _outcome(play: Play) -> Iterator[Finding]:
    if play.window <= timedelta():
        yield error("play", play.id, "its window must be longer than nothing", path=("window",))
    if play.outcome is not None and play.outcome.window < play.window:
        spans = f"{format_span(play.outcome.window)} against {format_span(play.window)}"
        message = f"the outcome is awaited for less time than the play may wait ({spans}); raise the first"
        yield warning("play", play.id, message, path=("outcome", "window"))
    if play.outcome is not None and play.outcome.event in NO_OUTCOME:
        message = f"{play.outcome.event} is no outcome: it does not say that a person did anything; await a reply or what follows from it"
        yield error("play", play.id, message, path=("outcome", "event"))


def _guardrails(surface: Surface) -> Iterator[Finding]:
    for name in surface.outcome.names:
        if name not in GUARDRAILS:
            near = get_close_matches(name, GUARDRAILS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(GUARDRAILS)}"
            yield warning("surface", surface.id, f"nothing counts as the guardrail '{name}'; {hint}", path=("outcome", "guardrails"))


def _deferrals(playbook: Playbook, rule: Rule) -> Iterator[Finding]:
    least = _least(rule)
    if least is None:
        return
    span, severity = least
    for play in dict.fromkeys(play.id for _, play in admitted(playbook, rule)):
        window = playbook.plays[play].window
        if window < span:
            message = f"it can put '{play}' off for {format_span(span)}, but that play's window is {format_span(window)}"
            make = error if severity == "error" else warning
            yield make("rule", rule.id, f"{message}; it would never be done", path=("effect",))


def _least(rule: Rule) -> tuple[timedelta, str] | None:
    """How long a deferral lasts: surely, for a fixed span; at worst, for working hours."""
    until = rule.effect.until or ""
    if rule.effect.kind is not EffectKind.DEFER:
        return None
    if not until.startswith("after:"):
        return (LONGEST_CLOSED, "warning") if until.endswith("_hours") else None
    try:
        span = parse_span(rule.setting(until.removeprefix("after:")))
    except (ValueError, KeyError):
        return None  # `check_effects` reports it
    return (span, "error") if isinstance(span, timedelta) else None
