"""The holdout: account families that are decided but shown to nobody, so that the effect of acting can be measured."""

import hashlib

from agent.domain.evidence import Evidence
from agent.domain.plays import Play, Surface


def held_out(surface: Surface, play: Play, evidence: Evidence) -> bool:
    """Whether the account's family is in the surface's holdout. Never for protective, service or contractual plays."""
    if not may_be_held(surface, play):
        return False
    family = min(evidence.family, default=evidence.account)
    return family is not None and draw(surface.id, family) < surface.holdout.share


def may_be_held(surface: Surface, play: Play) -> bool:
    """Whether the play takes part in the surface's holdout at all: only then can its two arms be compared."""
    return surface.holdout.share > 0 and play.purpose == "marketing" and play.holdout and not play.protective


def draw(surface: str, family: str) -> float:
    """A number in [0, 1) that depends only on the surface and the family, so that a family stays where it is."""
    digest = hashlib.sha256(f"{surface}\n{family}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
