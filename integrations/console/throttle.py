"""How often somebody may try to get in and fail: counted in this process alone, in as much memory as is set aside for it."""

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class Throttle:
    """Counts wrong tries in a sliding window, for each key alone. Of more keys than `keys` those that failed longest ago are forgotten."""

    most: int = 10
    within: timedelta = timedelta(minutes=1)
    keys: int = 10_000
    _tries: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)

    def wait(self, now: datetime, keys: Iterable[str]) -> timedelta:
        """How long whoever has these keys has to wait before the next try; nothing if they need not."""
        return max((self._wait(key, now) for key in keys), default=timedelta())

    def failed(self, now: datetime, keys: Iterable[str]) -> None:
        """A try with these keys was wrong."""
        for key in keys:
            self._tries.setdefault(key, deque(maxlen=self.most)).append(now)
            self._tries.move_to_end(key)
        while len(self._tries) > self.keys:
            self._tries.popitem(last=False)

    def _wait(self, key: str, now: datetime) -> timedelta:
        tries = self._tries.get(key)
        if tries is None or len(tries) < self.most:
            return timedelta()
        return max(tries[0] + self.within - now, timedelta())
