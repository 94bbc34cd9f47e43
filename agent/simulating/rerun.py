"""One decision under the draft: proven the same where that can be shown without deciding, else decided in full."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Literal

from agent.domain.bearing import Bearing, Difference, bearing, difference
from agent.domain.clauses import Situation
from agent.domain.decision import Decision
from agent.domain.deferrals import Earliest
from agent.domain.evidence import Evidence
from agent.domain.facts import Fact, FactView
from agent.domain.gate import Gate, with_surface
from agent.domain.hindsight import Rewrite, Trace
from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING
from agent.domain.proposing import MOST_CANDIDATES, MOST_CONTACTS, build
from agent.domain.rules import Rule, RuleResult
from agent.domain.timing import TIMED, may_bite
from agent.graph.papers import OPENING_ROUTES, already_open, superseded_by
from agent.graph.recording import digest
from agent.ports import Outline, Sealed
from agent.rejudging import judged_again, said_in
from agent.simulating.comparing import Again, causes_of, judged_of, kind_of, side_after, side_before
from agent.simulating.results import Became, Cause, Change, Judged, Side
from agent.simulating.traces import Instead, delivered_at, trace_instead, trace_of

ONLY_PRIORS = {PRIORS.version: PRIORS}
"""The models of a deployment that has learned nothing."""

_OLD, _NEW = "before:", "after:"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What of the deployment a decision depends on."""

    vendor: str
    undo: timedelta


@dataclass(frozen=True, slots=True)
class Look:
    """What was found out of one decision.

    `rewrite`: what it leaves to later ones instead. `replaces`: waiting proposals that end by it; `regrouped`: others than ended by it.
    """

    id: str
    surface: str
    accounts: tuple[str, ...]
    state: Literal["decided", "recorded", "lost"]
    change: Change | None = None
    rewrite: Rewrite | None = None
    replaces: tuple[str, ...] = ()
    regrouped: bool = False


class Rerun:
    """Decides again under a draft. `own`: the playbooks that decisions were made under, by version, as far as they are known; `models`: what scored
    them, likewise. What a model scored that nobody knows any more is lost.

    `in_full`: decide everything, and prove nothing the same; slower, and by definition right.
    """

    def __init__(
        self,
        draft: Playbook,
        own: Mapping[str, Playbook],
        conditions: Conditions,
        models: Mapping[str, Model] = ONLY_PRIORS,
        *,
        in_full: bool = False,
    ) -> None:
        self.draft, self.own, self.conditions, self.models, self.in_full = draft, own, conditions, models, in_full
        self._differences: dict[tuple[str, str], _Changed | None] = {}

    def look(self, one: Sealed) -> Look:
        """The decision under the draft, on the evidence that it was made from."""
        look = Look(one.id, one.surface, one.bare().accounts if one.state == "decided" else (), one.state)
        if one.state != "decided" or (not self.in_full and self._is_same(one)):
            return look
        return self.decided(one, one.evidence(), look)

    def decided(self, one: Sealed, evidence: Evidence, look: Look, *, because_of: Sequence[str] = ()) -> Look:
        """The decision under the draft in full. `because_of`: the earlier decisions that made this evidence another than it was."""
        recorded, own = one.recorded(), self.own.get(one.playbook_version)
        if not self._reacts(evidence):
            return self._not_decided(one, recorded, evidence, look)
        if recorded.model_version not in self.models:
            return replace(look, state="lost")
        again = self._again(recorded, evidence)
        before, after = side_before(recorded, own), side_after(again, self.draft, evidence.surface)
        kind = kind_of(recorded, before, after, again, roles_known=own is not None)
        chosen = again.judgement.chosen
        replaces = tuple(superseded_by(self.draft, chosen, evidence)) if chosen and again.route in OPENING_ROUTES else ()
        regrouped = bool(chosen and own and again.route in OPENING_ROUTES and replaces != tuple(superseded_by(own, chosen, evidence)))
        fresh = replace(look, change=None, rewrite=None, replaces=replaces, regrouped=regrouped)
        if kind is None:
            return fresh
        causes = causes_of(recorded, before, after, again, own, self.draft, self._rules_changed(one))
        causes = (*causes, *(Cause("history", name, "would have been another") for name in because_of))
        known = one.decision()
        was = trace_of(known, evidence)
        instead = Instead(chosen, self.draft.plays[chosen.play], again.route, after.until, again.digest) if chosen else None
        would = trace_instead(known, evidence, instead, self.conditions.undo)
        change = Change(
            one.id, one.created_at, one.surface, evidence.account, evidence.event.subject_kind, evidence.event.subject_id, kind, before, after,
            judged_of(recorded, again, before.choice, after.choice), causes, became_of(known),
            known=_done(was, before.choice) == _done(would, after.choice) and not (still_asked(known) and after.choice != before.choice),
        )  # fmt: skip
        return replace(fresh, change=change, rewrite=Rewrite(was, would) if was != would else None)

    def verdicts(self, one: Sealed) -> tuple[Judged, ...]:
        """Every candidate of which the rules say something else than they did."""
        recorded = one.recorded()
        again = self._again(recorded, one.evidence())
        names = [*(candidate.id for candidate in recorded.candidates), *(candidate.id for candidate in again.judgement.candidates)]
        return tuple(judged for judged in judged_of(recorded, again, *names) if judged.before != judged.after)

    def _reacts(self, evidence: Evidence) -> bool:
        """Whether the draft would decide about this event on the same surface. On another, other facts would be needed."""
        surface = self.draft.surface_of(evidence.event.type)
        return surface is not None and surface.id == evidence.surface

    def _not_decided(self, one: Sealed, recorded: Decision, evidence: Evidence, look: Look) -> Look:
        before = side_before(recorded, self.own.get(one.playbook_version))
        elsewhere = self.draft.surface_of(evidence.event.type)
        says = f"the surface {elsewhere.id} decides about {evidence.event.type} instead" if elsewhere else f"nothing reacts to {evidence.event.type}"
        known = one.decision()
        was = trace_of(known, evidence)
        would = replace(was, touches=(), past=(), proposal=None)
        change = Change(
            one.id, one.created_at, one.surface, evidence.account, evidence.event.subject_kind, evidence.event.subject_id,
            "newly_forbidden" if before.choice else "other_route", before, Side(None, None, None, "none"), (),
            (Cause("surface", one.surface, says),), became_of(known), known=_done(was, before.choice) is None and elsewhere is None,
        )  # fmt: skip
        return replace(look, change=change, rewrite=Rewrite(was, would) if was != would else None, replaces=())

    def _again(self, recorded: Decision, evidence: Evidence) -> Again:
        said = said_in(recorded)
        judgement, text = judged_again(
            evidence, self.draft, said, self.models[recorded.model_version], vendor=self.conditions.vendor, all_notes=False
        )
        chosen = judgement.chosen
        if chosen is None or text is None:
            return Again(judgement, judgement.route, judgement.reasons, None, "")
        bound = digest(chosen.id, chosen.channel, chosen.recipient, chosen.params, text.content)
        route = "suppressed" if already_open(judgement.route, judgement.reasons, bound, evidence) else judgement.route
        by_model = said is not None and said.by_model
        return Again(judgement, route, judgement.reasons, None if by_model else text.content, bound)

    # --- without deciding ---------------------------------------------------------------------------------------------

    def _is_same(self, one: Sealed) -> bool:
        changed = self._changed(one.playbook_version, one.surface)
        if changed is None or changed.difference.more:
            return False
        bare = one.bare()
        rules = changed.may_speak(bare)
        return not rules or (changed.facts_may_tell(rules) and changed.is_silent(rules, one.facts())) or changed.leaves(one.outline())

    def _rules_changed(self, one: Sealed) -> frozenset[str]:
        changed = self._changed(one.playbook_version, one.surface)
        return frozenset(rule.id for pair in changed.difference.rules for rule in pair if rule is not None) if changed else frozenset()

    def _changed(self, version: str, surface: str) -> "_Changed | None":
        """What the draft changes for a surface; None where nobody knows, or one of them has no such surface."""
        key = (version, surface)
        if key not in self._differences:
            own = self.own.get(version)
            before, after = bearing(own, surface) if own else None, bearing(self.draft, surface)
            known = own is not None and before is not None and after is not None
            self._differences[key] = _Changed(self.draft, before, difference(before, after)) if known and before and after else None
        return self._differences[key]


class _Changed:
    """What a draft changes for one surface, ready to be tried on its decisions."""

    def __init__(self, draft: Playbook, before: Bearing, found: Difference) -> None:
        self._draft, self._before, self.difference = draft, before, found

    @cached_property
    def _trial(self) -> Playbook:
        """The draft with nothing but the rules that differ, each as it was and as it is: one look at the facts tells both."""
        named = [(_OLD, old) for old, _ in self.difference.rules] + [(_NEW, new) for _, new in self.difference.rules]
        rules = (_renamed(rule, prefix) for prefix, rule in named if rule is not None)
        return replace(self._draft, rules={rule.id: rule for rule in rules})

    def may_speak(self, bare: Evidence) -> list[Rule]:
        """The rules that differ, without those that were not in force and those about moments that the past cannot make bite."""
        in_force = [rule for rule in self._trial.rules.values() if rule.in_force(bare.at)]
        return [rule for rule in in_force if rule.effect.kind not in TIMED or may_bite(rule, bare)]

    def facts_may_tell(self, rules: Iterable[Rule]) -> bool:
        """Whether facts alone could keep these rules from taking hold: each has a clause that reads nothing else."""
        return all(any(not clause.varying for clause in self._trial.clauses_of(rule)) for rule in rules)

    def is_silent(self, rules: Iterable[Rule], facts: Sequence[Fact]) -> bool:
        """Whether the facts alone keep the rules from taking hold of anything: a clause that reads nothing else is false.

        The mode that the surface was held to does not stand among the facts.
        """
        view = with_surface(FactView.of(facts), self._before.surface, None)
        situation = Situation(view)
        return all(any(not c.varying and situation.test(c) == "false" for c in self._trial.clauses_of(rule)) for rule in rules)

    def leaves(self, outline: Outline) -> bool:
        """Whether each rule that differs has the same say in every candidate as before: then the decision is the same, to the letter that matters.

        A rule that takes hold of nothing has no say; one that only differs in words says the same. A rule about moments acts together with others:
        it has a say where it may keep a candidate from any moment from now on, and the same say only where it allows just the same ones. A list of
        candidates that was cut is never the same: another might have come in.
        """
        real = [one for one in outline.options if one.play != DO_NOTHING]
        if len(real) >= MOST_CANDIDATES - 1 or len({one.recipient for one in real}) >= MOST_CONTACTS:
            return False
        gate, surface = Gate(self._trial, outline.evidence), self._before.surface
        for option in real:
            candidate = build(
                surface, self._trial.plays[option.play], outline.evidence, recipient=option.recipient, channel=option.channel,
                material=option.material, target=option.target, params=option.params,
            )  # fmt: skip
            judged, waits = gate.judge(candidate).rules, gate.waits(candidate) if self._timed else {}
            said = [rule for rule in judged if rule.id.startswith((_OLD, _NEW)) and (rule.matched or rule.id in waits)]
            if said and not self._says_the_same(said, waits):
                return False
        return True

    def _says_the_same(self, said: Sequence[RuleResult], waits: Mapping[str, Earliest]) -> bool:
        """Whether rules that have a say say the same as they did, and look at the same candidates: who else is tried hangs on that, too."""
        old, new = ([(_bare(one, prefix), waits.get(one.id)) for one in said if one.id.startswith(prefix)] for prefix in (_OLD, _NEW))
        alike = {a.id for a, b in self.difference.rules if a is not None and b is not None and a.applies_to == b.applies_to}
        return old == new and all(one.id in alike for one, _ in old)

    @cached_property
    def _timed(self) -> bool:
        return any(rule.effect.kind in TIMED for rule in self._trial.rules.values())


def _renamed(rule: Rule, prefix: str) -> Rule:
    return rule.model_copy(update={"id": f"{prefix}{rule.id}"})


def _bare(result: RuleResult, prefix: str) -> RuleResult:
    return result._replace(id=result.id.removeprefix(prefix))


def _done(left: Trace, choice: str | None) -> str | None:
    """What was done, as far as anything was."""
    return choice if any(one.what == "delivered" for one in left.past) else None


def still_asked(decision: Decision) -> bool:
    """Whether somebody may yet answer: nobody knows what will be done."""
    return any(one.state in ("open", "snoozed") for one in decision.approvals)


def became_of(decision: Decision) -> Became:
    """What became of a decision, as far as it was observed."""
    outcome, states = decision.outcome, {one.state for one in decision.approvals}
    counts = outcome is not None and outcome.attribution != "assist"
    return Became(
        approved=bool(states & {"approved", "edited"}), rejected="rejected" in states, delivered=delivered_at(decision) is not None,
        converted=outcome is not None and outcome.result == "converted", friction=tuple(outcome.guardrails) if outcome else (),
        value=outcome.value if outcome and counts else None, metric=outcome.metric if outcome else None,
    )  # fmt: skip
