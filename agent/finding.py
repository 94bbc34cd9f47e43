"""Decisions that somebody looks for, found a page at a time."""

from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import datetime

from agent.deployment import Ports
from agent.listing import FoundDecision, FoundDecisions, Wanted
from agent.ports import AuditEntry

PAGE = 50
EXPORTED = 100_000
"""So many decisions are exported at most: a file that spreadsheets still open."""
AT_ONCE = 1_000
"""Decisions of an export that are read at once."""


class Finding:
    """The part of the service that looks for decisions."""

    _ports: Ports

    async def find(self, wanted: Wanted, *, before: int | None = None, after: int | None = None) -> FoundDecisions:
        """A page of the decisions that fit, newest first: the newest, or those next to a place (older than `before`, newer than `after`)."""
        return await self._ports.store.find(wanted, before=before, after=after, at_most=PAGE)

    async def unread(self) -> int:
        """How many old decisions cannot be found yet by rules, versions and words."""
        return await self._ports.store.unread_heads()

    async def export(self, wanted: Wanted, *, who: str) -> AsyncIterator[FoundDecision]:
        """Every decision that fits, the newest first, up to `EXPORTED` of them. That somebody takes them along is in the audit log."""
        asked = {field.name: getattr(wanted, field.name) for field in fields(wanted) if getattr(wanted, field.name)}
        said = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asked.items()}
        await self._ports.store.note(AuditEntry("decisions.exported", who, "decisions", said), self._ports.clock())
        return self._exported(wanted)

    async def _exported(self, wanted: Wanted) -> AsyncIterator[FoundDecision]:
        place, left = None, EXPORTED
        while left > 0:
            page = await self._ports.store.find(wanted, before=place, after=None, at_most=min(AT_ONCE, left))
            for one in page.decisions:
                yield one
            left -= len(page.decisions)
            if not page.older:
                return
            place = page.decisions[-1].place

    async def known_versions(self) -> tuple[list[str], list[str]]:
        """The playbooks that were in force, and the models that were made, each newest first."""
        return await self._ports.store.playbook_versions(), [one.version for one in await self._ports.store.models()]
