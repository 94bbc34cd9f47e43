"""One deployment of Nextplay: the ports that were wired together, and the settings that shape a run."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.playbook.changing import Changed
from agent.playbook.drafts import Publication
from agent.ports import Store
from agent.tracing import Trace, Untraced
from tools.embedding import Embedder
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


class Models(Protocol):
    """The model in force, and every other that there was."""

    def __call__(self) -> Model:
        """The model in force as of the last look."""
        ...

    async def of(self, version: str) -> Model | None:
        """A model by its name; None where there is no such model, or it cannot be read."""
        ...

    async def look(self) -> None:
        """Take over what is in force by now."""
        ...


class OnlyPriors:
    """Where nothing is learned, the priors are the one model there ever was."""

    def __call__(self) -> Model:
        """The priors."""
        return PRIORS

    async def of(self, version: str) -> Model | None:
        """The priors by their name."""
        return PRIORS if version == PRIORS.version else None

    async def look(self) -> None:
        """There is nothing to see."""


class Policy(Protocol):
    """What the playbook in force is made of: the folder's, and the published changes that lie over it."""

    @property
    def folder(self) -> Playbook:
        """What the folder alone says."""
        ...

    @property
    def changed(self) -> Changed:
        """What that gives with the published changes: the playbook in force."""
        ...

    @property
    def publication(self) -> Publication | None:
        """Which changes those are; None where nothing was ever published."""
        ...


class Policies(Protocol):
    """Whoever knows what is in force."""

    @property
    def standing(self) -> Policy | None:
        """As of the last look; None while the folder cannot be used, and an earlier playbook goes on deciding."""
        ...

    async def look(self) -> None:
        """Take over what the folder and the publications say by now."""
        ...


async def nothing_to_see() -> None:
    """Where nothing can be learned from tickets."""


@dataclass(frozen=True)
class Ports:
    """What the service works with; `bootstrap` fills it. `look_at_triage`: take over what is in force of what settled tickets taught.

    Without `policies` nothing can be published.
    """

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
    models: Models = field(default_factory=OnlyPriors)
    embedder: Embedder | None = None
    policies: Policies | None = None
    look_at_triage: Callable[[], Awaitable[None]] = nothing_to_see
    trace: Trace = field(default_factory=Untraced)
