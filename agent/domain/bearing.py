"""What of a playbook bears on the decisions of one surface, and what of that differs between two playbooks."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.domain.playbook import Playbook, applies, is_proactive
from agent.domain.plays import LaunchLimits, Play, Surface
from agent.domain.rules import Rule


@dataclass(frozen=True, slots=True)
class Bearing:
    """Everything that a decision of the surface is made by. `starts`: the plays that begin a contact, on any surface.

    What a launch check asks for decides nothing, so it is left out.
    """

    surface: Surface
    plays: tuple[Play, ...]
    rules: dict[str, Rule]
    starts: frozenset[str]
    groups: dict[str, str | None]
    currency: str

    def names(self, fact: str) -> bool:
        """Whether a rule or a play may read a fact: its field stands somewhere in one."""
        field = fact.rpartition(".")[2]
        return any(field in one.model_dump_json() for one in (*self.plays, *self.rules.values()))


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs for one surface: pairs of a rule before and after (None: it is not there, or does not look), and whether anything else does."""

    rules: tuple[tuple[Rule | None, Rule | None], ...]
    more: bool

    @property
    def nothing(self) -> bool:
        """The same evidence gives the same decision."""
        return not self.rules and not self.more


def bearing(playbook: Playbook, surface_id: str) -> Bearing | None:
    """What bears on the surface; None where the playbook has no such surface."""
    surface = playbook.surfaces.get(surface_id)
    if surface is None:
        return None
    plays = tuple(playbook.plays[name] for name in surface.plays)
    rules = {rule.id: _said(rule) for rule in playbook.rules.values() if _looks(rule, surface, plays)}
    groups = {name: play.exclusive_group for name, play in playbook.plays.items()}
    deciding = surface.model_copy(update={"launch": LaunchLimits()})
    return Bearing(deciding, plays, rules, frozenset(_starting(playbook)), groups, playbook.reporting_currency)


def difference(before: Bearing, after: Bearing) -> Difference:
    """What differs between two playbooks for the decisions of one surface."""
    more = (before.surface, before.plays, before.starts, before.groups, before.currency) != (
        after.surface, after.plays, after.starts, after.groups, after.currency,
    )  # fmt: skip
    names = sorted(before.rules.keys() | after.rules.keys())
    pairs = ((before.rules.get(name), after.rules.get(name)) for name in names)
    return Difference(tuple(pair for pair in pairs if pair[0] != pair[1]), more)


def _looks(rule: Rule, surface: Surface, plays: tuple[Play, ...]) -> bool:
    return any(applies(rule.applies_to, surface, play, channel) for play in plays for channel in play.channels)


def _said(rule: Rule) -> Rule:
    """The rule without what only its readers need."""
    return rule.model_copy(update={"owner": "", "why": "", "cases": ()})


def _starting(playbook: Playbook) -> Iterator[str]:
    """As the timed rules see it: plays whose open proposals hold a slot."""
    for surface in playbook.surfaces.values():
        yield from (name for name in surface.plays if name in playbook.plays and is_proactive(surface, playbook.plays[name]))
