"""A decision that is at hand, as a simulation takes it: for histories that were built, or read whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from agent.domain.decision import Decision
from agent.domain.evidence import Evidence
from agent.domain.facts import Fact
from agent.ports import Kept, Outline


@dataclass(frozen=True, slots=True)
class Opened:
    """Implements `agent.ports.Sealed`. `first`: the record as it was first written; without it what a person edited counts as its words."""

    kept: Kept
    first: Decision | None = None

    @property
    def id(self) -> str:
        return self.kept.decision.id

    @property
    def created_at(self) -> datetime:
        return self.kept.decision.created_at

    @property
    def surface(self) -> str:
        return self.kept.decision.surface

    @property
    def account(self) -> str | None:
        return self.kept.decision.subject.account

    @property
    def play(self) -> str | None:
        chosen = self.recorded().chosen
        return chosen.play if chosen else None

    @property
    def playbook_version(self) -> str:
        return self.kept.decision.playbook_version

    @property
    def state(self) -> Literal["decided", "recorded", "lost"]:
        return "decided" if self.kept.evidence is not None else "lost" if self.kept.lost else "recorded"

    def bare(self) -> Evidence:
        return replace(self.evidence(), facts=(), people=())

    def facts(self) -> Sequence[Fact]:
        return self.evidence().facts

    def outline(self) -> Outline:
        return Outline(self.evidence(), self.kept.decision.candidates, self.recorded().choice)

    def evidence(self) -> Evidence:
        assert self.kept.evidence is not None, "nothing was decided"  # noqa: S101  the state says so
        return self.kept.evidence

    def recorded(self) -> Decision:
        return self.first or self.kept.decision

    def decision(self) -> Decision:
        return self.kept.decision
