"""Facts about content that a search found, and that it was searched at all; the same for articles and assets."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from agent.domain.evidence import Material
from agent.domain.facts import Fact
from tools.ports import Find
from tools.reading import Reading

T = TypeVar("T", Material, Find)


def material_facts(searched: str, materials: Iterable[Material], at: datetime) -> tuple[Fact, ...]:
    """The catalogue's facts about each piece of content, and that they were `searched`. General content is about no module: a fresh None."""
    return (Reading(at).fact(searched, value=True), *(fact for material in materials for fact in _facts(material, at)))


def _facts(material: Material, at: datetime) -> tuple[Fact, ...]:
    values = {
        "id": material.id,
        "title": material.title,
        "language": material.language,
        "strength": material.strength,
        "topics": list(material.topics),
        "visibility": material.visibility,
        "kind": material.type,
        "stages": list(material.stages),
        "product": material.product or None,
    }
    return Reading(at, of=material.id).facts({f"{material.kind}.{name}": value for name, value in values.items()})


def strongest_first(found: Iterable[T]) -> tuple[T, ...]:
    """Each piece of content once, at its best strength, the best first."""
    best: dict[str, T] = {}
    for one in found:
        if one.id not in best or one.strength > best[one.id].strength:
            best[one.id] = one
    return tuple(sorted(best.values(), key=lambda one: (-one.strength, one.id)))
