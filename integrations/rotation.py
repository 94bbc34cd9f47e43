"""Secrets that are changed while the server runs: the files that they stand in are read again when they change."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from agent.errors import InvalidInput

log = structlog.get_logger("nextplay.settings")

LOOKS_EVERY_S = 1.0


class Rotation:
    """What `read` gives as of the last look at the files that it reads. What cannot be used is told once, and what was there goes on."""

    def __init__(
        self, files: Callable[[], Sequence[Path]], read: Callable[[], Mapping[str, Any]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._files, self._read, self._clock = files, read, clock
        self._seen, self._looked_at = self._look(), clock()
        self._values: Mapping[str, Any] = {}

    def __eq__(self, other: object) -> bool:
        """Where secrets are read from is no part of what they are: settings with equal values are equal."""
        return isinstance(other, Rotation)

    def __hash__(self) -> int:
        return hash(Rotation)

    def values(self) -> Mapping[str, Any]:
        """Those that have changed since the start, as they are now."""
        if self._clock() - self._looked_at >= LOOKS_EVERY_S:
            self._looked_at = self._clock()
            seen = self._look()
            if seen != self._seen:
                self._seen = seen
                self._take_over()
        return self._values

    def _take_over(self) -> None:
        try:
            values = self._read()
        except (InvalidInput, OSError) as error:
            log.warning("changed secrets cannot be used; the old ones go on", why=str(error))
            return
        changed = sorted(name for name, value in values.items() if value != self._values.get(name))
        self._values = values
        log.info("secrets were read again", names=changed)

    def _look(self) -> tuple[tuple[str, int, int, int], ...]:
        return tuple(found for path in self._files() if (found := _state(path)) is not None)


def _state(path: Path) -> tuple[str, int, int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return path.name, about.st_mtime_ns, about.st_size, about.st_ino
