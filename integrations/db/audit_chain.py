"""The audit log as a chain: each entry is sealed with a key together with the one before it.

`hash(n) = HMAC(key, hash(n-1), n, at, kind, who, ref, commitment)` and `commitment = HMAC(salt, data)`. The payload
itself is not in the chain: to erase it, salt and payload go, and the chain still verifies. The head row is sealed
too, so that cutting the tail off shows even if the head is set back. Only putting an older copy of the whole file in
place does not show: keep the head somewhere else for that.
"""

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlmodel import Session

from agent.errors import NotFound
from agent.ports import AuditEntry
from integrations.db.tables import AUDIT, AUDIT_HEAD, DECISIONS
from integrations.db.witness import contradiction

START = "0" * 64
ERASED = '{"erased":true}'
ERASURE = "audit.erased"
"""Kind of the entry that says which entry (`ref`: its number) was erased. A tombstone without one is tampering."""

_HEAD = select(AUDIT_HEAD.c.seq, AUDIT_HEAD.c.hash).with_for_update()
_ADD = insert(AUDIT)
_MOVE_HEAD, _FIRST_HEAD = update(AUDIT_HEAD), insert(AUDIT_HEAD)


@dataclass(frozen=True, slots=True)
class Chain:
    """The key of the chain, and where salts come from (16 random bytes each)."""

    key: bytes = field(repr=False)
    salt: Callable[[], bytes] = field(default=lambda: token_bytes(16), repr=False)

    def append(self, connection: Connection, entries: Sequence[AuditEntry], at: datetime | None) -> None:
        """Add entries and move the head, in the caller's transaction. `at` is None when nobody said when."""
        if not entries:
            return
        first, last = self._head(connection)
        rows = []
        for seq, entry in enumerate(entries, first + 1):
            rows.append(self._row(last, seq, entry.at or at, entry))
            last = str(rows[-1]["hash"])
        connection.execute(_ADD, rows)
        seq = first + len(rows)
        head = {"id": 1, "seq": seq, "hash": last, "seal": self.seal(seq, last)}
        connection.execute(_MOVE_HEAD if first else _FIRST_HEAD, head)

    def erase(self, connection: Connection, seqs: Iterable[int], *, by: str, why: str, at: datetime) -> None:
        """Replace the payloads of entries by a tombstone, and say so in new entries."""
        entries = [AuditEntry(ERASURE, by, str(seq), {"why": why}) for seq in seqs]
        for entry in entries:
            erase = update(AUDIT).where(AUDIT.c.seq == int(entry.ref)).values(data=ERASED, salt=None)
            if not connection.execute(erase).rowcount:
                raise NotFound(f"There is no audit entry {entry.ref}.")
        self.append(connection, entries, at)

    def link(self, last: str, seq: int, at: datetime | None, said: Sequence[str]) -> str:
        """The hash of entry `seq`, which says `said`, after an entry with hash `last`."""
        return self._mac([last, seq, None if at is None else at.astimezone(UTC).isoformat(), *said])

    def seal(self, seq: int, last: str) -> str:
        """What the head row must carry."""
        return self._mac(["head", seq, last])

    def _head(self, connection: Connection) -> tuple[int, str]:
        row = connection.execute(_HEAD).first()
        return (0, START) if row is None else (row.seq, row.hash)

    def _row(self, last: str, seq: int, at: datetime | None, entry: AuditEntry) -> dict[str, Any]:
        salt, data = self.salt(), to_json(entry.data).decode()
        said = (entry.kind, entry.who, entry.ref)
        sealed = commitment(salt, data)
        row = dict(zip(("kind", "who", "ref"), said, strict=True), seq=seq, at=at, data=data, salt=salt)
        return {**row, "commitment": sealed, "hash": self.link(last, seq, at, (*said, sealed))}

    def _mac(self, parts: list[object]) -> str:
        return hmac.digest(self.key, to_json(parts), "sha256").hex()


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a check found: entries that are in order, and the number of the first that is not, with the reason."""

    ok: bool
    entries: int
    first_bad: int | None = None
    why: str = ""
    erased: int = 0


def commitment(salt: bytes, data: str) -> str:
    """Binds an entry to its payload; without the salt, nobody can try payloads against it."""
    return hmac.digest(salt, data.encode(), "sha256").hex()


def verify_audit(session: Session, key: bytes) -> AuditReport:
    """Walk the whole log, then hold the tables against it.

    Reports the first entry that was changed, added, moved or is missing, else the first that a table contradicts.
    """
    connection, chain = session.connection(), Chain(key)
    last, seq = START, 0
    erased, announced = set[int](), set[str]()
    for row in connection.execute(select(AUDIT).order_by(AUDIT.c.seq)).mappings():
        why = _wrong(chain, last, seq + 1, row)
        if why:
            return AuditReport(False, seq, seq + 1, why)
        seq, last = row["seq"], row["hash"]
        if row["salt"] is None:
            erased.add(row["seq"])
        if row["kind"] == ERASURE:
            announced.add(row["ref"])
    silent = min((number for number in erased if str(number) not in announced), default=None)
    if silent is not None:
        return AuditReport(False, seq, silent, f"entry {silent} was erased, and no entry says so")
    if why := _wrong_end(connection, chain, seq, last):
        return AuditReport(False, seq, seq + 1, why, len(erased))
    if against := contradiction(connection):
        return AuditReport(False, seq, against.seq, against.why, len(erased))
    return AuditReport(True, seq, erased=len(erased))


def _wrong(chain: Chain, last: str, expected: int, row: RowMapping) -> str:
    if row["seq"] != expected:
        return f"entry {expected} is missing"
    said = (row["kind"], row["who"], row["ref"], row["commitment"])
    if not hmac.compare_digest(chain.link(last, expected, row["at"], said), row["hash"]):
        return f"entry {expected} was changed, added or moved"
    erased = row["salt"] is None and row["data"] == ERASED
    if erased or (row["salt"] and hmac.compare_digest(commitment(row["salt"], row["data"]), row["commitment"])):
        return ""
    return f"the payload of entry {expected} was changed"


_ANYTHING_DECIDED = select(DECISIONS.c.id).limit(1)
"""Every decision is recorded together with an entry: where there are decisions, an empty log has been emptied."""


def _wrong_end(connection: Connection, chain: Chain, seq: int, last: str) -> str:
    head = connection.execute(select(AUDIT_HEAD)).first()
    if head is None:
        return "the head is missing" if seq or connection.execute(_ANYTHING_DECIDED).first() else ""
    if not hmac.compare_digest(chain.seal(head.seq, head.hash), head.seal):
        return "the head was changed: entries after this one may be missing"
    if (head.seq, head.hash) != (seq, last):
        return f"the end of the log is missing: its head says {head.seq} entries, there are {seq}"
    return ""
