"""Who is asked, and what was answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agent.domain.records import Action, Approval, Message
from agent.ports.operating import AuditEntry


@dataclass(frozen=True, slots=True)
class OpenAsk:
    """An ask that is open or snoozed, with what of its decision says whether the playbook still has it done: the surface, the play, the trigger."""

    ask: Approval
    surface: str
    play: str
    trigger: str


class Asks(Protocol):
    """Asks. An end of one never changes."""

    async def approvals(self, decision_id: str) -> list[Approval]: ...
    async def approval(self, approval_id: str) -> Approval | None: ...
    async def open_asks(self) -> list[OpenAsk]:
        """Those that wait for an answer, the first to expire first."""
        ...

    async def answered_by(self, email: str, *, at_most: int) -> list[Approval]: ...
    async def answer(
        self, approval: Approval, *, proposal: dict[str, Any] | None, audit: AuditEntry, actions: Sequence[Action] = ()
    ) -> tuple[bool, Approval]:
        """Compare and set: write the answered `approval` if the stored one is still open or snoozed, and plan what follows from it.

        Returns whether this answer won, and the row as it now is.
        """
        ...

    async def ask_again(
        self, decision_id: str, approvals: Sequence[Approval], messages: Sequence[Message], proposal: dict[str, Any], audit: AuditEntry
    ) -> None:
        """Void the decision's earlier asks and planned actions, and open a new round."""
        ...

    async def change_ask(self, approval_id: str, changes: dict[str, Any], messages: Sequence[Message], audit: AuditEntry) -> bool:
        """Remind, delegate, expire or re-open an ask that is still open or snoozed. False when it was not."""
        ...
