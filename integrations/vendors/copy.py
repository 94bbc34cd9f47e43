"""Our copy of vendors' records: what they tell is checked, written over what is older, and linked; what cannot be used is kept as a fault."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError
from sqlalchemy import Connection, Table, delete, func, or_, select

from integrations.db.database import Database
from integrations.db.statements import insert_for
from integrations.db.vendor_rows import FAULTS, READS, SYNCS
from integrations.sandbox import records, search
from integrations.sandbox.crm import link_id
from integrations.sandbox.entries import references
from integrations.sandbox.models import ENTRIES
from integrations.sandbox.records import Record
from integrations.vendors import faults
from integrations.vendors.connector import Fault, Key, Read, Told, own_id

_DIRECTORYS = ("roles", "manager")
"""What the directory says of a colleague whom it knows counts, whatever a vendor thinks."""


class Changed(NamedTuple):
    """A record that is otherwise now. `before`: None where it is new; `after`: as the copy has it, with our ids."""

    told: Told
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking something in."""

    changed: tuple[Changed, ...] = ()
    same: int = 0
    late: int = 0
    faults: tuple[Fault, ...] = ()
    gone: int = 0


class Sync(NamedTuple):
    """How far a reading has come. `since`: from when on changes are read; None: everything is."""

    cursor: str | None
    since: datetime | None
    began_at: datetime
    done_at: datetime | None
    read: int


Tell = Callable[[Connection, str, Sequence[Changed], datetime], None]
"""Told what of a vendor's has changed, and when that was found, in the transaction that takes it in: either both are kept, or neither."""


def nobody(_connection: Connection, _vendor: str, _changed: Sequence[Changed], _at: datetime) -> None:
    """Nobody listens."""


class Copy:
    """The copy in the database. Each method is one transaction.

    `tell` is told of changes, whoever came upon them; of what is new because all is read for the first time, or again, it is not: that is no news.
    """

    def __init__(self, database: Database, tell: Tell = nobody) -> None:
        self._database, self._tell = database, tell

    async def take(self, vendor: str, read: Read, at: datetime, *, what: Sequence[str] = (), sync: tuple[Key, Sync] | None = None) -> Taken:
        """Take in what was read at a moment. `what`: the names under which it was asked for; `sync`: how far that reading has come with it."""

        def work(connection: Connection) -> Taken:
            taken = _Taking(connection, vendor, at).take(read)
            news = taken.changed if sync and sync[1].since else () if sync else _since_all_was_read(connection, vendor, taken.changed)
            if news:
                self._tell(connection, vendor, news, at)
            for name in what:
                _put(connection, READS, {"vendor": vendor, "what": name, "read_at": at})
            if sync is not None:
                _put(connection, SYNCS, {"vendor": vendor, "key": sync[0], **sync[1]._asdict()})
            return taken

        return await self._database.write_core(work)

    async def read_at(self, vendor: str, what: str) -> datetime | None:
        """When something was last read."""
        query = select(READS.c.read_at).where(READS.c.vendor == vendor, READS.c.what == what)
        return await self._database.glance(lambda c: c.execute(query).scalar(), single=True)

    async def sync(self, vendor: str, key: Key) -> Sync | None:
        """The latest reading of all records of a kind; None before the first."""
        columns = (SYNCS.c.cursor, SYNCS.c.since, SYNCS.c.began_at, SYNCS.c.done_at, SYNCS.c.read)
        query = select(*columns).where(SYNCS.c.vendor == vendor, SYNCS.c.key == key)
        row = await self._database.glance(lambda c: c.execute(query).first(), single=True)
        return None if row is None else Sync(*row)

    async def faults(self, *, at_most: int) -> list[tuple[str, Fault]]:
        """What cannot be used, by vendor, the newest first."""
        query = select(FAULTS).order_by(FAULTS.c.at.desc(), FAULTS.c.vendor, FAULTS.c.key, FAULTS.c.external_id).limit(at_most)

        def work(connection: Connection) -> list[tuple[str, Fault]]:
            rows = connection.execute(query).all()
            return [(row.vendor, Fault(row.key, row.external_id, row.why, row.about, row.as_of)) for row in rows]

        return await self._database.read_core(work)

    async def faulty(self) -> Mapping[tuple[str, str], int]:
        """How many of each vendor and key."""
        query = select(FAULTS.c.vendor, FAULTS.c.key, func.count()).group_by(FAULTS.c.vendor, FAULTS.c.key)
        rows = await self._database.read_core(lambda c: c.execute(query).all())
        return {(row[0], row[1]): row[2] for row in rows}

    async def usable(self, vendor: str, key: Key, external_id: str) -> bool:
        """Whether an object could be put into our words when it was last read; what was never read may be."""
        mine = (FAULTS.c.vendor == vendor, FAULTS.c.key == key, FAULTS.c.external_id == external_id)
        query = select(FAULTS.c.key).where(*mine, FAULTS.c.whole)
        return await self._database.glance(lambda c: c.execute(query).first(), single=True) is None

    async def lost(self, key: Key, accounts: Sequence[str], since: datetime) -> int:
        """How many objects of a kind that changed since a moment could not be put into our words, of these accounts and their contacts."""
        return await self._database.glance(lambda c: c.execute(faults.lost(key, accounts, since)).scalar_one(), single=True)

    async def unusable(self, key: Key, accounts: Sequence[str]) -> Mapping[str, str | None]:
        """Our ids of objects of a kind that could not be put into our words when they were last read, each with whose it is, where its vendor said.

        Those of these accounts and their contacts, by what the vendor says now or our older record does; of accounts: these, and those below them.
        """
        rows = await self._database.glance(lambda c: c.execute(faults.unusable(key, accounts)).all(), single=True)
        return {row[0]: row[1] for row in rows}

    async def forget(self, vendor: str, before: datetime) -> None:
        """Forget what was read before a moment: it is read again anyway. Else every id that anybody ever names would be kept."""
        old = delete(READS).where(READS.c.vendor == vendor, READS.c.read_at < before)
        await self._database.write_core(lambda c: c.execute(old))

    async def external(self, vendor: str, kind: str, own: str) -> str | None:
        """Under which id a vendor knows one of ours; None where it is not linked there. What says itself whose it is may never have been told yet."""
        named = own.removeprefix(f"{vendor}-{kind}-")

        def work(connection: Connection) -> str | None:
            if named != own:  # it says so itself, unless it was merged
                link = records.living(connection, "links", link_id(vendor, kind, named))
                return named if link is None or link.data["id"] == own else None
            links = records.where(connection, "links", "id", own)
            return next((str(one.data["external_id"]) for one in links if (one.data["source"], one.data["kind"]) == (vendor, kind)), None)

        return await self._database.glance(work)


class _Taking:
    """One reading on its way in."""

    def __init__(self, connection: Connection, vendor: str, at: datetime) -> None:
        self._connection, self._vendor, self._at = connection, vendor, at
        self._changed: list[Changed] = []
        self._faults: list[Fault] = []
        self._fitted: set[tuple[Key, str]] = set()
        self._same = self._late = 0

    def take(self, read: Read) -> Taken:
        for told in read.told:
            self._one(told)
        self._faults += read.faults
        for fault in self._faults:
            whole = (fault.key, own_id(self._vendor, fault.key, fault.external_id)) not in self._fitted
            about = self._meant(fault.about) if fault.about else None
            _put(self._connection, FAULTS, {**asdict(fault), "vendor": self._vendor, "at": self._at, "whole": whole, "about": about})
        gone = sum(self._gone(own, into) for own, into in read.gone.items())
        return Taken(tuple(self._changed), self._same, self._late, tuple(self._faults), gone)

    def _one(self, told: Told) -> None:
        fields = self._checked(told)
        if fields is None:
            return
        self._fitted.add((told.key, told.id))
        self._mended(told.key, self._external(told))
        own = self._name(told)
        before = records.one(self._connection, told.key, own)
        if self._was_merged(told, own) or (before is not None and before.version > told.version):
            self._late += 1
            return
        kept = before.data if before and told.key == "people" else {}
        ours = {name: kept[name] for name in _DIRECTORYS if name in kept} if own != told.id else {}
        data = {**kept, **fields, **ours, **({} if told.key == "links" else {ENTRIES[told.key].id_field: own})}
        after = Record(told.key, own, data, told.version, told.as_of, told.deleted)
        self._link(told, after.id)
        same = before is not None and (before.data, before.deleted) == (after.data, after.deleted)
        if same:
            self._same += 1
            if before is not None and before.version == after.version:
                return
        records.put(self._connection, after)  # also what says the same as of later: what comes between the two is late from now on
        if same:
            return
        search.index(self._connection, after)
        self._changed.append(Changed(told, before.data if before else None, after.data))

    def _checked(self, told: Told) -> dict[str, Any] | None:
        """The fields as a record holds them; None, and a fault, where they do not fit."""
        model = ENTRIES[told.key]
        try:
            entry = model.model_validate({model.id_field: told.id, **told.fields}, context={"at": told.as_of})
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            why = f"its {where} does not fit ({first['msg']}). Correct it at {self._vendor}, or the mapping of this field"
            about = told.fields.get("account") or told.fields.get("contact")
            self._faults.append(Fault(told.key, self._external(told), why, about, told.as_of))
            return None
        fields = entry.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"version", "updated_at", "deleted"})
        fields |= {name: self._meant(fields[name]) for name in {name for name, key, _ in references(entry) if key in faults.KIND_OF}}
        return self._filed(fields) if told.key == "touches" else fields

    def _filed(self, touch: dict[str, Any]) -> dict[str, Any]:
        """What was sent to a contact counts for the contact's account, also where the vendor does not say whose it is."""
        contact = None if touch.get("account") else records.living(self._connection, "contacts", touch["contact"])
        return touch if contact is None else {**touch, "account": contact.data["account"]}

    def _meant(self, named: Any) -> Any:
        """Whom a field names: of a colleague whom the directory knows, or of what was merged, the id that they have with us."""
        if isinstance(named, list):
            return [self._meant(one) for one in named]
        for kind in faults.KIND_OF.values():
            external = str(named).removeprefix(f"{self._vendor}-{kind}-")
            if external != named:
                link = records.living(self._connection, "links", link_id(self._vendor, kind, external))
                return str(link.data["id"]) if link else named
        return named

    def _name(self, told: Told) -> str:
        """Our id of it: what it is linked to already, a colleague of the same address, or its own. A link is called by what it links."""
        if told.key == "links":
            return link_id(told.fields["source"], told.fields["kind"], told.fields["external_id"])
        if told.external_id is None or told.key not in faults.KIND_OF:
            return told.id
        link = records.living(self._connection, "links", link_id(self._vendor, faults.KIND_OF[told.key], told.external_id))
        if link is not None:
            return str(link.data["id"])
        address = str(told.fields.get("email") or "").lower()
        if told.key == "people" and address:
            same = [one for one in records.all_of(self._connection, "people") if str(one.data.get("email", "")).lower() == address]
            return same[0].id if same else told.id
        return told.id

    def _external(self, told: Told) -> str:
        """By which a fault of it is known."""
        return told.external_id or told.id.removeprefix(own_id(self._vendor, told.key, ""))

    def _link(self, told: Told, own: str) -> None:
        kind = faults.KIND_OF.get(told.key)
        if kind is None or told.external_id is None:
            return
        name = link_id(self._vendor, kind, told.external_id)
        said = {"source": self._vendor, "external_id": told.external_id, "kind": kind, "id": own, "matched_by": "explicit"}
        before = records.one(self._connection, "links", name)
        if before is None or before.data != said or before.deleted:
            records.put(self._connection, Record("links", name, said, (before.version if before else 0) + 1, told.as_of))

    def _mended(self, key: str, external_id: str | None) -> None:
        if external_id is not None:
            mine = (FAULTS.c.vendor == self._vendor, FAULTS.c.key == key, FAULTS.c.external_id == external_id)
            self._connection.execute(delete(FAULTS).where(*mine))

    def _gone(self, own: str, into: str | None) -> bool:
        """Deleted, or merged into another: then what the vendor's old id means is the survivor. Nobody has to mend it any more."""
        for key in get_args(Key):
            external = own.removeprefix(own_id(self._vendor, key, ""))
            self._mended(key, external if external != own else None)
        if into is not None:
            self._moved(own, str(self._meant(into)))
        living = next((key for key in ENTRIES if records.living(self._connection, key, own) is not None), None)
        if living is None:
            return False
        record = records.one(self._connection, living, own)
        assert record is not None, "it is living"  # noqa: S101
        records.put(self._connection, record._replace(deleted=True, version=record.version + 1, updated_at=self._at))
        search.index(self._connection, record._replace(deleted=True))
        return True

    def _was_merged(self, told: Told, own: str) -> bool:
        """It lives on in another: what is still said of it by itself is from before, whatever its version."""
        itself = records.one(self._connection, told.key, told.id) if own != told.id else None
        return itself is not None and itself.deleted

    def _moved(self, own: str, into: str) -> None:
        """Whatever meant the one means the other from now on, also where we never heard of the one."""
        for link in records.where(self._connection, "links", "id", own):
            records.put(self._connection, link.changed({"id": into}, self._at))
        for key, kind in faults.KIND_OF.items():
            external = own.removeprefix(own_id(self._vendor, key, ""))
            if external != own and records.one(self._connection, key, own) is None:
                records.put(self._connection, Record(key, own, {ENTRIES[key].id_field: own}, 0, self._at, deleted=True))
                said = {"source": self._vendor, "external_id": external, "kind": kind, "id": into, "matched_by": "explicit"}
                records.put(self._connection, Record("links", link_id(self._vendor, kind, external), said, 1, self._at))


def _since_all_was_read(connection: Connection, vendor: str, changed: Sequence[Changed]) -> Sequence[Changed]:
    """Those of kinds of which everything was read before."""
    if not changed:
        return ()
    whole = select(SYNCS.c.key).where(SYNCS.c.vendor == vendor, or_(SYNCS.c.since.is_not(None), SYNCS.c.done_at.is_not(None)))
    keys = {*connection.execute(whole).scalars()}
    return [one for one in changed if one.told.key in keys]


def _put(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    keys = [column.name for column in table.primary_key]
    insert = insert_for(connection, table)
    rest = {name: insert.excluded[name] for name in row if name not in keys}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=rest), dict(row))
