"""The sandbox as a CRM: accounts, contacts, deals, contracts, usage, exchange rates, touches and identity links."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from agent.domain.claims.proper_names import words_of
from agent.domain.evidence import Touch
from integrations.sandbox import records
from integrations.sandbox.records import Record
from integrations.sandbox.source import Clock, Pause, Source, Together, thirty_seconds
from tools.ports import Due, History, Listing, Named, Snapshot
from tools.reading import moment
from tools.tickets import OURS

KINDS = {
    "account": "accounts",
    "contact": "contacts",
    "person": "people",
    "deal": "deals",
    "contract": "contracts",
    "ticket": "tickets",
}
"""The fixture key of each kind of subject."""


class SandboxCrm(Source):
    """Implements the `Crm` port."""

    def __init__(self, together: Together, clock: Clock, *, pause: Pause = thirty_seconds) -> None:
        super().__init__(together, pause=pause)
        self._clock = clock

    async def account(self, account_id: str) -> Snapshot | None:
        """One account."""
        return await self._one("accounts", account_id)

    async def family(self, account_id: str) -> Listing:
        """The account first, then everybody under the same top parent by id."""

        def work(connection: Connection) -> Listing:
            own = records.living(connection, "accounts", account_id)
            if own is None:
                return Listing()
            others = {r.id: r.snapshot for r in _relatives(connection, own) if r.id != account_id}
            return Listing([own.snapshot, *(others[name] for name in sorted(others))])

        return await self._read("crm", work)

    async def contacts(self, account_id: str) -> Listing:
        """The account's contacts with their consents."""

        def work(connection: Connection) -> Listing:
            people = records.where(connection, "contacts", "account", account_id)
            consents = records.where(connection, "consents", "contact", *(person.id for person in people))
            return Listing(_with_consents(person, consents) for person in people)

        return await self._read("crm", work)

    async def deal(self, deal_id: str) -> Snapshot | None:
        """One deal."""
        return await self._one("deals", deal_id)

    async def contract(self, contract_id: str) -> Snapshot | None:
        """One contract."""
        return await self._one("contracts", contract_id)

    async def contracts(self, account_id: str) -> Listing:
        """The contracts of an account."""
        found = await self._read("crm", lambda connection: records.where(connection, "contracts", "account", account_id))
        return Listing(record.snapshot for record in found)

    async def due(
        self, kind: Literal["deal", "contract"], until: datetime, *, since: datetime | None = None, after: Due | None = None
    ) -> Sequence[Due]:
        """The next part of the open ones that matter from a moment until another."""
        return await self._read("crm", lambda connection: records.due(connection, KINDS[kind], until, since=since, after=after))

    async def usage(self, account_id: str) -> Snapshot | None:
        """The latest measurement, dated by when it was taken."""

        def work(connection: Connection) -> Snapshot | None:
            record = records.living(connection, "usage", account_id)
            return None if record is None else _dated(record, "as_of")

        return await self._read("usage", work)

    async def rate(self, currency: str, into: str) -> Snapshot | None:
        """The latest rate from one currency to the other; the opposite rate turned round where only that is known."""
        now = self._clock()
        there = await self._read("crm", lambda connection: records.all_of(connection, "rates"), "rates")
        rates = [_rate(record, currency, into) for record in there]
        return max((rate for rate in rates if rate and rate.as_of <= now), key=lambda r: r.as_of, default=None)

    async def touches(self, accounts: Sequence[str]) -> History:
        """Every touch of the accounts, oldest first."""

        def work(connection: Connection) -> list[Touch]:
            found = [_touch(record.data) for record in records.where(connection, "touches", "account", *accounts)]
            return sorted(found, key=lambda touch: touch.at)

        return History(await self._read("touches", work))

    async def resolve(self, source: str, kind: str, external_id: str) -> str | None:
        """Our id behind another system's, through a link."""

        def work(connection: Connection) -> str | None:
            link = records.living(connection, "links", link_id(source, kind, external_id))
            return str(link.data["id"]) if link else None

        return await self._read("crm", work, single=True)

    async def names(self, words: Collection[str]) -> Sequence[Named]:
        """Accounts and contacts of which a word of the name is among the words."""

        def work(connection: Connection) -> list[Named]:
            return [
                one
                for one in (_named(row) for row in records.names_of(connection, "accounts", "contacts"))
                if not words_of([one.name]).isdisjoint(words)
            ]

        return await self._read("crm", work)

    async def known(self, kind: str, record_id: str) -> str | None:
        """`here`, `deleted` or None."""

        def work(connection: Connection) -> str | None:
            record = records.one(connection, KINDS.get(kind, kind), record_id)
            return None if record is None else "deleted" if record.deleted else "here"

        return await self._read("crm", work, single=True)

    async def _one(self, kind: str, record_id: str) -> Snapshot | None:
        record = await self._read("crm", lambda connection: records.living(connection, kind, record_id), single=True)
        return record.snapshot if record else None


def _relatives(connection: Connection, own: Record) -> list[Record]:
    """Everybody above the account, and everybody below any of these. Accounts that are each other's parents end nowhere, and are met once."""
    line, parent = {own.id: own}, own.data.get("parent")
    while parent and parent not in line:
        above = records.one(connection, "accounts", parent)
        if above is None:
            break
        line[parent], parent = above, above.data.get("parent")
    found, generation = dict(line), list(line)
    while generation:
        children = [child for child in records.where(connection, "accounts", "parent", *generation) if child.id not in found]
        found |= {child.id: child for child in children}
        generation = [child.id for child in children]
    return [record for record in found.values() if not record.deleted]


def link_id(source: str, kind: str, external_id: str) -> str:
    """The id under which an identity link is kept."""
    return f"{source}:{kind}:{external_id}"


def _with_consents(person: Record, consents: Sequence[Record]) -> Snapshot:
    own = [consent.data for consent in consents if consent.data["contact"] == person.id]
    return Snapshot(person.id, {**person.data, "consents": own}, person.updated_at, person.version)


def _named(row: Sequence[Any]) -> Named:
    kind, record_id, name, account = row
    return Named(name, account or "", "person") if kind == "contacts" else Named(name, record_id, "company")


def _dated(record: Record, field: str) -> Snapshot:
    return Snapshot(record.id, record.data, moment(record.data, field) or record.updated_at, record.version)


def _rate(record: Record, currency: str, into: str) -> Snapshot | None:
    pair, rate = (record.data["from"], record.data["to"]), float(record.data["rate"])
    if pair == (into, currency):
        rate = 1 / rate
    elif pair != (currency, into):
        return None
    as_of: datetime = _dated(record, "date").as_of
    return Snapshot(record.id, {"rate": rate}, as_of, record.version)


def _touch(data: Mapping[str, Any]) -> Touch:
    sender = str(data.get("sender") or "")
    return Touch(
        contact=str(data.get("contact") or ""),
        account=str(data.get("account") or ""),
        at=datetime.fromisoformat(data["at"]),
        channel=str(data.get("channel") or "email"),
        purpose=str(data.get("purpose") or ""),
        sender=sender,
        status=str(data.get("status") or "sent"),
        content=str(data.get("content") or ""),
        direction=str(data.get("direction") or "out"),
        ours=sender == OURS,
    )
