"""Stops calling a service that keeps failing, and tries it again after a pause."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class BreakerOpenError(Exception):
    """The service has failed too often; it is left alone for a while."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it failed too often; the next try is in {seconds:.0f} s")
        self.seconds = seconds


class Breaker:
    """Opens after `failures` failures in a row.

    After `pause_s` seconds one call may try; its result closes or opens it again.

    `clock` gives monotonic seconds. One breaker belongs to one event loop.
    """

    def __init__(self, *, clock: Callable[[], float], failures: int = 5, pause_s: float = 30.0) -> None:
        self._clock = clock
        self._limit = failures
        self._pause_s = pause_s
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Calls are refused now."""
        return self._opened_at is not None and (self._trying or self._remaining() > 0)

    @contextmanager
    def guard(self, *failures: type[Exception]) -> Iterator[None]:
        """Let one call through and judge it: the named exceptions are failures, everything else is not.

        Raises BreakerOpenError.
        """
        if self.is_open:
            raise BreakerOpenError(max(self._remaining(), 0.0))
        probing = self._trying = self._opened_at is not None
        try:
            yield
        except failures:
            self._failed(probing=probing)
            raise
        else:
            self._failures, self._opened_at = 0, None
        finally:
            # a cancelled try says nothing about the service: the next call may try
            if probing:
                self._trying = False

    def _failed(self, *, probing: bool) -> None:
        self._failures += 1
        if probing or self._failures >= self._limit:
            self._opened_at = self._clock()

    def _remaining(self) -> float:
        return 0.0 if self._opened_at is None else self._opened_at + self._pause_s - self._clock()
