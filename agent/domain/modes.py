"""The mode in force: the playbook's, unless friction or a lack of proof holds the surface at a lower one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent.domain.evidence import Evidence, Held
from agent.domain.plays import MODES, Guardrail, Mode, Play, Surface, lower_mode
from agent.domain.records import Cap


def held_by(caps: Iterable[Cap], surface: str) -> Held | None:
    """What holds the surface, of several the lowest."""
    theirs = [cap for cap in caps if cap.surface == surface]
    lowest = min(theirs, key=lambda cap: MODES.index(cap.mode), default=None)
    return Held(lowest.mode, lowest.why) if lowest else None


def surface_mode(surface: Surface, held: Held | None, *, required: bool = False) -> Mode:
    """The surface's mode. What a rule requires is still asked about where only friction keeps the surface from being shown to anybody."""
    if held is None:
        return surface.mode
    at = "suggest" if required and held.mode in ("off", "shadow") else held.mode
    return lower_mode(surface.mode, at)


def mode_for(surface: Surface, play: Play, evidence: Evidence, *, required: bool = False) -> Mode:
    """The mode in which a play is done on a surface."""
    return lower_mode(surface_mode(surface, evidence.held, required=required), play.max_mode)


def why_held(surface: Surface, play: Play, evidence: Evidence) -> str | None:
    """Why it is done in a lower mode than the playbook says; None when it is not."""
    if evidence.held is None or mode_for(surface, play, evidence) == lower_mode(surface.mode, play.max_mode):
        return None
    return f"the surface is held at {evidence.held.mode}: {evidence.held.why}"


@dataclass(frozen=True, slots=True)
class Friction:
    """How many decisions of a surface were delivered in a period, and how many of them met with a guardrail."""

    delivered: int
    hit: int


def broken(guardrail: Guardrail, seen: Friction) -> str | None:
    """Why the limit is broken, in a sentence; None while it holds, or too little was delivered to tell."""
    if guardrail.at_most is None or seen.delivered < guardrail.min_n or seen.hit <= guardrail.at_most * seen.delivered:
        return None
    share = f"{seen.hit} of {seen.delivered} delivered in {guardrail.days} days"
    return f"{guardrail.name.replace('_', ' ')}: {share}, more than {guardrail.at_most:.0%}"


def raised(before: Mapping[str, Mode], after: Mapping[str, Mode]) -> dict[str, Mode]:
    """Surfaces that a new version raises to `auto`, with the mode to hold each at: the one it had, `suggest` where it is new."""
    return {name: before.get(name, "suggest") for name, mode in after.items() if mode == "auto" and before.get(name) != "auto"}
