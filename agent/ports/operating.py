"""What operators stop, hold, look into and try again; messages, and the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from agent.domain.evidence import Block
from agent.domain.records import Action, Alarm, Hold, Message, Run


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit log: who did what to what, and when (by default: when the change it goes with happened)."""

    kind: str
    who: str
    ref: str
    data: dict[str, Any]
    at: datetime | None = None


class Operating(Protocol):
    """Blocks, holds, alarms, what failed, and messages."""

    async def blocks(self, at: datetime) -> list[Block]: ...
    async def block(self, block: Block, at: datetime) -> int:
        """Record the block and stop every pending ask and unsent effect it covers; returns how many were stopped."""
        ...

    async def unblock(self, target: str, ref: str, *, by: str, why: str, at: datetime) -> bool: ...
    async def hold(self, hold: Hold, *, run_id: str, recall_at: datetime | None = None) -> Hold:
        """Open the hold, or have the run join the one that is open already: it is then held back, and counted.

        With `recall_at`, the time it is, what the actor changed around then and nobody has answered yet joins a hold that opens.
        """
        ...

    async def holds(self) -> list[Hold]: ...
    async def unknown_actions(self) -> list[Action]: ...
    async def resolve_action(self, key: str, *, done: bool, by: str, why: str, at: datetime) -> Action:
        """Write what a person says of an unknown effect, and have its run go on. Raises NotFound, and Refused when it is not unknown."""
        ...

    async def dead_runs(self) -> list[Run]: ...
    async def discard_run(self, run_id: str, *, by: str, why: str, at: datetime) -> Run:
        """Close a dead run for good; what it had planned is not done. Raises NotFound, and Refused when it is not dead."""
        ...

    async def alarms(self, *, at_most: int) -> list[Alarm]:
        """Alarms, those first that nobody has taken on, the newest first."""
        ...

    async def answer_alarm(self, message_id: str, *, by: str, note: str, at: datetime) -> Alarm:
        """Take an alarm on. Raises NotFound; of two who do so the first stands."""
        ...

    async def inbox(self, *, at_most: int, before: tuple[datetime, str] | None = None, source: str | None = None) -> list[Run]:
        """Events as they came, the newest first, with where their runs stand; `before`: older than one received then, with that run."""
        ...

    async def retry_run(self, run_id: str, *, by: str, why: str, at: datetime) -> Run:
        """Have a dead run go on from where it was. Raises NotFound, and Refused when it is not dead."""
        ...

    async def messages(self, *, undelivered: bool) -> list[Message]: ...
    async def undelivered(self) -> bool:
        """Whether any message waits to be delivered."""
        ...

    async def add_messages(self, messages: Sequence[Message]) -> None: ...
    async def delivered(self, message_id: str, at: datetime) -> None: ...
    async def note(self, entry: AuditEntry, at: datetime) -> None:
        """Keep what somebody said; nothing else changes."""
        ...
