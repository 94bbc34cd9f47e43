"""How one run listens to the sources: whoever kept it waiting for too long is not waited for again."""

import asyncio
from datetime import datetime
from typing import Any

from tools.once import Read, Sources
from tools.patience import Patience
from tools.ports import SourceError

_SHARE = 0.5
"""Part of the time left that one read may take while the run is placed: the rest is for gathering."""


class TooSlow(SourceError):
    """The source did not answer in the time that a run has."""


class Listening:
    """The sources for one run, which has `seconds` for placing and gathering together.

    `in_turn` is for reads that follow each other: each has its share of the time left, and a source that used it up is not asked anything more.
    `sources` is for reads side by side under the caller's own deadline: what was cut off by it is not asked again.
    `began`: when that was.
    """

    def __init__(self, sources: Sources, seconds: float, *, began: datetime | None = None) -> None:
        self.began = began
        self._patience = Patience(seconds)
        self._slow: set[tuple[str, str]] = set()
        self.in_turn = sources.through(self._wait_for)
        self.sources = sources.through(self._join)

    @property
    def left(self) -> float:
        """Seconds that placing has left for gathering."""
        return self._patience.left

    async def _wait_for(self, read: Read) -> Any:
        if any(source == read.source for source, _ in self._slow):
            raise self._too_slow(read)
        asking = asyncio.ensure_future(read.ask())
        if await self._patience.wait_for([asking], share=_SHARE):
            self._slow.add((read.source, read.name))
            raise self._too_slow(read)
        return asking.result()

    async def _join(self, read: Read) -> Any:
        if (read.source, read.name) in self._slow:
            raise self._too_slow(read)
        try:
            return await read.ask()
        except asyncio.CancelledError:
            self._slow.add((read.source, read.name))
            raise

    def _too_slow(self, read: Read) -> TooSlow:
        return TooSlow(read.source, f"no answer within the {self._patience.seconds:g} s of a run")
