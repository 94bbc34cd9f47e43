"""What came of what was done, and how far surfaces may go because of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from agent.domain.modes import Friction
from agent.domain.outcome import Change, Watched
from agent.domain.records import Cap, CapKind
from agent.ports.operating import AuditEntry


@dataclass(frozen=True, slots=True)
class Scope:
    """Which watches: those of some decisions; those due before a moment; or those about a subject, its account or a contact."""

    subject: tuple[str, str] = ("", "")
    account: str | None = None
    recipient: str | None = None
    since: datetime | None = None
    decisions: tuple[str, ...] = ()
    due: datetime | None = None
    at_most: int = 10_000


class Outcomes(Protocol):
    """Watches with their outcomes, caps and launches."""

    # --- outcomes
    async def observe(self, decision_id: str, outcome: dict[str, Any], audit: AuditEntry) -> None: ...
    async def watched(self, scope: Scope) -> list[Watched]:
        """What the decisions in the scope wait for, with what is known of each. Deliveries open windows by themselves, with the ledger's entry."""
        ...

    async def revise(self, scope: Scope, step: Callable[[Sequence[Watched]], Sequence[tuple[Change, AuditEntry | None]]]) -> list[Change]:
        """Read what is in the scope, have `step` (pure) say what changes, and write that: one transaction, so that nobody is overwritten."""
        ...

    async def decision_of_action(self, key: str) -> str | None:
        """The decision that planned an effect."""
        ...

    # --- modes that surfaces are held at
    async def caps(self) -> list[Cap]:
        """Those in force."""
        ...

    async def cap(self, cap: Cap) -> bool:
        """Put it in force, in the place of an earlier one of its kind on the surface; False when one at that mode stands there."""
        ...

    async def lift_cap(self, surface: str, kind: CapKind, *, by: str, why: str, at: datetime) -> bool:
        """End what holds the surface; False when nothing of that kind does."""
        ...

    async def launch_passed(self, surface: str, playbook_version: str, *, at: datetime, by: str = "nextplay") -> bool:
        """A launch check passed under the playbook in force: a raise to `auto` is no longer unproven. Whether one was held back."""
        ...

    async def friction(self, surface: str, guardrail: str, *, since: datetime, until: datetime) -> Friction:
        """What was delivered in that time, and how much of it met with the guardrail; since the surface's last demotion or lifting at most."""
        ...
