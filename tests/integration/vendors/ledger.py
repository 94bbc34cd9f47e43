"""The ledger's entry of one effect, which is all that `perform` asks of a store."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agent.domain.records import Action


@dataclass
class Entry:
    """One effect."""

    action: Action

    async def looks_first(self, _at: datetime) -> bool:
        """It is no restored copy."""
        return False

    async def start_action(self, _key: str, _at: datetime) -> bool:
        self.action = replace(self.action, state="started")
        return True

    async def finish_action(self, _key: str, *, state: Any, error: str | None = None, result: Any = None, **_at: datetime) -> None:
        self.action = replace(self.action, state=state, error=error, result=result or {})
