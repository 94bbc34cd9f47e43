"""Does whoever asks less of a surface before it acts by itself say why?"""

from collections.abc import Iterator
from dataclasses import replace

from agent.domain.playbook import Playbook
from agent.domain.plays import LaunchLimits
from agent.playbook.findings import Finding, error


def check_launch(playbook: Playbook) -> Iterator[Finding]:
    """Limits of the launch check that were lowered without a reason: for all surfaces against the defaults, for one against those for all."""
    if lowered := _lowered(playbook.launch, LaunchLimits(), playbook.launch.why):
        yield replace(error("playbook", "", lowered), file="playbook.yaml")
    for surface in playbook.surfaces.values():
        if lowered := _lowered(playbook.launch_of(surface), playbook.launch, surface.launch.why):
            yield error("surface", surface.id, lowered, path=("launch",))


def _lowered(limits: LaunchLimits, usual: LaunchLimits, why: str) -> str:
    below = limits.below(usual)
    if not below or why.strip():
        return ""
    told = ", ".join(f"{name}: {own:g} (else {other:g})" for name, (own, other) in below.items())
    return f"its launch check asks for less than usual, {told}; say why: launch: {{why: …}}"
