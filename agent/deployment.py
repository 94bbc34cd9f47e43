"""One deployment of Nextplay: the ports that were wired together, and the settings that shape a run."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.ports import Store
from tools.once import Sources
from tools.ports import Effects, Messenger, Writer


@dataclass(frozen=True, slots=True)
class Limits:
    """The deployment's settings that shape a run."""

    undo: timedelta = timedelta(seconds=60)
    gather_s: float = 5.0
    compose_s: float = 20.0
    debounce: timedelta = timedelta(seconds=120)
    bulk_per_minute: int = 120
    echo_window: timedelta = timedelta(minutes=30)
    attempts: int = 5
    retry: timedelta = timedelta(seconds=15)
    silence: timedelta = timedelta(minutes=5)
    vendor: str = "Tessera"

    def rest_after(self, failures: int) -> timedelta:
        """How long a run rests after so many failures: four times as long after each, so that five of them span about twenty minutes."""
        return self.retry * 4.0 ** (failures - 1)


class Lanes(Protocol):
    """Keeps runs of one lane from overlapping, within this process and between processes."""

    def hold(self, lane: str) -> AbstractAsyncContextManager[None]:
        """Hold the lane while the context is open; waits for whoever holds it."""
        ...


async def only_priors(version: str) -> Model | None:
    """Where nothing is learned, the priors are the one model there ever was."""
    return PRIORS if version == PRIORS.version else None


@dataclass(frozen=True)
class Ports:
    """What the service works with; `bootstrap` fills it. `model` is the one in force, `model_of` any that was."""

    store: Store
    sources: Sources
    effects: Effects
    messenger: Messenger
    writer: Writer | None
    lanes: Lanes
    clock: Callable[[], datetime]
    playbook: Callable[[], Playbook]
    playbook_of: Callable[[str], Awaitable[Playbook | None]]
    limits: Limits = field(default_factory=Limits)
    model: Callable[[], Model] = lambda: PRIORS
    model_of: Callable[[str], Awaitable[Model | None]] = only_priors
