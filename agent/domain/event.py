"""What starts a run: something that happened in a source system, a person's request, or a moment the clock detected."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

OWN_SOURCES = frozenset({"clock", "nextplay"})
"""Sources whose events we make ourselves, and trust: no door lets anybody else name them."""

TOLD_BY = "told_by"
"""In the data of an event of ours that repeats another's news word for word: whose, because its ids are theirs."""

FOREIGN_IDS = frozenset({"hubspot", "zendesk", "salesforce"})
"""Sources that name accounts by ids of their own; all others speak in ours unless somebody linked what they say."""

QUESTION = "question"
"""The kind of a subject that is nothing but what a colleague asked, about no customer of ours."""


@dataclass(frozen=True, slots=True)
class Event:
    """One immutable event, unique by `(source, id)`. Times are aware and in UTC; `data` is plain JSON."""

    source: str
    id: str
    type: str
    occurred_at: datetime
    received_at: datetime
    subject_kind: str
    subject_id: str
    account: str | None = None
    actor: str | None = None
    version: int | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def change_source(self) -> str:
        """How the source says the change was made (`CRM_UI`, `IMPORT`, …); empty when it does not say."""
        return str(self.data.get("change_source") or "")
