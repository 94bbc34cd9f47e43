"""The gate: what the rules say of every candidate. Pure, three-valued, and closed on failure.

Precedence: legal forbid > infeasible or blocked > require > other forbid > ask > defer > cap. Several asks add up to
the set of roles that must approve. An ask may stand beside a deferral: ask now, do it then.
"""

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from agent.domain.built_in import BLOCK, NO_RECIPIENT, Reach, built_in, reach_of
from agent.domain.candidate_facts import CandidateFacts
from agent.domain.candidates import Candidate, Verdict
from agent.domain.clauses import CompiledClause, Situation
from agent.domain.deferrals import Agreement, Earliest, agree
from agent.domain.evidence import Evidence
from agent.domain.facts import FactView
from agent.domain.modes import surface_mode
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING, Mode, Play, Surface
from agent.domain.rules import ClauseResult, EffectKind, Layer, Rule, RuleResult
from agent.domain.timing import TIMED, Timing, depends_on

LEVER_LOW, LEVER_HIGH = 0.5, 2.0

_APPROVER = "approver"
"""Stands beside the roots: an ask that names nobody is of the play's approver."""


class _Answer(NamedTuple):
    """What a rule said. `timer` finds moments for a timed rule that holds, also where it allows right now."""

    result: RuleResult
    timer: Earliest | None


class _Asked:
    """A rule in force with its answers so far, by the sources of the roots that it looks at."""

    def __init__(self, rule: Rule, clauses: tuple[CompiledClause, ...]) -> None:
        self.rule = rule
        self.clauses = clauses
        read = {root for clause in clauses for root in clause.varying}
        timed = depends_on(rule) if rule.effect.kind in TIMED else set()
        self.roots = (_APPROVER, *sorted(read | timed))
        self.answers: dict[Hashable, _Answer] = {}
        self.reach = _reach(rule, self.roots)


class Gate:
    """Judges the candidates of one decision. A rule is asked once for all candidates that look the same to it."""

    def __init__(self, playbook: Playbook, evidence: Evidence) -> None:
        view = evidence.view
        self.playbook = playbook
        self.evidence = evidence
        self.surface = playbook.surfaces[evidence.surface]
        self._timing = Timing(playbook, evidence, view)
        self.view = view
        self._asked: dict[str, _Asked] = {}
        self._rules: dict[tuple[str, str], tuple[list[_Asked], set[tuple[str, ...]]]] = {}
        self._moments: dict[tuple[int, ...], Agreement] = {}
        self._moved: dict[tuple[int, datetime], RuleResult] = {}
        self._verdicts: dict[str, Verdict] = {}
        self.situation = Situation(with_surface(view, self.surface, surface_mode(self.surface, evidence.held)))
        self.facts = CandidateFacts(view, evidence)

    def judge(self, candidate: Candidate) -> Verdict:
        """The verdict on one candidate, with every rule that looked at it; worked out once."""
        found = self._verdicts.get(candidate.id)
        if found is None:
            found = self._verdicts[candidate.id] = self._judge(candidate)
        return found

    def reach(self, candidate: Candidate) -> Reach:
        """Whether its recipient may have it. What forbids the play to everybody does not count here."""
        verdict = self.judge(candidate)
        forbids = [rule.id for rule in verdict.rules if rule.matched and rule.effect == "forbid" and verdict.verdict == "forbid"]
        found = [self._asked[name].reach if name in self._asked else reach_of(name) for name in forbids]
        return "none" if "none" in found else "other" if "other" in found else "open"

    def _judge(self, candidate: Candidate) -> Verdict:
        if candidate.play == DO_NOTHING:
            return Verdict(candidate.id, "allow", ())
        first = built_in(self.evidence, candidate, self.playbook.plays[candidate.play])
        rules, said = self._answers(candidate, first)
        until, moved = self._agreed(said)
        told = [self._told(one, answer, moved.get(id(answer)), candidate) for one, answer in zip(rules, said, strict=True)]
        return self._conclude(candidate, (*first, *told), until)

    def _answers(self, candidate: Candidate, first: Iterable[RuleResult]) -> tuple[list[_Asked], list[_Answer]]:
        """What each rule that looks at the candidate says. Where it has no recipient, which is `built_in`, no rule about one is asked."""
        play = self.playbook.plays[candidate.play]
        self.situation.place(self.facts.roots(play, candidate))
        rules, looks = self._in_force(play, candidate.channel)
        if any(result.id == NO_RECIPIENT for result in first):
            rules = [one for one in rules if "contact" not in one.roots]
        sources = {**self.facts.sources(candidate), _APPROVER: play.approver}
        seen = {roots: tuple([sources[root] for root in roots]) for roots in looks}
        return rules, [one.answers.get(seen[one.roots]) or self._ask(one, seen[one.roots], candidate, play) for one in rules]

    def judge_all(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        """The verdicts on all candidates, in their order."""
        return [self.judge(candidate) for candidate in candidates]

    def _in_force(self, play: Play, channel: str) -> tuple[list[_Asked], set[tuple[str, ...]]]:
        """The rules that look at a play on a channel, and the combinations of roots that they look at."""
        key = (play.id, channel)
        if key not in self._rules:
            rules = self.playbook.rules_for(self.surface, play, channel)
            asked = [self._once(rule) for rule in rules if rule.in_force(self.evidence.at)]
            self._rules[key] = asked, {one.roots for one in asked}
        return self._rules[key]

    def _once(self, rule: Rule) -> _Asked:
        if rule.id not in self._asked:
            self._asked[rule.id] = _Asked(rule, self.playbook.clauses_of(rule))
        return self._asked[rule.id]

    # --- one rule -----------------------------------------------------------------------------------------------------

    def _ask(self, asked: _Asked, seen: Hashable, candidate: Candidate, play: Play) -> _Answer:
        rule = asked.rule
        clauses = tuple([self._clause(rule, index, compiled) for index, compiled in enumerate(asked.clauses)])
        state = _all_of(clauses)
        effect, matched = _effect(rule, state)
        until, timer = None, None
        if state == "true" and effect in TIMED and (lacking := self._timing.lacking(rule, candidate)):
            says = "this may be once too often" if effect is EffectKind.CAP else "this may be the wrong moment"
            clauses = (*clauses, ClauseResult("moment", "missing", says, {lacking: None}))
            effect, matched = EffectKind.ASK if rule.on_missing == "ask" else EffectKind.FORBID, True
        elif state == "true" and effect in TIMED:
            timer = self._timing.earliest(rule, candidate)
            until = timer(self.evidence.at)
            matched = until != self.evidence.at
        of = self._approvers(rule, play) if effect is EffectKind.ASK else rule.effect.of
        result = _result(rule, effect, matched, clauses, until=until if matched else None, of=of)
        answer = asked.answers[seen] = _Answer(result, timer)
        return answer

    def _clause(self, rule: Rule, index: int, compiled: CompiledClause) -> ClauseResult:
        clause = rule.when[index]
        result, values = self.situation.test(compiled), self.situation.values(compiled)
        return ClauseResult(clause.id, result, clause.says, values, clause.remedy)

    def _approvers(self, rule: Rule, play: Play) -> tuple[str, ...]:
        """Whom an ask is of: those that an asking rule names, else the play's approver."""
        named = rule.effect.of if rule.effect.kind is EffectKind.ASK else ()
        return named or (play.approver or self.surface.review.approver,)

    # --- moments ------------------------------------------------------------------------------------------------------

    def _agreed(self, said: Sequence[_Answer]) -> tuple[datetime | None, dict[int, datetime]]:
        """When all timed rules allow it, and which answers moved the moment, by their identity, and to when."""
        timed = [answer for answer in said if answer.timer is not None]
        same = tuple([id(answer) for answer in timed])  # answers are kept, so no other gets the identity of one
        if same not in self._moments:
            self._moments[same] = agree(self.evidence.at, [answer.timer for answer in timed if answer.timer is not None])
        found = self._moments[same]
        return found.at, {id(timed[position]): moment for position, moment in found.moved.items()}

    def _told(self, asked: _Asked, answer: _Answer, moved: datetime | None, candidate: Candidate) -> RuleResult:
        """What the rule said; of a timed one that moved the moment also why, even where it would have allowed right now."""
        until = moved or answer.result.until
        if answer.timer is None or until is None:
            return answer.result
        key = (id(answer), until)
        if key not in self._moved:
            because = self._timing.because(asked.rule, candidate, until)
            result = answer.result
            self._moved[key] = result._replace(matched=True, until=until, clauses=(*result.clauses, because))
        return self._moved[key]

    # --- the verdict --------------------------------------------------------------------------------------------------

    def _conclude(self, candidate: Candidate, results: Sequence[RuleResult], until: datetime | None) -> Verdict:
        hit = [r for r in results if r.matched]
        forbids = [r for r in hit if r.effect == "forbid"]
        legal = any(r.layer == Layer.CONSENT for r in forbids)
        blocked = tuple(r.id for r in forbids if r.id.startswith(BLOCK))
        required = any(r.effect == "require" and candidate.play in r.of for r in hit)
        common: dict[str, Any] = {
            "candidate": candidate.id, "rules": results, "required": required, "legal": legal, "blocked": blocked,
            "sensitive": tuple(r.id for r in hit if r.sensitive), "lever": _lever(hit),
        }  # fmt: skip
        if required and not (legal or blocked or any(r.layer == Layer.FEASIBILITY for r in forbids)):
            return Verdict(verdict="allow", **common)
        if forbids or until is None:
            return Verdict(verdict="forbid", **common)
        asks = tuple(dict.fromkeys(role for r in hit if r.effect == "ask" for role in r.of))
        later = until if until > self.evidence.at else None
        return Verdict(verdict="ask" if asks else "defer" if later else "allow", until=later, ask_of=asks, **common)


def _reach(rule: Rule, roots: Iterable[str]) -> Reach:
    """What is left of a recipient whom the rule forbids."""
    looks = {*roots} - {_APPROVER, "play"}
    if looks.isdisjoint(("contact", "history")):
        return "open"
    return "none" if looks == {"contact"} and not rule.applies_to.channels else "other"


def judge_all(playbook: Playbook, evidence: Evidence, candidates: Sequence[Candidate]) -> list[Verdict]:
    """The verdicts on all candidates, in their order."""
    return Gate(playbook, evidence).judge_all(candidates)


def with_surface(view: FactView, surface: Surface, mode: Mode | None) -> FactView:
    """The facts, and what rules may ask of the surface itself, in the mode that it is held to; None where that is not known."""
    facts = {"id": surface.id, "area": surface.area, **({"mode": mode} if mode else {})}
    return FactView({**view.roots, "surface": facts}, view.by_entity)


def _all_of(clauses: Iterable[ClauseResult]) -> str:
    """Clauses are joined by AND: one false settles it; otherwise one error or missing leaves it open."""
    found = [clause.result for clause in clauses]
    return "false" if "false" in found else "error" if "error" in found else "missing" if "missing" in found else "true"


def _effect(rule: Rule, state: str) -> tuple[EffectKind, bool]:
    """The effect that takes hold, and whether it does. An error in a forbidding clause always forbids."""
    kind = rule.effect.kind
    if state in ("true", "false"):
        return kind, state == "true"
    if rule.on_missing == "forbid" or (state == "error" and kind is EffectKind.FORBID):
        return EffectKind.FORBID, True
    if rule.on_missing == "ask" or state == "error":
        return EffectKind.ASK, True
    return kind, False


def _result(
    rule: Rule, effect: EffectKind, matched: bool, clauses: tuple[ClauseResult, ...], *, until: datetime | None = None,
    of: tuple[str, ...] = (),
) -> RuleResult:  # fmt: skip
    factor = rule.setting(rule.effect.factor) if matched and effect is EffectKind.BOOST else None
    sensitive = rule.marks_sensitive and matched
    return RuleResult(rule.id, effect.value, rule.layer.value, matched, clauses, until, of, sensitive, factor)


def _lever(hit: Iterable[RuleResult]) -> float:
    """The product of all levers. Each alone, and all together, stay within bounds."""
    lever = 1.0
    for result in hit:
        if result.factor is not None:
            lever *= min(max(result.factor, LEVER_LOW), LEVER_HIGH)
    return min(max(lever, LEVER_LOW), LEVER_HIGH)
