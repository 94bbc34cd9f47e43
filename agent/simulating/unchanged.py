"""What a draft changes for one surface, tried on its decisions: which of them it leaves as they are can be shown without deciding."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from agent.domain.bearing import Difference
from agent.domain.candidates import Candidate
from agent.domain.clauses import CompiledClause, Situation
from agent.domain.evidence import Evidence
from agent.domain.facts import FactView
from agent.domain.gate import Gate, with_surface
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING
from agent.domain.proposing import MOST_CANDIDATES, MOST_CONTACTS, build
from agent.domain.ranking import too_late
from agent.domain.rules import EffectKind, Rule, RuleResult
from agent.domain.timing import TIMED, may_bite
from agent.ports import Option, Outline, Sealed

_OLD, _NEW = "before:", "after:"

_RARELY = 10
"""Where the facts alone settle less than one decision in so many, they are not looked at first."""


class Changed:
    """What differs for a surface between the playbook that its decisions were made under and the draft."""

    def __init__(self, own: Playbook, draft: Playbook, surface: str, found: Difference) -> None:
        self._own, self._draft, self._surface, self.difference = own, draft, own.surfaces[surface], found
        self._asked, self._settled = 0, 0

    def leaves(self, one: Sealed) -> bool:
        """Whether the decision is certainly the same under the draft, to the letter that matters. It is opened only as far as that takes."""
        if self.difference.more:
            return False
        rules = self._may_speak(one.bare())
        return not rules or self._facts_settle(rules, one) or self._say_the_same(one.outline())

    @cached_property
    def _trial(self) -> Playbook:
        """The draft with nothing but the rules that differ, each as it was and as it is: one look at the facts tells both."""
        named = [(_OLD, old) for old, _ in self.difference.rules] + [(_NEW, new) for _, new in self.difference.rules]
        rules = (_renamed(rule, prefix) for prefix, rule in named if rule is not None)
        return replace(self._draft, rules={rule.id: rule for rule in rules})

    def _may_speak(self, bare: Evidence) -> list[Rule]:
        """The rules that differ, without those that were not in force and those about moments that the past cannot make bite."""
        in_force = [rule for rule in self._trial.rules.values() if rule.in_force(bare.at)]
        return [rule for rule in in_force if rule.effect.kind not in TIMED or may_bite(rule, bare)]

    # --- by the facts -------------------------------------------------------------------------------------------------

    def _facts_settle(self, rules: Iterable[Rule], one: Sealed) -> bool:
        """Whether the facts alone keep the rules from taking hold of anything: a clause that reads nothing else is false.

        Where they hardly ever do, they are not read first. The mode that the surface was held to does not stand among them.
        """
        if self._settled * _RARELY < self._asked - _RARELY or not all(any(self._by_facts(rule)) for rule in rules):
            return False
        situation = Situation(with_surface(FactView.of(one.facts()), self._surface, None))
        settled = all(any(situation.test(clause) == "false" for clause in self._by_facts(rule)) for rule in rules)
        self._asked, self._settled = self._asked + 1, self._settled + settled
        return settled

    def _by_facts(self, rule: Rule) -> Iterator[CompiledClause]:
        return (clause for clause in self._trial.clauses_of(rule) if not clause.varying)

    # --- by the candidates --------------------------------------------------------------------------------------------

    def _say_the_same(self, outline: Outline) -> bool:
        """Whether the rules that differ say nothing else of any candidate that could make another decision of it.

        A list of candidates that was cut is never the same: another might have come in.
        """
        real = [one for one in outline.options if one.play != DO_NOTHING]
        if len(real) >= MOST_CANDIDATES - 1 or len({one.recipient for one in real}) >= MOST_CONTACTS:
            return False
        trial = _Trial(self._trial, self._own, self._draft, outline)
        alike = {a.id for a, b in self.difference.rules if a is not None and b is not None and a.applies_to == b.applies_to}
        return all(trial.is_the_same(option, alike) for option in real)


class _Trial:
    """The rules that differ, before the candidates of one decision."""

    def __init__(self, rules: Playbook, own: Playbook, draft: Playbook, outline: Outline) -> None:
        self._plays, self._surface, self._outline = rules.plays, rules.surfaces[outline.evidence.surface], outline
        self._gate = Gate(rules, outline.evidence)
        self._has_timed = any(rule.effect.kind in TIMED for rule in rules.rules.values())
        self._moments = _Moments(own, outline.evidence), _Moments(draft, outline.evidence)

    def is_the_same(self, option: Option, alike: set[str]) -> bool:
        """Whether each rule has the same say in the candidate as before, or it does not matter that it has another.

        A rule that takes hold of nothing has no say; one that only differs in words says the same. A rule about moments acts together with others:
        it has a say where it may keep a candidate from any moment from now on, and the same say only where it allows just the same ones. `alike`:
        the rules that look at the same candidates as before; who else is tried hangs on that, too.
        """
        candidate = build(
            self._surface, self._plays[option.play], self._outline.evidence, recipient=option.recipient, channel=option.channel,
            material=option.material, target=option.target, params=option.params,
        )  # fmt: skip
        waits = self._gate.waits(candidate) if self._has_timed else {}
        said = [rule for rule in self._gate.judge(candidate).rules if rule.id.startswith((_OLD, _NEW)) and (rule.matched or rule.id in waits)]
        if option.id != self._outline.choice:
            said = [rule for rule in said if self._matters(rule, candidate)]
        old, new = ([(_bare(one, prefix), waits.get(one.id)) for one in said if one.id.startswith(prefix)] for prefix in (_OLD, _NEW))
        return old == new and all(one.id in alike for one, _ in old)

    def _matters(self, rule: RuleResult, candidate: Candidate) -> bool:
        """Whether what is said of a candidate that was not chosen could make another decision.

        It is worth what it was, whoever has to be asked about it, and whenever it may be done as long as that is in time just as it was.
        """
        if rule.sensitive or rule.effect == EffectKind.ASK.value:
            return rule.sensitive
        before, after = self._moments
        return rule.effect not in TIMED or before.of(candidate) != after.of(candidate)


class _Moments:
    """What a playbook's rules about moments, all together, make of candidates. They are looked at when first asked for."""

    def __init__(self, playbook: Playbook, evidence: Evidence) -> None:
        self._playbook, self._evidence = playbook, evidence

    @cached_property
    def _gate(self) -> Gate:
        timed = {name: rule for name, rule in self._playbook.rules.items() if rule.effect.kind in TIMED}
        return Gate(replace(self._playbook, rules=timed), self._evidence)

    def of(self, candidate: Candidate) -> tuple[bool, str | None]:
        """Whether there is no moment for it at all, and what will have ended by the first one."""
        verdict = self._gate.judge(candidate)
        return verdict.verdict == "forbid", too_late(self._playbook, self._evidence, candidate, verdict)


def _renamed(rule: Rule, prefix: str) -> Rule:
    return rule.model_copy(update={"id": f"{prefix}{rule.id}"})


def _bare(result: RuleResult, prefix: str) -> RuleResult:
    return result._replace(id=result.id.removeprefix(prefix))
