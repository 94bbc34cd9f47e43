"""Old stored decisions, brought to the shape of today when they are read.

To change the shape: raise `SCHEMA_VERSION`, add a step here that turns the previous shape into the new one, and keep an old sample under
`tests/migrations`. Steps are pure, take and give plain JSON, and are never removed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from agent.domain.decision import SCHEMA_VERSION

Stored = dict[str, Any]

STEPS: Mapping[int, Callable[[Stored], Stored]] = {}
"""From a version to the next one."""


class UnknownShape(ValueError):
    """The record was written by a newer release."""


def upgrade(stored: Stored, steps: Mapping[int, Callable[[Stored], Stored]] = STEPS, to: int = SCHEMA_VERSION) -> Stored:
    """Bring a stored decision to version `to`. Raises UnknownShape when it is newer, or when a step is lacking."""
    version = int(stored.get("schema_version", 1))
    if version > to:
        raise UnknownShape(f"the decision has schema version {version}, this release knows up to {to}: upgrade Nextplay")
    while version < to:
        if version not in steps:
            raise UnknownShape(f"nothing leads from schema version {version} to {version + 1}")
        stored, version = {**steps[version](stored), "schema_version": version + 1}, version + 1
    return stored
