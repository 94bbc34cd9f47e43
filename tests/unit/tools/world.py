"""A small world behind the ports: records in dictionaries, sources that can be down or slow, and a count of what was read."""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from agent.domain.claims.proper_names import words_of
from agent.domain.evidence import Calendar, Material, Person, Team, Touch
from tools.once import Sources
from tools.ports import Asked, Due, Find, History, Listing, Named, Snapshot, SourceError

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ago(**span: float) -> str:
    """A moment before AT, as a record holds it."""
    return (AT - timedelta(**span)).isoformat()


def ahead(**span: float) -> str:
    """A moment after AT, as a record holds it."""
    return (AT + timedelta(**span)).isoformat()


@dataclass
class World:
    """Records by kind and id, as a source would hold them. A name in `down` refuses, one in `slow` never answers.

    Of lists, ids in `unread` are lost.
    """

    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    deals: dict[str, dict[str, Any]] = field(default_factory=dict)
    contracts: dict[str, dict[str, Any]] = field(default_factory=dict)
    usages: dict[str, dict[str, Any]] = field(default_factory=dict)
    rates: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    lost: int = 0
    unread: set[str] = field(default_factory=set)
    read_at: datetime | None = None
    touched: list[Touch] = field(default_factory=list)
    links: dict[tuple[str, str, str], str] = field(default_factory=dict)
    deleted: set[tuple[str, str]] = field(default_factory=set)
    tickets_: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups_: dict[str, dict[str, Any]] = field(default_factory=dict)
    in_helpdesk: set[str] = field(default_factory=set)
    people_: list[Person] = field(default_factory=list)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    found_articles: dict[str, list[Material]] = field(default_factory=dict)
    of_any_product: dict[str, list[Material]] = field(default_factory=dict)
    in_english: dict[str, list[Material]] = field(default_factory=dict)
    found_assets: list[Material] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    shown: list[Find] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    reads: Counter[str] = field(default_factory=Counter)

    @property
    def sources(self) -> Sources:
        """The world as the tools see it."""
        return Sources(FakeCrm(self), FakeHelpdesk(self), FakeSearch(self), FakeDirectory(self))

    async def read(self, source: str, what: str) -> None:
        """Count a read, and fail or hang as the source is set to."""
        self.reads[what] += 1
        if source in self.down:
            raise SourceError(source, "it is down")
        if source in self.slow:
            await asyncio.Event().wait()


def snapshot(record_id: str, data: dict[str, Any] | None, as_of: datetime = AT) -> Snapshot | None:
    return None if data is None else Snapshot(record_id, {"id": record_id, **data}, as_of)


def some(records: dict[str, dict[str, Any]], account: str | None, unread: Collection[str] = ()) -> Listing:
    there = {i: r for i, r in records.items() if account in (None, r.get("account"))}
    return Listing((Snapshot(i, {"id": i, **r}, AT) for i, r in there.items() if i not in unread), (i for i in there if i in unread))


@dataclass
class FakeCrm:
    world: World

    async def account(self, account_id: str) -> Snapshot | None:
        await self.world.read("crm", "account")
        return snapshot(account_id, self.world.accounts.get(account_id))

    async def family(self, account_id: str) -> Listing:
        await self.world.read("crm", "family")
        own = self.world.accounts.get(account_id)
        if own is None:
            return Listing()
        near = {own.get("parent"), account_id} - {None}
        others = {i: a for i, a in self.world.accounts.items() if i in near or a.get("parent") in near}
        return some(others, None, self.world.unread)

    async def contacts(self, account_id: str) -> Listing:
        await self.world.read("crm", "contacts")
        return some(self.world.contacts, account_id, self.world.unread)

    async def deal(self, deal_id: str) -> Snapshot | None:
        await self.world.read("crm", "deal")
        return snapshot(deal_id, self.world.deals.get(deal_id))

    async def contract(self, contract_id: str) -> Snapshot | None:
        await self.world.read("crm", "contract")
        return snapshot(contract_id, self.world.contracts.get(contract_id))

    async def contracts(self, account_id: str) -> Listing:
        await self.world.read("crm", "contracts")
        return some(self.world.contracts, account_id, self.world.unread)

    async def due(
        self, kind: Literal["deal", "contract"], until: datetime, *, since: datetime | None = None, after: Due | None = None
    ) -> Sequence[Due]:
        raise NotImplementedError("no tool asks what is due: the clock does")

    async def usage(self, account_id: str) -> Snapshot | None:
        await self.world.read("usage", "usage")
        data = self.world.usages.get(account_id)
        return None if data is None else snapshot(account_id, data, datetime.fromisoformat(data["as_of"]))

    async def rate(self, currency: str, into: str) -> Snapshot | None:
        await self.world.read("rates", "rate")
        known = self.world.rates.get(currency) if into == "EUR" else None
        return None if known is None else Snapshot(currency, {"rate": known[0]}, known[1])

    async def touches(self, accounts: Sequence[str]) -> History:
        await self.world.read("touches", "touches")
        return History([touch for touch in self.world.touched if touch.account in accounts], self.world.lost, self.world.read_at)

    async def resolve(self, source: str, kind: str, external_id: str) -> str | None:
        await self.world.read("crm", "resolve")
        return self.world.links.get((source, kind, external_id))

    async def names(self, words: Collection[str]) -> Sequence[Named]:
        await self.world.read("crm", "names")
        companies = [Named(a["name"], i, "company") for i, a in self.world.accounts.items() if "name" in a]
        people = [Named(c["name"], c["account"], "person") for c in self.world.contacts.values() if "name" in c]
        return [one for one in (*companies, *people) if not words_of([one.name]).isdisjoint(words)]

    async def known(self, kind: str, record_id: str) -> str | None:
        await self.world.read("crm", "known")
        w = self.world
        kept = {"account": w.accounts, "contact": w.contacts, "deal": w.deals, "contract": w.contracts, "ticket": w.tickets_}
        return "deleted" if (kind, record_id) in w.deleted else "here" if record_id in kept.get(kind, {}) else None


@dataclass
class FakeHelpdesk:
    world: World

    async def ticket(self, ticket_id: str) -> Snapshot | None:
        await self.world.read("helpdesk", "ticket")
        return snapshot(ticket_id, self.world.tickets_.get(ticket_id))

    async def tickets(self, account_id: str) -> Listing:
        await self.world.read("helpdesk", "tickets")
        return some(self.world.tickets_, account_id, self.world.unread)

    async def settled(self, at_most: int) -> Sequence[Snapshot]:
        await self.world.read("helpdesk", "settled")
        done = {key: data for key, data in self.world.tickets_.items() if data.get("status") in ("solved", "closed")}
        return some(done, None)[:at_most]

    async def due(self, until: datetime, *, since: datetime | None = None, after: Due | None = None) -> Sequence[Due]:
        raise NotImplementedError("no tool asks what is due: the clock does")

    async def groups(self) -> Sequence[Snapshot]:
        await self.world.read("helpdesk", "groups")
        return some(self.world.groups_, None)

    async def linked(self, accounts: Sequence[str]) -> set[str]:
        await self.world.read("helpdesk", "linked")
        return self.world.in_helpdesk & set(accounts)


@dataclass
class FakeSearch:
    world: World

    async def articles(self, asked: Sequence[Asked], *, at_most: int) -> Sequence[Sequence[Find]]:
        await self.world.read("articles", "articles")
        self.world.asked += [{**asdict(one), "at_most": at_most} for one in asked]
        return [[Find(found.id, one.query, found.strength, place == 0) for place, found in enumerate(self._of(one)[:at_most])] for one in asked]

    async def shown(self, finds: Sequence[Find]) -> Sequence[Material]:
        await self.world.read("articles", "shown")
        self.world.shown += finds
        known = {
            one.id: one
            for found in (self.world.found_articles, self.world.of_any_product, self.world.in_english)
            for some in found.values()
            for one in some
        }
        return [replace(known[find.id], strength=find.strength) for find in finds]

    def _of(self, asked: Asked) -> Sequence[Material]:
        elsewhere = self.world.of_any_product if asked.product is None else {}
        english = self.world.in_english if asked.language == "en" else {}
        return elsewhere.get(asked.query) or english.get(asked.query) or self.world.found_articles.get(asked.query, [])

    async def assets(self, topics: Sequence[str], *, stage: str | None, kinds: Sequence[str], language: str, at_most: int) -> Sequence[Material]:
        await self.world.read("assets", "assets")
        self.world.asked.append({"topics": list(topics), "stage": stage, "kinds": tuple(kinds), "language": language})
        return self.world.found_assets[:at_most]

    async def material(self, kind: Literal["asset", "article"], material_id: str) -> Material | None:  # noqa: ARG002  the port's
        await self.world.read(f"{kind}s", "material")
        return None


@dataclass
class FakeDirectory:
    world: World

    async def people(self, at: datetime) -> Sequence[Person]:  # noqa: ARG002  the port's
        await self.world.read("directory", "people")
        return self.world.people_

    async def teams(self) -> Sequence[Team]:
        await self.world.read("directory", "teams")
        return ()

    async def calendar(self, calendar_id: str) -> Calendar | None:
        await self.world.read("directory", "calendar")
        return self.world.calendars.get(calendar_id)


def article(article_id: str, strength: float, *, visibility: str = "public", topics: tuple[str, ...] = ()) -> Material:
    return Material(article_id, "article", "article", f"About {article_id}", "", "en", visibility, topics, (), "", "…", strength)


def asset(asset_id: str, strength: float, *, kind: str = "guide", topics: tuple[str, ...] = ()) -> Material:
    return Material(asset_id, "asset", kind, asset_id, "https://x.example", "en", "public", topics, (), "", "…", strength)


def touch(contact: str = "con_1", account: str = "acc_1", **changes: Any) -> Touch:
    values: dict[str, Any] = {
        "at": AT - DAY, "channel": "email", "purpose": "marketing", "sender": "u_rep", "status": "sent", **changes,
    }  # fmt: skip
    return Touch(contact, account, **values)
