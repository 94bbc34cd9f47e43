"""Times and counts what is done, and draws it as spans where somebody collects them (`nextplay[otel]`).

All spans of one run are one trace, whichever processes they come from and however many days lie between: its id, and that of its first span, follow
from the run's. Nothing has to be handed on in jobs or rows. Names and attributes are fixed words and our own ids: no text of anybody's.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from integrations.counters import CALL_SECONDS, CALLS, STEP_SECONDS, timed

ACCEPTED = "accepted"
"""The name of a run's first span."""


class Drawing(Protocol):
    """Whoever draws spans."""

    def accepted(self, run_id: str, began_ns: int) -> None:
        """The first span of a run, from a moment until now."""
        ...

    def span(self, name: str, run_id: str | None = None) -> AbstractContextManager[object]:
        """A span while the context is open, beneath the one that is open, or beneath the run's first."""
        ...


class Telemetry:
    """Implements `agent.tracing.Trace`."""

    def __init__(self) -> None:
        self.drawing: Drawing | None = None
        """Set while spans are collected."""

    def accepting(self) -> "Acceptance":
        """Events are about to be stored."""
        return Acceptance(self, time.time_ns())

    @contextmanager
    def step(self, name: str, *, run_id: str | None = None) -> Iterator[None]:
        """Time a step, and draw it: beneath the step that it is part of, or, with a run's id, beneath the acceptance of that run's event."""
        with timed(STEP_SECONDS.labels(name)), self.span(name, run_id):
            yield

    @contextmanager
    def call(self, vendor: str) -> "Iterator[Call]":
        """A request to a vendor. Whoever makes it says what came of it; an error of which nothing is said has failed."""
        call = Call()
        try:
            with timed(CALL_SECONDS.labels(vendor)), self.span(f"call {vendor}"):
                yield call
        finally:
            CALLS.labels(vendor, call.result).inc()

    def span(self, name: str, run_id: str | None = None) -> AbstractContextManager[object]:
        """A span, where somebody collects them."""
        return nullcontext() if self.drawing is None else self.drawing.span(name, run_id)


@dataclass(slots=True)
class Call:
    """What came of a request: ok, busy, refused, unsure (it may have been done) or failed (it surely was not)."""

    result: str = "failed"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Draws the beginning of a run that is new."""

    telemetry: Telemetry
    began_ns: int

    def __call__(self, run_id: str) -> None:
        """The run's event is on disk."""
        if self.telemetry.drawing is not None:
            self.telemetry.drawing.accepted(run_id, self.began_ns)


TELEMETRY = Telemetry()
"""The process's own."""


def ids_of(run_id: str) -> tuple[int, int]:
    """The ids of a run's trace and of its first span."""
    digest = hashlib.sha256(run_id.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:16], "big") or 1, int.from_bytes(digest[16:24], "big") or 1
