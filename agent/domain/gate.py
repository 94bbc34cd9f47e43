"""The gate: what the rules say of every candidate. Pure, three-valued, and closed on failure.

Precedence: legal forbid > infeasible or blocked > require > other forbid > ask > defer > cap. Several asks add up to the set of roles that must approve. An ask may
stand beside a deferral: ask now, do it then.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from agent.domain.candidate_facts import CandidateFacts
from agent.domain.candidates import Candidate, Verdict, VerdictWord
from agent.domain.clauses import CompiledClause, Situation, compile_clause
from agent.domain.deferrals import Earliest, after_cooldown, earliest_of_all, recipient_hours, within_cap
from agent.domain.evidence import Block, Calendar, Evidence, Past, Touch
from agent.domain.facts import FactView
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING, Play
from agent.domain.rules import ClauseResult, EffectKind, Layer, Rule, RuleResult
from agent.domain.spans import parse_span

TIMED = frozenset({EffectKind.DEFER, EffectKind.CAP, EffectKind.COOLDOWN})


class Gate:
    """Judges the candidates of one decision. What does not depend on the candidate is worked out once and shared."""

    def __init__(self, playbook: Playbook, evidence: Evidence) -> None:
        view = FactView.of(evidence.facts)
        self._playbook = playbook
        self._evidence = evidence
        self._surface = playbook.surfaces[evidence.surface]
        self.situation = Situation(_with_surface(view, playbook, evidence))
        self.facts = CandidateFacts(view, evidence)
        self._view = view
        self._clauses: dict[tuple[str, str], ClauseResult] = {}
        self._results: dict[str, RuleResult | None] = {}

    def judge(self, candidate: Candidate) -> Verdict:
        """The verdict on one candidate, with every rule that looked at it."""
        if candidate.play == DO_NOTHING:
            return Verdict(candidate.id, "allow", ())
        play = self._playbook.plays[candidate.play]
        self.situation.place(self.facts.roots(play, candidate))
        rules = self._playbook.rules_for(self._surface, play, candidate.channel)
        results = [r for rule in rules if rule.in_force(self._evidence.at) and (r := self._apply(rule, candidate, play))]
        timers = [self._earliest(rule, candidate) for rule in rules if self._is_timing(rule, results)]
        return self._conclude(candidate, [*self._built_in(candidate, play), *results], timers)

    # --- one rule ------------------------------------------------------------------------------------------------

    def _apply(self, rule: Rule, candidate: Candidate, play: Play) -> RuleResult | None:
        if rule.id in self._results:
            return self._results[rule.id]
        compiled = [compile_clause(clause.cel, rule.params) for clause in rule.when]
        result = self._result(rule, candidate, play, compiled)
        if rule.effect.kind not in TIMED and all(clause.shared for clause in compiled) and rule.on_missing != "ask":
            self._results[rule.id] = result
        return result

    def _result(self, rule: Rule, candidate: Candidate, play: Play, compiled: Sequence[CompiledClause]) -> RuleResult:
        clauses = tuple(self._clause(rule, i, c) for i, c in enumerate(compiled))
        state = _all_of(clauses)
        effect, of, matched = rule.effect.kind.value, rule.effect.of, state == "true"
        if state in ("missing", "error"):
            effect, of, matched = _on_missing(rule, state, play, self._surface.review.approver)
        until = None
        if matched and effect in TIMED:
            until = self._earliest(rule, candidate)(self._evidence.at)
            matched = until is None or until > self._evidence.at
        return RuleResult(
            rule.id, effect, rule.layer.value, matched, clauses, until if matched else None, of,
            sensitive=rule.marks_sensitive and matched,
            factor=_lever(rule) if matched and effect == EffectKind.BOOST else None,
        )  # fmt: skip

    def _clause(self, rule: Rule, index: int, compiled: CompiledClause) -> ClauseResult:
        clause = rule.when[index]
        key = (rule.id, clause.id)
        if compiled.shared and key in self._clauses:
            return self._clauses[key]
        result = ClauseResult(clause.id, self.situation.test(compiled), clause.says, self.situation.values(compiled), clause.remedy)
        if compiled.shared:
            self._clauses[key] = result
        return result

    # --- time ----------------------------------------------------------------------------------------------------

    @staticmethod
    def _is_timing(rule: Rule, results: Sequence[RuleResult]) -> bool:
        """A rule whose clauses hold takes part in finding the moment, even if it allows right now: the moment may move into its window."""
        if rule.effect.kind not in TIMED:
            return False
        mine = next((r for r in results if r.id == rule.id), None)
        return mine is not None and mine.effect in TIMED and all(c.result == "true" for c in mine.clauses)

    def _earliest(self, rule: Rule, candidate: Candidate) -> Earliest:
        effect = rule.effect
        if effect.kind is EffectKind.CAP:
            return within_cap(self._touches(rule, candidate), rule.span(), int(rule.setting(effect.limit)))
        if effect.kind is EffectKind.COOLDOWN:
            return after_cooldown(self._past(rule, candidate), rule.span())
        return self._deferral(rule, candidate)

    def _deferral(self, rule: Rule, candidate: Candidate) -> Earliest:
        until = rule.effect.until or ""
        if until.startswith("after:"):
            span = parse_span(rule.setting(until.removeprefix("after:")))
            started = self._evidence.at
            return lambda at: max(at, started + span)
        if until in ("recipient_hours", "group_hours"):
            return self._hours(rule, candidate.recipient if until == "recipient_hours" else candidate.target)
        return _until_fact(self._view, until)

    def _hours(self, rule: Rule, whose: str | None) -> Earliest:
        calendar: Calendar | None = self._evidence.calendars.get(whose or "")
        if calendar is None:
            return lambda _at: None
        return recipient_hours(calendar, float(rule.params.get("open_hour", 0)), float(rule.params.get("close_hour", 24)))  # type: ignore[arg-type]  # lint proves that they are numbers

    def _touches(self, rule: Rule, candidate: Candidate) -> Iterable[Touch]:
        touches = self._evidence.touches
        if rule.scope == "contact":
            return [t for t in touches if t.contact == candidate.recipient]
        if rule.scope == "family":
            return touches
        return [t for t in touches if t.account == self._evidence.account]

    def _past(self, rule: Rule, candidate: Candidate) -> Iterable[Past]:
        wanted = rule.effect.of or ("rejected",)
        mine = [p for p in self._evidence.past if p.what in wanted and p.play == candidate.play]
        if rule.scope == "contact":
            return [p for p in mine if p.recipient == candidate.recipient]
        return mine if rule.scope == "family" else [p for p in mine if p.account == self._evidence.account]

    # --- what no playbook can leave out -------------------------------------------------------------------------

    def _built_in(self, candidate: Candidate, play: Play) -> list[RuleResult]:
        blocks = [_blocked(b) for b in self._evidence.blocks if self._covers(b, candidate)]
        return [*blocks, *_incomplete(candidate, play)]

    def _covers(self, block: Block, candidate: Candidate) -> bool:
        ref = {
            "surface": self._evidence.surface, "play": candidate.play,
            "account": self._evidence.account, "contact": candidate.recipient,
        }[block.target]  # fmt: skip
        return ref == block.ref and (block.until is None or block.until > self._evidence.at)

    # --- the verdict ---------------------------------------------------------------------------------------------

    def _conclude(self, candidate: Candidate, results: list[RuleResult], timers: list[Earliest]) -> Verdict:
        hit = [r for r in results if r.matched]
        legal = any(r.effect == "forbid" and r.layer == Layer.CONSENT for r in hit)
        forbids = [r for r in hit if r.effect == "forbid"]
        required = any(r.effect == "require" and candidate.play in r.of for r in hit)
        hard = legal or any(r.layer == Layer.FEASIBILITY or r.id.startswith("block:") for r in forbids)
        if required and not hard:
            return self._verdict(candidate, "allow", results, required=True)
        if forbids:
            return self._verdict(candidate, "forbid", results, required=required, legal=legal)
        until = earliest_of_all(self._evidence.at, timers)
        asks = tuple(dict.fromkeys(role for r in hit if r.effect == "ask" for role in r.of))
        if until is None:
            return self._verdict(candidate, "forbid", results)
        later = until if until > self._evidence.at else None
        return self._verdict(candidate, "ask" if asks else "defer" if later else "allow", results, until=later, ask_of=asks)

    def _verdict(
        self, candidate: Candidate, verdict: VerdictWord, results: list[RuleResult], *, until: datetime | None = None, ask_of: tuple[str, ...] = (),
        required: bool = False, legal: bool = False,
    ) -> Verdict:
        lever = 1.0
        for result in results:
            lever *= result.factor or 1.0
        return Verdict(
            candidate.id, verdict, tuple(results), until, ask_of, required=required, legal=legal,
            sensitive=tuple(r.id for r in results if r.sensitive), lever=min(max(lever, 0.5), 2.0),
            blocked=tuple(r.id for r in results if r.id.startswith("block:")),
        )  # fmt: skip


def judge_all(playbook: Playbook, evidence: Evidence, candidates: Sequence[Candidate]) -> list[Verdict]:
    """The verdicts on all candidates, in their order."""
    gate = Gate(playbook, evidence)
    return [gate.judge(candidate) for candidate in candidates]


def _with_surface(view: FactView, playbook: Playbook, evidence: Evidence) -> FactView:
    surface = playbook.surfaces[evidence.surface]
    return FactView({**view.roots, "surface": {"id": surface.id, "area": surface.area, "mode": surface.mode}}, view.by_entity)


def _all_of(clauses: Sequence[ClauseResult]) -> str:
    """Clauses are joined by AND: one false settles it; otherwise one error or missing leaves it open."""
    found = {clause.result for clause in clauses}
    for state in ("false", "error", "missing"):
        if state in found:
            return state
    return "true"


def _on_missing(rule: Rule, state: str, play: Play, approver: str) -> tuple[str, tuple[str, ...], bool]:
    """What a rule does when it cannot be evaluated. An error in a forbidding clause always forbids."""
    if rule.on_missing == "forbid" or (state == "error" and rule.effect.kind is EffectKind.FORBID):
        return "forbid", (), True
    if rule.on_missing == "ask" or state == "error":
        return "ask", rule.effect.of if rule.effect.kind is EffectKind.ASK else (play.approver or approver,), True
    return rule.effect.kind.value, rule.effect.of, False


def _lever(rule: Rule) -> float:
    factor: Any = rule.setting(rule.effect.factor)
    return min(max(float(factor), 0.5), 2.0)


def _until_fact(view: FactView, name: str) -> Earliest:
    root, _, field = name.partition(".")
    value = view.roots.get(root, {}).get(field)
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        return lambda _at: None
    return lambda at: max(at, moment)


def _blocked(block: Block) -> RuleResult:
    says = f"{block.by} blocked the {block.target} {block.ref}: {block.why}"
    clause = ClauseResult("blocked", "true", says, {block.target: block.ref}, "the block were lifted")
    return RuleResult(f"block:{block.target}:{block.ref}", "forbid", Layer.ELIGIBILITY.value, True, (clause,))


def _incomplete(candidate: Candidate, play: Play) -> list[RuleResult]:
    """A play that needs a recipient, content or group and found none cannot be carried out."""
    needs = (
        ("recipient", play.reach == "customer" and candidate.recipient is None, "there is nobody at the customer to write to"),
        ("content", play.material is not None and candidate.material is None, "no content fits"),
        ("group", play.target == "group" and candidate.target is None, "there is no group to send it to"),
    )
    return [
        RuleResult(
            f"built-in:no-{name}", "forbid", Layer.FEASIBILITY.value, True,
            (ClauseResult(name, "true", says, {}, f"there were a fitting {name}"),),
        )
        for name, lacking, says in needs
        if lacking
    ]  # fmt: skip
