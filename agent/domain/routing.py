"""The route: act, ask, wait, or do nothing, with coded reasons. The order of the questions is policy."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from agent.domain.candidates import Candidate, Verdict
from agent.domain.considered import Considered
from agent.domain.decision import REASONS, Reason, Route, reason
from agent.domain.evidence import Evidence
from agent.domain.holdout import held_out
from agent.domain.modes import mode_for, why_held
from agent.domain.plays import RISKS, Mode, Play
from agent.domain.ranking import WINDOW
from agent.domain.rules import RuleResult

PROTECTIVE_APPROVER = "lead_on_shift"
"""Who is asked, for minutes, about a required play on a surface that only suggests."""

NOTICE = "contract.days_to_notice"
"""Negative once the day is over on which the contract could still be cancelled."""

_TIMING = {"defer": "quiet_hours", "cap": "contact_cap", "cooldown": "cooldown"}
"""The reason code of each timed effect."""


@dataclass(frozen=True, slots=True)
class Routing:
    """Where the choice goes, why, and which roles must approve (all of them) when it is an ask."""

    route: Route
    reasons: tuple[Reason, ...]
    roles: tuple[str, ...] = ()


def route_choice(found: Considered) -> Routing:
    """Decide what happens with the choice. That it was drawn changes nothing in that: its confidence is the lower for what was better."""
    routing, claimed = _route(found), found.evidence.claimed
    if found.ranking.explored:
        routing = replace(routing, reasons=(*routing.reasons, _drawn(found)))
    if claimed is None:
        return routing
    says = f"the event names the account {claimed}, but its {found.evidence.event.subject_kind}'s record belongs to {found.evidence.account}"
    return replace(routing, reasons=(*routing.reasons, reason("identity_unresolved", f"{says}: the record counts")))


def _route(found: Considered) -> Routing:
    chosen = found.chosen
    if chosen is None:
        return Routing("none", _distinct(_why_nothing(found)))
    verdict, play = found.verdicts[chosen.id], found.playbook.plays[chosen.play]
    mode = mode_for(found.surface, play, found.evidence, required=verdict.required)
    if not verdict.required and held_out(found.surface, play, found.evidence):
        return Routing("holdout", (reason("holdout"),))
    if mode in ("off", "shadow"):
        return Routing("shadow", (reason("shadow", why_held(found.surface, play, found.evidence) or ""),))
    if verdict.required:
        return _protective(mode, found.ranking.unmet)
    fell = _distinct([*_better_but_unknown(found, chosen), *_better_but_too_late(found, chosen)])
    if verdict.verdict == "defer":
        return Routing("deferred", _distinct([*_why_later(found, verdict), *fell]))
    asks = _distinct(_why_ask(found, chosen, play, mode))
    roles = verdict.ask_of or (play.approver or found.surface.review.approver,)
    return Routing("ask", _distinct([*asks, *fell]), roles) if asks else Routing("act", fell)


def _drawn(found: Considered) -> Reason:
    best = found.candidates[str(found.ranking.best)]
    which = f"'{best.title}' ({best.id})" if found.chosen and best.play == found.chosen.play else f"'{best.title}'"
    return reason("explored", f"{REASONS['explored']}; {which} would be worth more by expectation")


def _protective(mode: Mode, unmet: tuple[str, ...]) -> Routing:
    """At once, or asked for minutes. Another required play that is not possible stays visible beside it."""
    others = [_required_but_impossible(unmet)] if unmet else []
    if mode == "auto":
        return Routing("act", (reason("required"), *others))
    return Routing("ask", (reason("required"), *others, reason("mode_suggest")), (PROTECTIVE_APPROVER,))


def _why_ask(found: Considered, chosen: Candidate, play: Play, mode: Mode) -> Iterator[Reason]:
    verdict, surface = found.verdicts[chosen.id], found.surface
    yield from _why_not_valued(found, chosen)
    if verdict.verdict == "ask":
        yield from (reason("ask_rule", f"{r.id}: {_says(r)}") for r in verdict.rules if r.matched and r.effect == "ask")
        yield from _unknown_facts(verdict.rules, found.evidence)
    if RISKS.index(play.risk) > RISKS.index(surface.max_risk):
        yield reason("risk_tier")
    if mode == "suggest":
        yield reason("mode_suggest", why_held(surface, play, found.evidence) or "")
    if chosen.customer_visible or play.commercial:
        yield from _doubts(found, verdict)


def _better_but_unknown(found: Considered, chosen: Candidate) -> Iterator[Reason]:
    """The facts for want of which alone rules forbid something worth more than the choice: one reason for each fact."""
    told = set[str]()
    for candidate in sorted(found.real, key=lambda c: -found.worth(c)):
        rules = _forbidding(found.verdicts[candidate.id])
        clauses = [[clause for clause in rule.clauses if clause.result == "missing"] for rule in rules]
        if candidate.play == chosen.play or found.worth(candidate) <= found.worth(chosen) or not rules or not all(clauses):
            continue
        for name in [name for clause in chain(*clauses) for name, value in clause.values.items() if value is None and name not in told]:
            told.add(name)
            yield _unknown(name, found.evidence, f"without it rules forbid '{candidate.title}' ({candidate.play}), which would be worth more")


def _better_but_too_late(found: Considered, chosen: Candidate) -> Iterator[Reason]:
    """What would be worth more than the choice, and is allowed only when the subject's own clock has run out."""
    for candidate in sorted(found.real, key=lambda c: -found.worth(c)):
        ended = found.too_late(candidate)
        if ended not in (None, WINDOW) and candidate.play != chosen.play and found.worth(candidate) > found.worth(chosen):
            yield reason("window_closed", f"'{candidate.title}' ({candidate.play}) would be worth more, but could only be done after {ended}")


def _doubts(found: Considered, verdict: Verdict) -> Iterator[Reason]:
    """What keeps effects that a customer sees from happening by themselves; internal ones can be undone."""
    if verdict.sensitive:
        yield reason("sensitive", f"{REASONS['sensitive']}: {', '.join(verdict.sensitive)}")
    if not found.confidence.calibrated:
        yield reason("uncalibrated")
    elif (found.confidence.value or 0.0) < found.surface.confidence.act_at_least:
        yield reason("low_confidence")


def _why_later(found: Considered, verdict: Verdict) -> Iterator[Reason]:
    """Every timed rule that moved the moment, with what moved it and to when."""
    for rule in verdict.rules:
        if rule.matched and rule.effect in _TIMING:
            code, says = _TIMING[rule.effect], _says(rule)
            until = f" until {rule.until:%Y-%m-%d %H:%M} UTC" if rule.until else ""
            yield reason(code, f"{_what_waits(found, rule.id, code)}{': ' if says else ''}{says} ({rule.id}){until}")


def _what_waits(found: Considered, rule_id: str, code: str) -> str:
    """A deferral names whose hours it keeps to: those of the group, or of the recipient."""
    rule = found.playbook.rules.get(rule_id)
    to_group = rule is not None and rule.effect.until == "group_hours" and found.evidence.edition > 1
    return "outside the hours in which the group is at work" if to_group else REASONS[code]


def _why_nothing(found: Considered) -> Iterator[Reason]:
    if found.ranking.unmet:
        yield _required_but_impossible(found.ranking.unmet)
    if found.evidence.account is None:
        event = found.evidence.event
        yield reason("identity_unresolved", f"no account is known for the {event.subject_kind} {event.subject_id} of {event.source}")
    else:
        yield from _why_none_of_them(found)


def _why_none_of_them(found: Considered) -> Iterator[Reason]:
    verdicts = {c.id: found.verdicts[c.id] for c in found.real}
    forbidden = [v for v in verdicts.values() if v.verdict == "forbid"]
    possible = [c for c in found.real if found.possible(c)]
    if not found.ranking.unmet and len(forbidden) == len(verdicts):
        yield reason("all_forbidden")
    elif not found.ranking.unmet and any(found.scores[c.id].priority is not None for c in possible):
        yield reason("do_nothing_best")
    if len(forbidden) + len(possible) < len(verdicts):
        ended = dict.fromkeys(name for c in found.real if (name := found.too_late(c)))
        yield from (reason("window_closed", f"it could only be done after {name}") for name in ended)
    for candidate in found.real:
        if candidate not in possible and not _forbidding(verdicts[candidate.id]):
            yield from _why_later(found, verdicts[candidate.id])
    yield from _why_forbidden(forbidden, found.evidence)
    for candidate in possible:
        yield from _why_not_valued(found, candidate)


def _why_not_valued(found: Considered, candidate: Candidate) -> Iterator[Reason]:
    if found.scores[candidate.id].priority is not None:
        return
    unknown = found.unknown(candidate)
    if not unknown:
        yield reason("fact_missing", f"'{candidate.title}' could not be valued")
    yield from (_unknown(name, found.evidence, f"'{candidate.title}' could not be valued") for name in unknown)


def _why_forbidden(forbidden: Iterable[Verdict], evidence: Evidence) -> Iterator[Reason]:
    rules = [rule for verdict in forbidden for rule in _forbidding(verdict)]
    if any(verdict.blocked for verdict in forbidden):
        yield reason("blocked")
    if any(clause.values.get("ticket.human_active") is True for rule in rules for clause in rule.clauses):
        yield reason("human_active")
    if any((clause.values.get(NOTICE) or 0) < 0 for rule in rules for clause in rule.clauses if clause.result == "true"):
        yield reason("window_closed", "the notice deadline has passed")
    yield from _unknown_facts(rules, evidence)


def _forbidding(verdict: Verdict) -> list[RuleResult]:
    return [rule for rule in verdict.rules if rule.matched and rule.effect == "forbid"]


def _unknown_facts(rules: Iterable[RuleResult], evidence: Evidence) -> Iterator[Reason]:
    """One reason for each fact whose absence or age made a rule take hold."""
    for rule in rules:
        missing = [clause for clause in rule.clauses if rule.matched and clause.result == "missing"]
        for name in (name for clause in missing for name, value in clause.values.items() if value is None):
            yield _unknown(name, evidence, rule.id)


def _unknown(name: str, evidence: Evidence, concerns: str) -> Reason:
    if evidence.stale(name):
        return reason("fact_stale", f"{name} is out of date ({concerns})")
    why = next((f": {fact.why_missing}" for fact in evidence.facts if fact.name == name and fact.why_missing), "")
    return reason("fact_missing", f"{name} is not known{why} ({concerns})")


def _required_but_impossible(unmet: tuple[str, ...]) -> Reason:
    return reason("required", f"required but not possible now: {', '.join(unmet)}")


def _distinct(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple({(one.code, one.text): one for one in reasons}.values())


def _says(rule: RuleResult) -> str:
    return "; ".join(c.told for c in rule.clauses if c.result != "false")
