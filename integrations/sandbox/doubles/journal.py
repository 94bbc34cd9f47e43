"""What was done to a vendor: its own log, which nobody of ours writes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that took effect: what was asked, on which object, and what was made or changed."""

    at: datetime
    name: str
    target: str
    content: dict[str, Any]


@dataclass
class Journal:
    """All of them, in order."""

    entries: list[Entry] = field(default_factory=list)

    def add(self, at: datetime, name: str, target: str, content: dict[str, Any]) -> None:
        """Something took effect."""
        self.entries.append(Entry(at, name, target, content))

    def with_marker(self, marker: str) -> Iterator[Entry]:
        """Those in whose content a marker stands, wherever it does."""
        return (entry for entry in self.entries if marker in str(entry.content))

    def as_json(self) -> list[dict[str, Any]]:
        """For whoever looks at it from outside."""
        return [{"at": e.at.isoformat(), "name": e.name, "target": e.target, "content": e.content} for e in self.entries]
