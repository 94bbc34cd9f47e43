"""The sandbox's clock: the time outside, moved by as much as its story is away from today. The distance is kept in the database."""

from collections.abc import Callable
from datetime import datetime, timedelta

from integrations.sandbox.meta import recall, remember
from integrations.sandbox.source import Store
from integrations.wall_clock import wall_clock

_OFFSET = "clock_offset_s"


class SandboxClock:
    """Tells the time in the sandbox. With `at` it stands still there. `wall`: the time outside."""

    def __init__(self, offset: timedelta = timedelta(), *, at: datetime | None = None, wall: Callable[[], datetime] = wall_clock) -> None:
        self._offset, self._wall = offset, wall
        self._at = at

    def __call__(self) -> datetime:
        """Now, in the sandbox."""
        return self._at or self._wall() + self._offset

    @classmethod
    async def of(cls, store: Store, *, at: datetime | None = None, wall: Callable[[], datetime] = wall_clock) -> "SandboxClock":
        """The clock that the database remembers; an unmoved one at first."""
        offset = await recall(store, _OFFSET)
        return cls(timedelta(seconds=float(offset or 0)), at=at, wall=wall)

    def stand_at(self, moment: datetime) -> None:
        """Make it this moment from now on. Nothing is remembered: the database keeps the time that it had."""
        self._at = moment

    async def move_to(self, moment: datetime, store: Store) -> None:
        """Make it this moment now, and remember the distance."""
        offset = moment - self._wall()
        await remember(store, _OFFSET, str(offset.total_seconds()))
        self._offset, self._at = offset, None
