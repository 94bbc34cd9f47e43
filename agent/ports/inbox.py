"""What came in, and the runs that it started."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from agent.domain.asked_then import Beginnings
from agent.domain.event import Event
from agent.domain.records import Run, Waiting


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event as it came in: normalised, with the raw bytes and their hash for the inbox."""

    event: Event
    raw: bytes
    sha256: str


Accepted = Literal["new", "duplicate", "conflict"]


class Inbox(Protocol):
    """Events, each once, and their runs."""

    async def accept(self, arrivals: Sequence[tuple[Arrival, Run]], at: datetime) -> list[Accepted]:
        """Insert each event and its run once. Same id and hash: duplicate. Same id, other hash: quarantined as a conflict."""
        ...

    async def heard(self, source: str, event_ids: Collection[str]) -> Collection[str]:
        """Those of a source's events that were accepted before."""
        ...

    async def quarantine(self, source: str, event_id: str, raw: bytes, why: str, at: datetime) -> None: ...
    async def how_many_quarantined(self) -> int: ...
    async def run(self, run_id: str) -> Run | None: ...
    async def run_of_event(self, source: str, event_id: str) -> Run | None: ...
    async def asked_then(self, decision_id: str) -> Beginnings | None:
        """What is kept of how a decision's asks began; None for one that there is not."""
        ...

    async def raw_event(self, run_id: str) -> bytes | None:
        """The bytes in which a run's event came in."""
        ...

    async def runs(self, run_ids: Collection[str]) -> list[Run]:
        """These runs, oldest first, without those that there are not."""
        ...

    async def due_runs(self, at: datetime, *, going_on: bool = False) -> list[Run]:
        """Runs that `drive` may move: new or acting ones, asking ones with all answers in, waiting ones; each from its `wake_at` on; oldest first.
        If wanted, those alone that `goes_on` is true of.
        """
        ...

    async def move_run(self, run_id: str, *, state: str, entry: str = "", wake_at: datetime | None = None, error: str | None = None) -> None: ...
    async def failed_attempt(self, run_id: str, error: str, *, at_most: int, retry_at: datetime) -> Run:
        """Count a failure; the run rests until `retry_at`, or becomes `dead` when it has failed `at_most` times."""
        ...

    async def waits_for(self, run_id: str, source: str, why: str, at: datetime, *, until: datetime | None = None) -> None:
        """Note on a run that it waits for a silent source; the first note stands. Nothing is counted; moving on takes it away.

        `until`: when it is tried again, where the source has said so.
        """
        ...

    async def not_yet(self, run_id: str, why: str) -> None:
        """Note on a run why its effect is not done yet. Nothing is counted; moving on takes it away."""
        ...

    async def waiting_runs(self) -> list[Waiting]:
        """What each silent source holds up."""
        ...

    async def latest_events(self, types: Sequence[str], *, at_most: int) -> list[Run]:
        """The newest events of these types with their runs, newest first."""
        ...

    async def recent_events(self, *, source: str, subject: tuple[str, str], since: datetime, until: datetime) -> list[Run]: ...
    async def moments_around(self, moment: datetime, *, source: str, actor: str, within: timedelta, at_most: int) -> list[datetime]:
        """When an actor's events happened: those nearest to the moment, at most so many until then and so many after it."""
        ...
