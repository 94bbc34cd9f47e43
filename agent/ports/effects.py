"""What is done: planned, begun and ended, each on disk before the next; and what of it later decisions read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from agent.domain.evidence import Block, OpenProposal, Past
from agent.domain.records import Action, Cap, Run
from agent.ports.inbox import Arrival
from agent.ports.operating import AuditEntry


@dataclass(frozen=True, slots=True)
class History:
    """Our own past, as decisions read it. `labels` counts answered cases by play kind."""

    past: list[Past]
    open_proposals: list[OpenProposal]
    blocks: list[Block]
    labels: dict[str, int]
    caps: list[Cap] = field(default_factory=list)


class Effects(Protocol):
    """The ledger, and our own past."""

    # --- ledger
    async def plan_actions(self, actions: Sequence[Action]) -> None: ...
    async def actions(self, decision_id: str) -> list[Action]: ...
    async def looks_first(self, at: datetime) -> bool:
        """Whether the target is asked before an effect that was never begun here: this may be a restored copy."""
        ...

    async def start_action(self, key: str, at: datetime) -> bool:
        """planned -> started, unless blocked or not approved (the database refuses). False when it was not planned any more."""
        ...

    async def finish_action(self, key: str, *, state: str, at: datetime, error: str | None = None, result: dict[str, Any] | None = None) -> None: ...
    async def stop(
        self, decision_id: str, *, code: str, text: str, reconsider_until: datetime | None, audit: AuditEntry, at: datetime | None = None
    ) -> None:
        """Add the coded reason to the decision, void its open asks, and remember until when it may be reconsidered once."""
        ...

    async def to_reconsider(self, at: datetime) -> list[str]:
        """Decisions that were stopped after approval, may still be reconsidered at `at`, and have not been."""
        ...

    async def reconsidered(self, decision_id: str) -> None: ...

    async def undo(self, decision_id: str, *, by: str, at: datetime, steps: Sequence[Action] = ()) -> int:
        """Cancel the decision's planned actions and close its run, unless one has started; how many were cancelled.

        `steps` are what will be planned once the engine sees that nobody need answer any more: they are cancelled too.
        """
        ...

    async def held_runs(self, hold_id: str) -> list[Run]:
        """The runs that an open hold holds back, oldest first. Raises NotFound for no such hold or one already released."""
        ...

    async def release_hold(self, hold_id: str, *, held: Sequence[str], instead: Sequence[tuple[Arrival, Run]], by: str, at: datetime) -> bool:
        """Mark a hold released, close the held runs and accept what is decided instead of them: one transaction.

        False, and nothing changes, when other runs than `held` are held back by now. Raises NotFound like `held_runs`.
        """
        ...

    async def cancel_actions(self, decision_id: str, why: str, at: datetime) -> int: ...
    async def effects_on(self, target: str, since: datetime) -> list[Action]: ...

    # --- history that decisions read
    async def history(self, accounts: Sequence[str], *, since: datetime, at: datetime) -> History:
        """What earlier recommendations to these accounts became, what waits for an answer, and the blocks in force, in one read."""
        ...
