"""Guardrails in force: where what was delivered causes more friction than a surface's limit, the surface is demoted by one mode, by itself."""

from datetime import datetime, timedelta

from agent.domain.modes import broken, held_by, surface_mode
from agent.domain.playbook import Playbook
from agent.domain.plays import MODES, Guardrail, Mode, Surface
from agent.domain.records import Cap
from agent.ports import Store

LOWEST: Mode = "shadow"
"""A surface is never switched off by itself: in shadow it still decides and records, so that people see when it is better."""


async def demote(store: Store, playbook: Playbook, at: datetime) -> list[Cap]:
    """Look at every limit once. What has been demoted is judged anew, by what is delivered from then on."""
    watched = [surface for surface in playbook.surfaces.values() if any(one.at_most is not None for one in surface.outcome.guardrails)]
    caps = await store.caps() if watched else []
    demoted = []
    for surface in watched:
        mode = surface_mode(surface, held_by(caps, surface.id))
        if MODES.index(mode) > MODES.index(LOWEST) and (found := await _broken(store, surface, at)) is not None:
            guardrail, why = found
            lower = MODES[MODES.index(mode) - 1]
            cap = Cap(f"cap_{surface.id}_guardrail_{at:%Y%m%d%H%M%S%f}", surface.id, "guardrail", lower, why, playbook.version, at, guardrail.name)
            if await store.cap(cap):
                demoted.append(cap)
    return demoted


async def _broken(store: Store, surface: Surface, at: datetime) -> tuple[Guardrail, str] | None:
    for guardrail in surface.outcome.guardrails:
        if guardrail.at_most is None:
            continue
        seen = await store.friction(surface.id, guardrail.name, since=at - timedelta(days=guardrail.days), until=at)
        if (why := broken(guardrail, seen)) is not None:
            return guardrail, why
    return None
