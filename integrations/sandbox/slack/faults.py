"""Faults on demand: what goes wrong with the app's calls, and with what the workspace sends. Seeded, so that it repeats."""

from enum import StrEnum
from random import Random
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Field(0.0, ge=0, le=1)


class Fault(StrEnum):
    """What goes wrong with a call."""

    RATE_LIMITED = "rate_limited"
    ERROR = "error"
    LOST_REQUEST = "lost_request"
    """No answer, and no effect."""
    LOST_ANSWER = "lost_answer"
    """No answer, and yet it took effect."""


class CallFaults(BaseModel):
    """The faults of one method, or of all (`*`). The shares add up to at most 1; `down` is an outage until told otherwise."""

    model_config = ConfigDict(extra="forbid")

    rate_limited: float = Share
    error: float = Share
    lost_request: float = Share
    lost_answer: float = Share
    retry_after_s: int = Field(1, ge=0)
    latency_s: float = Field(0.0, ge=0)
    hangs_s: float = Field(40.0, ge=0)
    """How long a call without an answer keeps its caller waiting, if the caller waits."""
    down: bool = False

    @model_validator(mode="after")
    def _adds_up(self) -> "CallFaults":
        if sum(self.shares().values()) > 1 + 1e-9:
            raise ValueError("the shares of faults add up to more than 1")
        return self

    def shares(self) -> dict[Fault, float]:
        """How often each happens."""
        return {fault: float(getattr(self, fault.value)) for fault in Fault}


class SendingFaults(BaseModel):
    """The faults of what the workspace sends: the share of events that come twice, and how late all requests come.

    With `silent` the sockets that are open when the plan is set carry nothing, either way, until there is another plan; with `unanswered`
    neither do those that are opened under it: the app gets no answer to its handshake, however long it waits.
    """

    model_config = ConfigDict(extra="forbid")

    duplicates: float = Share
    delay_s: float = Field(0.0, ge=0)
    silent: bool = False
    unanswered: bool = False


class FaultPlan(BaseModel):
    """All of it, as `POST /_fake/faults` takes it. What is left out is well."""

    model_config = ConfigDict(extra="forbid")

    seed: int = 0
    calls: dict[str, CallFaults] = {}
    sending: SendingFaults = SendingFaults()


class Faults:
    """Draws what happens next."""

    def __init__(self) -> None:
        self.plan = FaultPlan()
        self.turn = 0
        """Counts the plans, so that what began before a plan can be told from what began under it."""
        self._random = Random(0)  # noqa: S311  dice for a rehearsal

    def set(self, plan: FaultPlan | dict[str, Any]) -> None:
        """From now on by this plan, from the beginning of its seed."""
        self.plan = FaultPlan.model_validate(plan)
        self.turn += 1
        self._random = Random(self.plan.seed)  # noqa: S311  as above

    def clear(self) -> None:
        """All is well again."""
        self.set(FaultPlan())

    def of(self, method: str) -> CallFaults:
        """The faults that a method has: its own, else those of all."""
        return self.plan.calls.get(method) or self.plan.calls.get("*") or CallFaults()

    def draw(self, method: str) -> Fault | None:
        """What happens to the next call."""
        faults = self.of(method)
        if faults.down:
            return Fault.ERROR
        at = self._random.random()
        for fault, share in faults.shares().items():
            if at < share:
                return fault
            at -= share
        return None

    def twice(self) -> bool:
        """Whether the next event comes twice."""
        return self._random.random() < self.plan.sending.duplicates
