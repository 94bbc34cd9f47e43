"""What was decided, from what, and as much of it as somebody looks at."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from agent.domain.decision import Decision
from agent.domain.evidence import Evidence
from agent.domain.facts import Fact
from agent.domain.outcome import Watch
from agent.domain.precedent import Precedent
from agent.domain.records import Action, Approval, Message
from agent.ports.operating import AuditEntry


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A line of the decision list."""

    id: str
    run_id: str
    created_at: datetime
    surface: str
    account: str | None
    subject_kind: str
    subject_id: str
    route: str
    play: str | None
    title: str | None
    reasons: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A decision with what became of it, and what it was made from: None for an event that was only recorded, or where that is gone."""

    decision: Decision
    evidence: Evidence | None

    @property
    def lost(self) -> bool:
        """Something was decided, and nobody can tell any more from what."""
        return self.evidence is None and bool(self.decision.candidates)


class Option(Protocol):
    """A candidate as a record names it."""

    @property
    def id(self) -> str: ...
    @property
    def play(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def recipient(self) -> str | None: ...
    @property
    def material(self) -> str | None: ...
    @property
    def target(self) -> str | None: ...
    @property
    def params(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Outline:
    """What rules look at: the evidence, and the candidates of the record with the choice among them."""

    evidence: Evidence
    options: Sequence[Option]
    choice: str | None


class Sealed(Protocol):
    """A decision as the store holds it. It is opened only as far as somebody looks: most of a long history need not be opened at all.

    Can be sent to another process. Everything raises Damaged or UnknownShape like the store's own readings.
    """

    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def surface(self) -> str: ...
    @property
    def account(self) -> str | None: ...
    @property
    def play(self) -> str | None:
        """The play that was chosen, if any."""
        ...

    @property
    def playbook_version(self) -> str: ...
    @property
    def state(self) -> Literal["decided", "recorded", "lost"]:
        """recorded: its event started no work, so nothing was decided · lost: what it was decided from is gone."""
        ...

    def bare(self) -> Evidence:
        """Its evidence without the facts and without the colleagues, who are most of it: with the account family and its past."""
        ...

    def facts(self) -> Sequence[Fact]: ...
    def outline(self) -> Outline: ...
    def evidence(self) -> Evidence: ...
    def recorded(self) -> Decision:
        """As it was first written."""
        ...

    def decision(self) -> Decision:
        """With what became of it."""
        ...


class Decisions(Protocol):
    """Decisions with their evidence, as they were recorded."""

    async def record(
        self,
        decision: Decision,
        evidence: Evidence | None,
        *,
        state: str,
        entry: str,
        wake_at: datetime | None,
        approvals: Sequence[Approval],
        actions: Sequence[Action],
        messages: Sequence[Message],
        supersede: Sequence[str],
        audit: Sequence[AuditEntry],
        watch: Watch | None = None,
    ) -> None:
        """Write decision, evidence (whose facts are the decision's), asks, planned actions, messages, audit and what it waits for, move the run
        on, and close superseded asks: one transaction.
        """
        ...

    async def recorded(self, decision_id: str) -> Decision | None:
        """The record as it was first written: without what people edited, asked, stopped or did afterwards."""
        ...

    async def decision(self, decision_id: str) -> Decision | None:
        """The record with its asks, actions and outcome as they are now."""
        ...

    async def whole(self, ids: Sequence[str]) -> dict[str, Decision]:
        """The same of several, by id."""
        ...

    async def evidence(self, decision_id: str) -> dict[str, Any] | None:
        """What it was made from, as plain JSON; None for an event that was only recorded."""
        ...

    async def decisions(
        self, *, limit: int, surface: str | None = None, account: str | None = None, route: str | None = None
    ) -> list[DecisionRow]: ...

    def kept(self, *, since: datetime, until: datetime, surface: str | None = None) -> AsyncIterator[Kept]:
        """Every decision made from `since` on and before `until`, oldest first, each as `decision` gives it: read in batches."""
        ...

    def sealed(self, *, since: datetime, until: datetime, accounts: Sequence[str] | None = None, surface: str | None = None) -> AsyncIterator[Sealed]:
        """The same decisions, unopened; of some accounts, or of a surface, alone where they are named."""
        ...

    def precedents(self, *, since: datetime, until: datetime) -> AsyncIterator[Precedent]:
        """Of the same decisions those that a model may learn from: what came of them was observed, or somebody answered or labelled them."""
        ...

    async def versions(self, *, since: datetime, until: datetime) -> Mapping[str, int]:
        """How many of these decisions each version of the playbook made."""
        ...

    async def how_many(self, *, since: datetime, until: datetime, surface: str) -> int:
        """How many of these decisions are a surface's."""
        ...
