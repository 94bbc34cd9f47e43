"""How decisions fared, and what people said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from agent.domain.lift import Trial
from agent.domain.metrics import Fate, Hit, Struck
from agent.domain.records import Reviewed
from agent.domain.reliability import Foretold
from agent.listing import Answered, Fared


@dataclass(frozen=True, slots=True)
class Pace:
    """Day by day (UTC) how many were `decided asked delivered converted`; and by surface in what time half of the answered asks were answered."""

    days: Mapping[date, Mapping[str, int]]
    answered_in: Mapping[str, timedelta]


@dataclass(frozen=True, slots=True)
class Tally:
    """A time with its decisions: how they fared, those together that fared alike; how quickly; and what was foretold, beside what came."""

    fates: Sequence[Fate]
    pace: Pace
    foretold: Foretold


class Measures(Protocol):
    """Reviews and metrics."""

    # --- reviews
    async def review(self, said: Reviewed) -> bool:
        """Write a person's word on a decision in the place of their earlier one. False where they said just that already. Raises NotFound."""
        ...

    async def reviews(self) -> list[Reviewed]:
        """Every label, oldest first."""
        ...

    async def reviews_of(self, decision_id: str) -> list[Reviewed]:
        """The labels of one decision, oldest first."""
        ...

    # --- metrics
    async def fared(self, *, since: datetime, until: datetime, surface: str | None = None) -> list[Fared]:
        """What became of each decision made in that time, oldest first, with what reviewers say of it. Events that started no work are none."""
        ...

    async def answers(self, *, since: datetime, until: datetime, surface: str | None = None) -> list[Answered]:
        """What people answered to the asks of these decisions."""
        ...

    async def tally(self, *, since: datetime, until: datetime, surface: str | None = None) -> Tally:
        """How the decisions of a time fared, how quickly, and what was foretold of them beside what came by `until`."""
        ...

    async def trials(self, surface: str, *, since: datetime, until: datetime) -> list[Trial]:
        """Decisions that the holdout could have held back, whose window had ended by `until`."""
        ...

    async def struck(self, *, since: datetime, until: datetime, surface: str | None = None) -> dict[str, Struck]:
        """What each rule struck out."""
        ...

    async def hits(self, *, since: datetime, until: datetime) -> dict[str, Hit]:
        """What each rule did."""
        ...
