"""Facts about content that a search found, and that it was searched at all; the same for articles and assets."""

from collections.abc import Iterable
from datetime import datetime

from agent.domain.evidence import Material
from agent.domain.facts import Fact
from tools.reading import Reading


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


def strongest_first(materials: Iterable[Material]) -> tuple[Material, ...]:
    """Each piece of content once, at its best strength, the best first."""
    best: dict[str, Material] = {}
    for material in materials:
        if material.id not in best or material.strength > best[material.id].strength:
            best[material.id] = material
    return tuple(sorted(best.values(), key=lambda m: (-m.strength, m.id)))
