"""A vendor's rate limit: a rolling window, the wait that it asks for, and who did not keep to it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class RateLimit:
    """So many requests in so many seconds. `clock` gives monotonic seconds."""

    requests: int
    seconds: float
    clock: Callable[[], float]
    violations: int = 0
    """Requests that came before the end of a wait that was asked for."""
    _taken: deque[float] = field(default_factory=deque)
    _closed_until: float = 0.0

    def ask_to_wait(self, seconds: float) -> None:
        """Whoever asks before so many seconds are over does not keep to it."""
        self._closed_until = max(self._closed_until, self.clock() + seconds)

    def take(self) -> float | None:
        """Take one request; the seconds to wait where there is none left, or where somebody comes too early."""
        now = self.clock()
        if now < self._closed_until - _SLACK_S:
            self.violations += 1
            return self._closed_until - now
        while self._taken and now - self._taken[0] >= self.seconds:
            self._taken.popleft()
        if len(self._taken) >= self.requests:
            wait = self.seconds - (now - self._taken[0])
            self.ask_to_wait(wait)
            return wait
        self._taken.append(now)
        return None

    @property
    def left(self) -> int:
        """How many more may come now."""
        return max(self.requests - len(self._taken), 0)


_SLACK_S = 0.005
"""Two clocks are never quite alike."""
