"""What was learned, and which of it is in force."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """What is kept of a training beside the parameters: on how many outcomes and labels, until when, by whom, and how well it does.

    `loss_before` is the log loss (nats) of the plays' priors alone, `loss_after` that of the model on outcomes that it was not fitted to; None
    without outcomes. The report has both by kind of play, and the reliability of the calibrations.
    """

    version: str
    made_at: datetime
    made_by: str
    trained_until: datetime
    cases: int
    labels: int
    loss_before: float | None
    loss_after: float | None
    report: dict[str, Any]


Line = Literal["score", "triage"]
"""What a model is for: to score candidates, or to tell what a ticket is about."""


@dataclass(frozen=True, slots=True)
class Training:
    """A day on which the clock trained: how much there was to learn from, how much was waited for, and the model that came of it."""

    day: date
    at: datetime
    seen: int
    waiting: int
    version: str


@dataclass(frozen=True, slots=True)
class Reign:
    """A time in which a model was in force. While a `pinned` one is, training makes new models but does not put them in force."""

    version: str
    since: datetime
    until: datetime | None
    by: str
    why: str
    pinned: bool


class Models(Protocol):
    """Versions of models, their trainings and reigns."""

    async def models(self, line: Line = "score") -> list[ModelVersion]:
        """Every model that was made, newest first."""
        ...

    async def model_parameters(self, version: str, line: Line = "score") -> str | None:
        """The parameters of a model as they are stored; None when there is no such model."""
        ...

    async def reigns(self, line: Line = "score") -> list[Reign]:
        """Which models were in force, newest first; the first has no end. None at all: the priors always were."""
        ...

    async def training_due(self, day: date) -> bool:
        """Whether the day's training has not been done, and something has come since the last one, or was waited for then, that may teach."""
        ...

    async def last_training(self, line: Line) -> Training | None:
        """The newest training of the clock's; None before the first."""
        ...

    async def note_training(self, training: Training, line: Line) -> None:
        """Note that a day's training was tried, unless the day's is noted: nobody tries again on the day."""
        ...

    async def keep_training(
        self, made: ModelVersion, parameters: str, *, day: date | None, waiting: int, why: str | None, line: Line = "score", seen: int | None = None
    ) -> bool:  # fmt: skip
        """Keep a model unless it is kept already, and note the day's training with how much it still waits for: one transaction.

        `seen`: how much there was to learn from; of models that score the store itself counts it.
        A new model is put in force for the reason `why`, unless a pinned one is in force. Returns whether it was new.
        """
        ...

    async def put_model_in_force(self, version: str, *, by: str, why: str, at: datetime, pinned: bool, line: Line = "score") -> bool:
        """End the reign of the model in force and begin that of another. False, and nothing changes, when it is in force so already."""
        ...
