"""Reading, checking and erasing in the audit log. Entries are added by whoever changes something."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import select

from agent.ports import AuditEntry
from integrations.db.audit_chain import AuditReport, verify_audit
from integrations.db.part import StorePart
from integrations.db.tables import AUDIT

_ENTRY = select(*(AUDIT.c[name] for name in ("seq", "at", "kind", "who", "ref", "data", "hash")))


class Audit(StorePart):
    """The log as operators see it."""

    async def audit_log(self, *, limit: int, ref: str | None = None) -> list[dict[str, Any]]:
        """The newest entries, newest first: `seq at kind who ref data hash`; narrowed to what they are about."""
        query = _ENTRY if ref is None else _ENTRY.where(AUDIT.c.ref == ref)
        query = query.order_by(AUDIT.c.seq.desc()).limit(limit)
        rows = await self._read(lambda c: c.execute(query).mappings().all())
        return [{**row, "data": from_json(row["data"])} for row in rows]

    async def note(self, entry: AuditEntry, at: datetime) -> None:
        """Keep what somebody said; nothing else changes."""
        await self._write(lambda c: self.chain.append(c, [entry], at))

    async def verify_audit(self) -> AuditReport:
        """Check the whole chain."""
        return await self.database.read(lambda session: verify_audit(session, self.chain.key))

    async def erase_audit(self, seqs: Sequence[int], *, by: str, why: str, at: datetime) -> None:
        """Replace the payloads of entries by a tombstone; the log says that it was done. Raises NotFound."""
        await self._write(lambda c: self.chain.erase(c, seqs, by=by, why=why, at=at))
