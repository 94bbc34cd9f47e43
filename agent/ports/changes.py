"""How the playbook changes: drafts, trials and publications."""

from collections.abc import Sequence
from typing import Protocol

from agent.playbook.drafts import Draft, DraftState, DraftTrial, PlaybookReign, Publication
from agent.ports.operating import AuditEntry


class Changes(Protocol):
    """Drafts and publications of the playbook."""

    async def add_draft(self, draft: Draft, audit: AuditEntry) -> Draft:
        """Keep a new draft; the store gives it its id."""
        ...

    async def draft(self, draft_id: int) -> Draft | None: ...
    async def drafts(self, *, states: Sequence[DraftState], limit: int) -> list[Draft]:
        """The newest drafts in these states, newest first."""
        ...

    async def write_draft(self, draft: Draft, audit: AuditEntry) -> bool:
        """Compare and set: write it where the stored one is one revision behind and still live. Else False, and nothing changes."""
        ...

    async def publish(self, publication: Publication, draft: Draft | None, audit: AuditEntry) -> Publication | None:
        """Put a set of changes in force, next after `seq - 1`, and write the draft that it came from: one transaction.

        None, and nothing changes, where another was published meanwhile or the draft was written to.
        """
        ...

    async def publication(self, seq: int) -> Publication | None: ...
    async def publications(self, *, limit: int) -> list[Publication]:
        """The newest, newest first."""
        ...

    async def playbook_reigns(self, *, limit: int, version: str | None = None) -> list[PlaybookReign]:
        """Which versions came into force, newest first; of one version alone where it is named."""
        ...

    async def keep_trial(self, trial: DraftTrial) -> None:
        """Keep what a revision of a draft would have done, in the place of an earlier finding."""
        ...

    async def trial(self, draft_id: int) -> DraftTrial | None:
        """The newest that was found out about a draft."""
        ...
