"""Where one can go from every page, and who may."""

from dataclasses import dataclass, field
from typing import get_args

from integrations.sessions import ConsoleRole

EVERYBODY: tuple[ConsoleRole, ...] = get_args(ConsoleRole)
"""Whoever is signed in."""


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation. `also`: where pages that belong to it are elsewhere."""

    path: str
    name: str
    roles: tuple[ConsoleRole, ...] = field(default=EVERYBODY)
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether the page at a path belongs to it."""
        return any(path == one or path.startswith(f"{one}/") for one in (self.path, *self.also))


PLACES: tuple[Place, ...] = (
    Place("/console/queue", "Queue"),
    Place("/console/decisions", "Decisions"),
    Place("/console/playbook", "Playbook"),
    Place("/console/review", "Review", also=("/console/launch",)),
    Place("/console/metrics", "Metrics"),
    Place("/console/operations", "Operations", ("operator", "admin")),
    Place("/console/people", "People", ("admin",)),
)
