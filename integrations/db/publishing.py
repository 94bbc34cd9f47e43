"""Changes of the playbook on their way: drafts, what was published, and which version was in force when. All of it is in the audit log."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from agent.playbook.changing import Setting
from agent.playbook.drafts import Draft, DraftState, DraftTrial, PlaybookReign, Publication
from agent.ports import AuditEntry
from integrations.db.part import StorePart
from integrations.db.playbook_rows import DRAFTS, PLAYBOOK_REIGNS, PUBLICATIONS, TRIALS
from integrations.db.prepared import Prepared
from integrations.db.statements import insert_for

_LAST = Prepared(select(func.max(PUBLICATIONS.c.seq).label("last")))
_REIGNS = select(*(PLAYBOOK_REIGNS.c[name] for name in ("version", "folder", "publication", "at"))).order_by(PLAYBOOK_REIGNS.c.id.desc())


class Publishing(StorePart):
    """Implements the part of `agent.ports.Store` that changes the policy."""

    async def add_draft(self, draft: Draft, audit: AuditEntry) -> Draft:
        """Keep a new draft; its id is given here."""
        return await self._write(lambda c: self._add_draft(c, draft, audit))

    async def draft(self, draft_id: int) -> Draft | None:
        """One draft."""
        return await self._glance(lambda c: _draft(c, draft_id))

    async def drafts(self, *, states: Sequence[DraftState], limit: int) -> list[Draft]:
        """The newest drafts in these states, newest first."""
        query = select(DRAFTS).where(DRAFTS.c.state.in_(states)).order_by(DRAFTS.c.id.desc()).limit(limit)
        return await self._read(lambda c: [_as_draft(row) for row in c.execute(query).mappings()])

    async def write_draft(self, draft: Draft, audit: AuditEntry) -> bool:
        """Write it where the stored one is one revision behind, and still live; else False, and nothing changes."""
        return await self._write(lambda c: self._write_draft(c, draft, audit))

    async def publish(self, publication: Publication, draft: Draft | None, audit: AuditEntry) -> Publication | None:
        """Put a set of changes in force, as the next after `publication.seq - 1`, and write the draft that it came from: one transaction.

        None, and nothing changes, where another was published meanwhile or the draft was written to.
        """
        return await self._write(lambda c: self._publish(c, publication, draft, audit))

    async def last_publication(self) -> int | None:
        """The number of the newest publication; looked for often."""
        return await self._glance(lambda c: _LAST.rows(c)[0]["last"])

    async def publication(self, seq: int) -> Publication | None:
        """One of them."""
        query = select(PUBLICATIONS).where(PUBLICATIONS.c.seq == seq)
        row = await self._glance(lambda c: c.execute(query).mappings().first())
        return None if row is None else _as_publication(row)

    async def publications(self, *, limit: int) -> list[Publication]:
        """The newest, newest first."""
        query = select(PUBLICATIONS).order_by(PUBLICATIONS.c.seq.desc()).limit(limit)
        return await self._read(lambda c: [_as_publication(row) for row in c.execute(query).mappings()])

    async def playbook_reigns(self, *, limit: int, version: str | None = None) -> list[PlaybookReign]:
        """Which versions came into force, newest first; of one version alone where it is named."""
        query = _REIGNS if version is None else _REIGNS.where(PLAYBOOK_REIGNS.c.version == version)
        return await self._read(lambda c: [PlaybookReign(**row) for row in c.execute(query.limit(limit)).mappings()])

    async def note_reign(self, reign: PlaybookReign) -> bool:
        """Note that a version that is kept came into force; False where the last note says just that."""
        return await self._write(lambda c: put_reign(c, reign))

    async def keep_trial(self, trial: DraftTrial) -> None:
        """Keep what a revision of a draft would have done, in the place of an earlier finding."""
        values = {**asdict(trial)}
        await self._write(lambda c: c.execute(
            insert_for(c, TRIALS).on_conflict_do_update(index_elements=[TRIALS.c.draft, TRIALS.c.revision], set_=values), values
        ))  # fmt: skip

    async def trial(self, draft_id: int) -> DraftTrial | None:
        """The newest that was found out about a draft."""
        query = select(TRIALS).where(TRIALS.c.draft == draft_id).order_by(TRIALS.c.revision.desc()).limit(1)
        row = await self._read(lambda c: c.execute(query).mappings().first())
        return None if row is None else DraftTrial(**row)

    def _add_draft(self, connection: Connection, draft: Draft, audit: AuditEntry) -> Draft:
        kept = connection.execute(insert(DRAFTS), {name: value for name, value in _row_of(draft).items() if name != "id"})
        number: int = kept.inserted_primary_key[0]  # type: ignore[index]  # an insert of one row has one
        self._note_draft(connection, audit, number, draft.updated_at)
        return replace(draft, id=number)

    def _write_draft(self, connection: Connection, draft: Draft, audit: AuditEntry) -> bool:
        before = (DRAFTS.c.id == draft.id, DRAFTS.c.revision == draft.revision - 1, DRAFTS.c.state.in_(("open", "proposed")))
        written = connection.execute(update(DRAFTS).where(*before).values(_row_of(draft))).rowcount == 1
        if written:
            self._note_draft(connection, audit, draft.id, draft.updated_at)
        return written

    def _publish(self, connection: Connection, publication: Publication, draft: Draft | None, audit: AuditEntry) -> Publication | None:
        if (connection.execute(select(func.max(PUBLICATIONS.c.seq))).scalar() or 0) != publication.seq - 1:
            return None
        said = AuditEntry("playbook.approved", audit.who, "", {"revision": draft.revision}) if draft else None
        if draft is not None and said is not None and not self._write_draft(connection, draft, said):
            return None
        connection.execute(insert(PUBLICATIONS), {**asdict(publication), "changes": [one.to_json() for one in publication.changes]})
        self.chain.append(connection, [audit], publication.at)
        return publication

    def _note_draft(self, connection: Connection, audit: AuditEntry, draft_id: int, at: datetime) -> None:
        self.chain.append(connection, [replace(audit, ref=f"draft:{draft_id}")], at)


def put_reign(connection: Connection, reign: PlaybookReign) -> bool:
    """Note that a version came into force; False where the last note says just that: several processes see the same change."""
    last = connection.execute(_REIGNS.limit(1)).mappings().first()
    if last is not None and (last["version"], last["folder"], last["publication"]) == (reign.version, reign.folder, reign.publication):
        return False
    connection.execute(insert(PLAYBOOK_REIGNS), asdict(reign))
    return True


def _draft(connection: Connection, draft_id: int) -> Draft | None:
    row = connection.execute(select(DRAFTS).where(DRAFTS.c.id == draft_id)).mappings().first()
    return None if row is None else _as_draft(row)


def _row_of(draft: Draft) -> dict[str, Any]:
    return {**asdict(draft), "changes": [one.to_json() for one in draft.changes], "authors": list(draft.authors)}


def _as_draft(row: RowMapping) -> Draft:
    return Draft(**{**row, "changes": tuple(map(Setting.from_json, row["changes"])), "authors": tuple(row["authors"])})


def _as_publication(row: RowMapping) -> Publication:
    return Publication(**{**row, "changes": tuple(map(Setting.from_json, row["changes"]))})
