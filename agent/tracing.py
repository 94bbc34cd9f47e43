"""How long steps take, and which of them belong together: what the service and the graph tell of their work, to whoever measures it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Accepted = Callable[[str], None]
"""Told of each run whose event is new, once that is on disk."""


class Trace(Protocol):
    """Whoever measures. Nothing here may fail, wait or change what is done."""

    def accepting(self) -> Accepted:
        """Events are about to be stored."""
        ...

    def step(self, name: str, *, run_id: str | None = None) -> AbstractContextManager[None]:
        """Something is done while the context is open. `name`: one of few fixed words. With a run's id, a drive of that run begins."""
        ...


class Untraced:
    """Where nobody measures."""

    def accepting(self) -> Accepted:
        """Nobody is told."""
        return lambda _run_id: None

    def step(self, name: str, *, run_id: str | None = None) -> AbstractContextManager[None]:  # noqa: ARG002  the port's words
        """Nothing is noted."""
        return nullcontext()
