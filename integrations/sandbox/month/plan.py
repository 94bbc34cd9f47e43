"""What is going to happen, in the order of time. Whatever happens may plan what comes after it."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent.domain.event import Event
from integrations.sandbox.fixtures import Item

CRM, HELPDESK = "crm", "helpdesk"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened outside: how records changed, and the event that tells of it, if anybody tells."""

    at: datetime
    items: tuple[Item, ...] = ()
    event: Event | None = None


What = Callable[[datetime], Iterable[Happening]]


@dataclass
class Plan:
    """The plan of what happens by itself. Of two things at one moment that which was planned first comes first."""

    _waiting: list[tuple[datetime, int, What]] = field(default_factory=list)
    _planned: int = 0

    def at(self, moment: datetime, what: What) -> None:
        """Plan something."""
        self._planned += 1
        heapq.heappush(self._waiting, (moment, self._planned, what))

    def until(self, moment: datetime) -> list[Happening]:
        """Everything that happens until then, this moment included."""
        found: list[Happening] = []
        while self._waiting and self._waiting[0][0] <= moment:
            at, _, what = heapq.heappop(self._waiting)
            found += what(at)
        return found


def changed(key: str, record: Mapping[str, Any]) -> Item:
    """A record as it became."""
    return Item(key, record, "the month")


def told(
    source: str, type_: str, kind: str, subject: str, at: datetime, *, actor: str | None = None, data: dict[str, Any] | None = None, n: int = 0
) -> Event:
    """An event about a record of ours. `n` tells apart what happens to one subject more than once."""
    return Event(source, f"{type_}:{subject}:{n}", type_, at, at, kind, subject, actor=actor, data=data or {})
