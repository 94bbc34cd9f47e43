"""A playbook in force: surfaces, plays and rules, indexed for deciding."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from agent.domain.clauses import CompiledClause, compile_clause
from agent.domain.plays import LaunchLimits, Play, Surface
from agent.domain.rules import AppliesTo, Rule
from agent.domain.triage_words import TriageWords


@dataclass(frozen=True)
class Playbook:
    """One immutable version of the policy, built by `agent.playbook.loader`, or by hand in a test.

    `version` is the hash of its content; `reporting_currency` is what values are stated in; `launch` holds for surfaces that say nothing else,
    and `triage` is what tells the kind of issue of a ticket by its words.
    """

    surfaces: dict[str, Surface]
    plays: dict[str, Play]
    rules: dict[str, Rule]
    version: str
    reporting_currency: str = "EUR"
    launch: LaunchLimits = field(default_factory=LaunchLimits)
    triage: TriageWords = field(default_factory=TriageWords)
    _index: dict[tuple[str, str, str], tuple[Rule, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _compiled: dict[str, tuple[CompiledClause, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, surfaces: Iterable[Surface], plays: Iterable[Play], rules: Iterable[Rule], version: str) -> "Playbook":
        """Build one from its parts, keyed by their ids."""
        return cls({s.id: s for s in surfaces}, {p.id: p for p in plays}, {r.id: r for r in rules}, version)

    @cached_property
    def _surface_by_event(self) -> dict[str, Surface]:
        return {event_type: surface for surface in self.surfaces.values() for event_type in surface.trigger.types}

    def surface_of(self, event_type: str) -> Surface | None:
        """The one surface that an event type triggers; None when nothing reacts to it."""
        return self._surface_by_event.get(event_type)

    def launch_of(self, surface: Surface) -> LaunchLimits:
        """What the surface must reach before it may act by itself."""
        return surface.launch.over(self.launch)

    def rules_for(self, surface: Surface, play: Play, channel: str) -> tuple[Rule, ...]:
        """The rules that look at a play on a surface and channel, in the order of their ids; worked out once."""
        key = (surface.id, play.id, channel)
        if key not in self._index:
            found = (rule for _, rule in sorted(self.rules.items()) if applies(rule.applies_to, surface, play, channel))
            self._index[key] = tuple(found)
        return self._index[key]

    def clauses_of(self, rule: Rule) -> tuple[CompiledClause, ...]:
        """The clauses of one of its rules, compiled once. Raises ClauseError."""
        if rule.id not in self._compiled:
            self._compiled[rule.id] = tuple(compile_clause(clause.cel, rule.params) for clause in rule.when)
        return self._compiled[rule.id]


def applies(to: AppliesTo, surface: Surface, play: Play, channel: str) -> bool:
    """Whether a rule's filter admits a play on a surface and channel."""
    return (
        _admits(to.surfaces, surface.id)
        and _admits(to.plays, play.id)
        and _admits(to.kinds, play.kind)
        and _admits(to.purpose, play.purpose)
        and _admits(to.channels, channel)
        and (to.reach is None or to.reach == play.reach)
        and (to.proactive is None or to.proactive == is_proactive(surface, play))
    )


def is_proactive(surface: Surface, play: Play) -> bool:
    """We would start the contact: it reaches the customer and does not answer a request of theirs."""
    return play.reach == "customer" and not surface.answers_customer


def _admits(wanted: tuple[str, ...], value: str) -> bool:
    return not wanted or value in wanted
