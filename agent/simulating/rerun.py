"""One decision under the draft: proven the same where that can be shown without deciding, else decided in full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from agent.domain.bearing import bearing
from agent.domain.decision import Decision
from agent.domain.evidence import Evidence
from agent.domain.hindsight import Rewrite, Trace
from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.graph.papers import OPENING_ROUTES, already_open, superseded_by
from agent.graph.recording import digest
from agent.ports import Sealed
from agent.rejudging import judged_again, said_in
from agent.simulating.comparing import Again, causes_of, judged_of, kind_of, side_after, side_before
from agent.simulating.results import Became, Cause, Change, Judged, Side
from agent.simulating.traces import Instead, delivered_at, trace_instead, trace_of
from agent.simulating.unchanged import Changed

ONLY_PRIORS = {PRIORS.version: PRIORS}
"""The models of a deployment that has learned nothing."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What of the deployment a decision depends on."""

    vendor: str
    undo: timedelta


@dataclass(frozen=True, slots=True)
class Look:
    """What was found out of one decision.

    `rewrite`: what it leaves to later ones instead. `replaces`: waiting proposals that end by it, None: those that did; `regrouped`: others than
    ended by it.
    """

    id: str
    surface: str
    accounts: tuple[str, ...]
    state: Literal["decided", "recorded", "lost"]
    change: Change | None = None
    rewrite: Rewrite | None = None
    replaces: tuple[str, ...] | None = None
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
        self._differences: dict[tuple[str, str], Changed | None] = {}

    def look(self, one: Sealed) -> Look:
        """The decision under the draft, on the evidence that it was made from."""
        look = Look(one.id, one.surface, one.bare().accounts if one.state == "decided" else (), one.state)
        if one.state != "decided" or (not self.in_full and self._is_same(one)):
            return look
        return self.decided(one, one.evidence(), look)

    def look_again(self, one: Sealed, evidence: Evidence, look: Look, *, because_of: Sequence[str]) -> Look:
        """The decision under the draft on another past. `because_of`: the earlier decisions that made it another than it was."""
        changed = self._changed(one.playbook_version, one.surface)
        if not self.in_full and changed is not None and changed.leaves_on(evidence, one, self.models.get(one.recorded().model_version)):
            return Look(look.id, look.surface, look.accounts, look.state)
        again = self.decided(one, evidence, look, because_of=because_of if look.change is None else ())
        if again.change is None or look.change is not None:
            return again
        return replace(again, change=replace(again.change, knock_on=True))

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
        replaces = tuple(superseded_by(self.draft, chosen.play, evidence)) if chosen and again.route in OPENING_ROUTES else ()
        regrouped = bool(chosen and own and again.route in OPENING_ROUTES and replaces != tuple(superseded_by(own, chosen.play, evidence)))
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

    def replaced(self, one: Sealed) -> tuple[str, ...]:
        """The waiting proposals that ended by a decision which the draft leaves as it is."""
        recorded = one.recorded()
        opened = recorded.chosen if recorded.route in OPENING_ROUTES else None
        return tuple(superseded_by(self.draft, opened.play, one.bare())) if opened else ()

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
            return Again(judgement, judgement.route, None, "")
        bound = digest(chosen.id, chosen.channel, chosen.recipient, chosen.params, text.content)
        route = "suppressed" if already_open(judgement.route, judgement.reasons, bound, evidence) else judgement.route
        return Again(judgement, route, text.content, bound)

    # --- without deciding ---------------------------------------------------------------------------------------------

    def _is_same(self, one: Sealed) -> bool:
        changed = self._changed(one.playbook_version, one.surface)
        return changed is not None and changed.leaves(one)

    def _rules_changed(self, one: Sealed) -> frozenset[str]:
        changed = self._changed(one.playbook_version, one.surface)
        return frozenset(rule.id for pair in changed.difference.rules for rule in pair if rule is not None) if changed else frozenset()

    def _changed(self, version: str, surface: str) -> Changed | None:
        """What the draft changes for a surface; None where nobody knows, or one of them has no such surface."""
        key = (version, surface)
        if key not in self._differences:
            own = self.own.get(version)
            before, after = bearing(own, surface) if own else None, bearing(self.draft, surface)
            self._differences[key] = Changed((own, self.draft), (before, after)) if own and before and after else None
        return self._differences[key]


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
