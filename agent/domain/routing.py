"""The route: act, ask, wait, or do nothing, with coded reasons. The order of the questions is the policy of DESIGN section 4."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.decision import REASONS, Reason, Route, reason
from agent.domain.evidence import Evidence
from agent.domain.holdout import held_out
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING, RISKS, Mode, Play, Surface, lower_mode
from agent.domain.ranking import Confidence, Ranking, in_window
from agent.domain.rules import RuleResult

PROTECTIVE_APPROVER = "lead_on_shift"
"""Who is asked, for minutes, about a required play on a surface that only suggests."""

_CODE_OF_EFFECT = {"defer": "quiet_hours", "cap": "contact_cap", "cooldown": "cooldown"}


@dataclass(frozen=True, slots=True)
class Routing:
    """Where the choice goes, why, and which roles must approve (all of them) when it is an ask."""

    route: Route
    reasons: tuple[Reason, ...]
    roles: tuple[str, ...] = ()


def route_choice(
    playbook: Playbook, evidence: Evidence, ranking: Ranking, candidates: Mapping[str, Candidate], verdicts: Mapping[str, Verdict],
    scores: Mapping[str, Score], confidence: Confidence,
) -> Routing:
    """Decide what happens with the choice."""
    surface = playbook.surfaces[evidence.surface]
    if ranking.unmet:
        return Routing("none", (reason("required", f"required but not possible now: {', '.join(ranking.unmet)}; people have been alarmed"),))
    if ranking.choice is None:
        return Routing("none", tuple(_why_nothing(playbook, evidence, list(candidates.values()), verdicts, scores)))
    chosen, verdict = candidates[ranking.choice], verdicts[ranking.choice]
    play = playbook.plays[chosen.play]
    mode = lower_mode(surface.mode, play.max_mode)
    if mode in ("shadow", "off"):
        return Routing("shadow", (reason("shadow"),))
    if verdict.required:
        return _protective(mode)
    if held_out(surface, play, evidence):
        return Routing("holdout", (reason("holdout"),))
    if verdict.verdict == "defer":
        return Routing("deferred", tuple(_why_later(verdict)))
    asks = _why_ask(surface, play, chosen, verdict, confidence, mode)
    if asks:
        return Routing("ask", tuple(asks), verdict.ask_of or (play.approver or surface.review.approver,))
    return Routing("act", ())


def _protective(mode: Mode) -> Routing:
    if mode == "auto":
        return Routing("act", (reason("required"),))
    return Routing("ask", (reason("required"), reason("mode_suggest")), (PROTECTIVE_APPROVER,))


def _why_ask(surface: Surface, play: Play, chosen: Candidate, verdict: Verdict, confidence: Confidence, mode: Mode) -> list[Reason]:
    found = []
    if verdict.verdict == "ask":
        found += [reason("ask_rule", f"{r.id}: {_says(r)}") for r in verdict.rules if r.matched and r.effect == "ask"]
        found += _missing_facts(verdict.rules)
    if RISKS.index(play.risk) > RISKS.index(surface.max_risk):
        found.append(reason("risk_tier"))
    if mode == "suggest":
        found.append(reason("mode_suggest"))
    if not (chosen.customer_visible or play.commercial):
        return found
    if verdict.sensitive:
        found.append(reason("sensitive", f"{REASONS['sensitive']}: {', '.join(verdict.sensitive)}"))
    if not confidence.calibrated:
        found.append(reason("uncalibrated"))
    elif (confidence.value or 0.0) < surface.confidence.act_at_least:
        found.append(reason("low_confidence"))
    return found


def _why_later(verdict: Verdict) -> list[Reason]:
    until = f" until {verdict.until:%Y-%m-%d %H:%M} UTC" if verdict.until else ""
    return [
        reason(_CODE_OF_EFFECT[r.effect], f"{REASONS[_CODE_OF_EFFECT[r.effect]]} ({r.id}){until}")
        for r in verdict.rules
        if r.matched and r.effect in _CODE_OF_EFFECT
    ]


def _why_nothing(
    playbook: Playbook, evidence: Evidence, candidates: Sequence[Candidate], verdicts: Mapping[str, Verdict], scores: Mapping[str, Score]
) -> list[Reason]:
    real = [c for c in candidates if c.play != DO_NOTHING]
    forbidden = [c for c in real if verdicts[c.id].verdict == "forbid"]
    open_ones = [c for c in real if in_window(playbook, evidence, c, verdicts[c.id])]
    found = [reason("all_forbidden")] if len(forbidden) == len(real) else [] if not open_ones else [reason("do_nothing_best")]
    if len(forbidden) + len(open_ones) < len(real):
        found.append(reason("window_closed"))
    if any(verdicts[c.id].blocked for c in forbidden):
        found.append(reason("blocked"))
    if any("human-active" in r.id for c in forbidden for r in verdicts[c.id].rules if r.matched):
        found.append(reason("human_active"))
    unknown = [m for c in forbidden for m in _missing_facts(verdicts[c.id].rules)]
    unscored = [reason("fact_missing", "a value could not be worked out") for c in open_ones if scores[c.id].priority is None]
    return _distinct([*found, *_by_status(unknown, evidence), *unscored[:1]])


def _missing_facts(rules: Sequence[RuleResult]) -> list[Reason]:
    """One reason for each fact whose absence made a rule take hold."""
    return [
        reason("fact_missing", f"{name} is not known ({rule.id})")
        for rule in rules
        if rule.matched
        for clause in rule.clauses
        if clause.result == "missing"
        for name, value in clause.values.items()
        if value is None
    ]


def _by_status(found: Sequence[Reason], evidence: Evidence) -> list[Reason]:
    stale = {fact.name for fact in evidence.facts if fact.status == "stale"}
    return [
        reason("fact_stale", one.text.replace("is not known", "is out of date")) if one.text.partition(" ")[0] in stale else one
        for one in found
    ]


def _distinct(reasons: Sequence[Reason]) -> list[Reason]:
    return list({(one.code, one.text): one for one in reasons}.values())


def _says(rule: RuleResult) -> str:
    return "; ".join(c.says for c in rule.clauses if c.result != "false")
