"""How much a costly service may be used: calls a minute, calls a day and tokens a day. Counted in this process."""

from collections.abc import Callable
from datetime import datetime


class BudgetSpentError(Exception):
    """The budget of the minute or the day is used up."""


class Budget:
    """Counts calls and tokens; a limit of None does not count. `clock` gives aware times, and a day is one in UTC."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        calls_per_minute: int | None = None,
        calls_per_day: int | None = None,
        tokens_per_day: int | None = None,
    ) -> None:
        self._clock = clock
        self._calls_per_minute, self._calls_per_day, self._tokens_per_day = (
            calls_per_minute,
            calls_per_day,
            tokens_per_day,
        )
        self._minute, self._day = "", ""
        self._calls_this_minute = self._calls_today = self._tokens_today = 0

    def take(self) -> None:
        """Count one call. Raises BudgetSpentError, and then counts nothing."""
        self._turn()
        self._require(self._calls_this_minute, self._calls_per_minute, "calls of this minute")
        self._require(self._calls_today, self._calls_per_day, "calls of today")
        self._require(self._tokens_today, self._tokens_per_day, "tokens of today")
        self._calls_this_minute += 1
        self._calls_today += 1

    def spend(self, tokens: int) -> None:
        """Count the tokens that a call turned out to cost."""
        self._turn()
        self._tokens_today += tokens

    @property
    def tokens(self) -> int:
        """The tokens that were spent today."""
        self._turn()
        return self._tokens_today

    def _turn(self) -> None:
        now = self._clock()
        minute, day = f"{now:%Y-%m-%dT%H:%M}", f"{now:%Y-%m-%d}"
        if minute != self._minute:
            self._minute, self._calls_this_minute = minute, 0
        if day != self._day:
            self._day, self._calls_today, self._tokens_today = day, 0, 0

    @staticmethod
    def _require(used: int, limit: int | None, what: str) -> None:
        if limit is not None and used >= limit:
            raise BudgetSpentError(f"the {what} are used up ({limit})")
