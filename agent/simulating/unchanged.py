"""What a draft changes for one surface, tried on its decisions: which of them it leaves as they are can be shown without deciding."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from agent.domain.bearing import Bearing, difference
from agent.domain.candidates import Candidate
from agent.domain.clauses import CompiledClause, Situation
from agent.domain.evidence import SINCE_CONTACT, Evidence
from agent.domain.facts import FactView
from agent.domain.features import Features
from agent.domain.gate import Gate, with_surface
from agent.domain.model import Model
from agent.domain.playbook import Playbook, applies
from agent.domain.plays import DO_NOTHING
from agent.domain.proposing import MOST_CANDIDATES, MOST_CONTACTS, build
from agent.domain.ranking import too_late
from agent.domain.rules import EffectKind, Rule
from agent.domain.timing import TIMED, may_bite
from agent.ports import Outline, Sealed

_RARELY = 10
"""Where the facts alone settle less than one decision in so many, they are not looked at first."""


class Changed:
    """What differs for a surface between the playbook that its decisions were made under and the draft."""

    def __init__(self, books: tuple[Playbook, Playbook], bearings: tuple[Bearing, Bearing]) -> None:
        self._surface, self.difference = bearings[0].surface, difference(*bearings)
        rules = [[pair[side] for pair in self.difference.rules] for side in (0, 1)]
        self._sides = [(book, [rule for rule in found if rule is not None]) for book, found in zip(books, rules, strict=True)]
        timed = any(rule.effect.kind in TIMED for _, found in self._sides for rule in found)
        self._differing = tuple(_with(book, found, timed=timed) for book, found in self._sides)
        self._and_timed = tuple(_with(book, found, timed=True) for book, found in self._sides)
        self._only_ask = all(_only_asks(rule) for _, found in self._sides for rule in found)
        self._reads_contacts = any(one.names(SINCE_CONTACT) for one in bearings)
        self._asked, self._settled = 0, 0

    def leaves(self, one: Sealed) -> bool:
        """Whether the decision is certainly the same under the draft, to the letter that matters. It is opened only as far as that takes."""
        if self.difference.more:
            return False
        sides = [(book, self._may_speak(rules, one)) for book, rules in self._sides]
        if not any(rules for _, rules in sides):
            return True
        return self._facts_settle(sides, one) or self._rules_say_the_same(one.outline())

    def leaves_on(self, other: Evidence, one: Sealed, model: Model | None) -> bool:
        """Whether the decision is certainly the same under the draft and on evidence that differs in the past alone. `model`: what scores it.

        With the past the days since the last contact differ: whether anything reads them is known, but not what a model would make of them.
        """
        outline = one.outline()
        own, proposal = outline.evidence, one.recorded().proposal
        counts = self._reads_contacts or (proposal is not None and proposal.composed_by == "llm")
        if self.difference.more or model is None or (counts and other.facts is not own.facts):
            return False
        if outline.choice is not None and _waiting(own) != _waiting(other):
            return False
        before, after = Gate(self._and_timed[0], own), Gate(self._and_timed[1], other)
        found = _candidates(outline, before)
        return found is not None and _seem_the_same(found, before, after, model) and _say_the_same(found, outline.choice, before, after)

    def _may_speak(self, rules: list[Rule], one: Sealed) -> list[Rule]:
        """The rules that differ, without those that were not in force or can take hold of nothing.

        Who must be asked matters for what was chosen alone.
        """
        if self._only_ask:
            rules = [rule for rule in rules if one.play is not None and self._looks(rule, one.play)]
        return [rule for rule in rules if rule.in_force(one.bare().at) and _may_take_hold(rule, one)]

    def _looks(self, rule: Rule, play: str) -> bool:
        known = self._sides[0][0].plays[play]
        return any(applies(rule.applies_to, self._surface, known, channel) for channel in known.channels)

    def _rules_say_the_same(self, outline: Outline) -> bool:
        """Whether the rules that differ make no other decision of it, be it that they look at the choice alone."""
        before, after = (Gate(book, outline.evidence) for book in self._differing)
        found = _candidates(outline, before)
        if found is None:
            return False
        if self._only_ask:
            found = [one for one in found if one.id == outline.choice]
        return _say_the_same(found, outline.choice, before, after)

    def _facts_settle(self, sides: list[tuple[Playbook, list[Rule]]], one: Sealed) -> bool:
        """Whether the facts alone keep the rules from taking hold of anything: a clause that reads nothing else is false.

        Where they hardly ever do, they are not read first. The mode that the surface was held to does not stand among them.
        """
        clauses = [[*_by_facts(book, rule)] for book, rules in sides for rule in rules]
        if self._settled * _RARELY < self._asked - _RARELY or not all(clauses):
            return False
        situation = Situation(with_surface(FactView.of(one.facts()), self._surface, None))
        settled = all(any(situation.test(clause) == "false" for clause in of_rule) for of_rule in clauses)
        self._asked, self._settled = self._asked + 1, self._settled + settled
        return settled


def _may_take_hold(rule: Rule, one: Sealed) -> bool:
    """Whether a rule may: one about moments does not where the past cannot make it bite. A clause that cannot be evaluated needs no past for that."""
    return rule.effect.kind not in TIMED or bool(rule.when) or may_bite(rule, one.bare()) or _uncounted(rule, one)


def _uncounted(rule: Rule, one: Sealed) -> bool:
    """Whether nobody could count what a cap counts: then it bites whatever is known of the past."""
    return rule.effect.kind is EffectKind.CAP and replace(one.bare(), facts=tuple(one.facts())).history_unknown


def _with(playbook: Playbook, rules: list[Rule], *, timed: bool) -> Playbook:
    """The playbook with nothing but these rules; those about moments act together, so it has none of them or all."""
    names = {rule.id for rule in rules}
    return replace(playbook, rules={name: rule for name, rule in playbook.rules.items() if name in names or (timed and rule.effect.kind in TIMED)})


def _only_asks(rule: Rule) -> bool:
    """Whatever is known or not: a rule of this effect that cannot be evaluated asks, too."""
    return rule.effect.kind is EffectKind.ASK and rule.on_missing != "forbid" and not rule.marks_sensitive


def _by_facts(playbook: Playbook, rule: Rule) -> Iterator[CompiledClause]:
    return (clause for clause in playbook.clauses_of(rule) if not clause.varying)


def _waiting(evidence: Evidence) -> list[tuple[str, str, str]]:
    """Open proposals about the account, as far as they could be replaced, or be what is proposed."""
    return sorted((one.decision, one.digest, one.subject) for one in evidence.open_proposals if one.account == evidence.account)


def _candidates(outline: Outline, gate: Gate) -> list[Candidate] | None:
    """The candidates of the record without doing nothing; the chosen one, which most likely matters, first.

    None for a list that was cut: under other rules others might have come in.
    """
    named = sorted((one for one in outline.options if one.play != DO_NOTHING), key=lambda one: one.id != outline.choice)
    if len(named) >= MOST_CANDIDATES - 1 or len({one.recipient for one in named}) >= MOST_CONTACTS:
        return None
    return [
        build(
            gate.surface, gate.playbook.plays[one.play], gate.evidence, recipient=one.recipient, channel=one.channel, material=one.material,
            target=one.target, params=one.params,
        )
        for one in named
    ]  # fmt: skip


def _say_the_same(candidates: Iterable[Candidate], choice: str | None, before: Gate, after: Gate) -> bool:
    """Whether the rules of both gates say nothing else of any candidate that could make another decision of it."""
    return all(_told(before, one, choice) == _told(after, one, choice) for one in candidates)


def _told(gate: Gate, candidate: Candidate, choice: str | None) -> tuple[Any, ...]:
    """What of a verdict could make another decision: of the choice everything but the words.

    Another is worth what it is, whoever would have to be asked about it, and whenever it may be done, as long as that is in time.
    """
    verdict = gate.judge(candidate)
    late = too_late(gate.playbook, gate.evidence, candidate, verdict)
    hit = [rule for rule in verdict.rules if rule.matched and (rule.effect not in TIMED or rule.sensitive)]
    if candidate.id != choice:
        hit = [rule for rule in hit if rule.effect != EffectKind.ASK.value or rule.sensitive]
    said = [(rule.id, rule.effect, rule.layer, rule.of, rule.sensitive, rule.factor) for rule in hit]
    forbidden, until = verdict.verdict == "forbid", verdict.until if candidate.id == choice else None
    return (said, gate.reach(candidate), forbidden, late, until)


def _seem_the_same(candidates: Iterable[Candidate], before: Gate, after: Gate, model: Model) -> bool:
    """Whether candidates have the same history on both pasts, and features if anything was learned: then they are worth the same."""
    own, other = (Features(gate.evidence) if model.families else None for gate in (before, after))
    return all(
        before.facts.sources(one) == after.facts.sources(one)
        and (own is None or other is None or one.kind not in model.families or own.of(one) == other.of(one))
        for one in candidates
    )
