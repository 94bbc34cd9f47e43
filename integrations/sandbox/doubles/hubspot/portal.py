"""A portal in memory: its objects with their associations, who may see them, and what happens to them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from integrations.sandbox.doubles.hubspot import schema
from integrations.sandbox.doubles.journal import Journal
from integrations.wall_clock import wall_clock

FIRST_OF_BULK = 10**9
"""Objects that are only made when somebody looks have ids from here on."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One object. `links`: for each other type, the ids of what it is associated with, and by which association ids."""

    type: str
    id: str
    properties: dict[str, str | None]
    created: datetime
    updated: datetime
    links: dict[str, dict[str, frozenset[int]]] = field(default_factory=dict)
    archived_at: datetime | None = None
    indexed: "Thing | None" = None
    """As search still shows it, until its index has caught up."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A user who may own objects."""

    id: str
    email: str
    first: str
    last: str
    archived: bool = False
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bulk:
    """So many companies, and deals of theirs, that nobody keeps: each is made from its id."""

    companies: int
    deals: int
    at: datetime

    def ids(self, type_: str) -> range:
        """Their ids."""
        return range(FIRST_OF_BULK, FIRST_OF_BULK + {"companies": self.companies, "deals": self.deals}.get(type_, 0))

    def thing(self, type_: str, number: int) -> Thing:
        """One of them; its deals are spread evenly over the companies."""
        index = number - FIRST_OF_BULK
        if type_ == "companies":
            deals = {str(FIRST_OF_BULK + n): frozenset((schema.BACK + 5,)) for n in range(index, self.deals, self.companies)}
            properties: dict[str, str | None] = {"name": f"Company {index}", "domain": f"company-{index}.example", "lifecyclestage": "customer"}
            return Thing(type_, str(number), properties, self.at, self.at, {"deals": deals})
        company = {str(FIRST_OF_BULK + index % self.companies): frozenset((5, 341))}
        stage = schema.STAGES["deals"]["default"][index % 7]
        properties = {"dealname": f"Deal {index}", "pipeline": "default", "dealstage": stage, "amount": str(1000 + index)}
        return Thing(type_, str(number), properties, self.at, self.at, {"companies": company})


@dataclass
class Portal:
    """What there is, and how it is set. `now` gives the moment; searches see what is older than `index_lag_s`."""

    journal: Journal = field(default_factory=Journal)
    now: Callable[[], datetime] = wall_clock
    id: int = 5_799_819
    currency: str = "EUR"
    time_zone: str = "Europe/Berlin"
    account_type: str = "STANDARD"
    index_lag_s: float = 0.0
    tokens: dict[str, datetime | None] = field(default_factory=lambda: {"pat-eu1-double": None})
    """Tokens that are good, and until when."""
    refresh: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Refresh tokens, each with the client id and secret that may use it."""
    token_lasts_s: float = 1800.0
    missing_scopes: set[str] = field(default_factory=set)
    properties: dict[str, set[str]] = field(default_factory=schema.properties)
    required: dict[str, set[str]] = field(default_factory=dict)
    """Properties that an admin's validation rules ask for; enforced from the version of September 2026 on."""
    type_ids: dict[tuple[str, str], int] = field(default_factory=lambda: dict(schema.UNLABELLED))
    stages: dict[str, dict[str, list[str]]] = field(default_factory=lambda: {kind: dict(of) for kind, of in schema.STAGES.items()})
    owners: dict[str, Owner] = field(default_factory=dict)
    statuses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Subscription statuses by e-mail address."""
    writes_fail_inside: int = 0
    """So many of the next writes are answered with 200 and an error, and are not done."""
    daily: int = 650_000
    bulk: Bulk | None = None
    things: dict[str, dict[str, Thing]] = field(default_factory=lambda: {name: {} for name in schema.TYPES})
    merged: dict[tuple[str, str], str] = field(default_factory=dict)
    told: list[Callable[[Thing, str, dict[str, str | None]], None]] = field(default_factory=list)
    """Who is told of changes: the object, what happened (`creation`, `propertyChange`, `deletion`, `merge`), and the properties that changed."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(101))

    def find(self, type_: str, thing_id: str) -> Thing | None:
        """An object, whether archived or not; what was merged away is the survivor."""
        thing_id = self.merged.get((type_, thing_id), thing_id)
        kept = self.things[type_].get(thing_id)
        if kept is None and self.bulk and thing_id.isdecimal() and int(thing_id) in self.bulk.ids(type_):
            return self.bulk.thing(type_, int(thing_id))
        return kept

    def after(self, type_: str, last: int) -> Iterator[Thing]:
        """All objects of a type by id, after one."""
        own = self.things[type_]
        yield from (own[key] for key in sorted(own, key=int) if last < int(key) < FIRST_OF_BULK)
        many = self.bulk.ids(type_) if self.bulk else range(0)
        start = max(last + 1 - FIRST_OF_BULK, 0)
        yield from (own.get(str(number)) or self.bulk.thing(type_, number) for number in many[start:] if self.bulk)

    def create(
        self, type_: str, properties: dict[str, str | None], links: dict[str, dict[str, frozenset[int]]] | None = None, *,
        at: datetime | None = None, created: datetime | None = None,
    ) -> Thing:  # fmt: skip
        """A new object; what it is associated with knows of it too. `at`: when it was last changed, where that is not now."""
        at = at or self.now()
        thing = Thing(type_, str(next(self._numbers)), dict(properties), created or at, at, links or {})
        self.things[type_][thing.id] = thing
        for other_type, others in thing.links.items():
            for other_id, ids in others.items():
                self._link_back(other_type, other_id, thing, ids)
        self._tell(thing, "creation", {})
        return thing

    def link(self, type_: str, thing_id: str, to: str, to_id: str, *ids: int) -> None:
        """Associate two objects: without ids as the main one of its kind, where there is such a thing."""
        thing = self._known(type_, thing_id)
        given = frozenset(ids or filter(None, (self.type_ids.get((type_, to)), schema.PRIMARY.get((type_, to)))))
        self._keep(replace(thing, links={**thing.links, to: {**thing.links.get(to, {}), to_id: given}}))
        self._link_back(to, to_id, thing, given)

    def update(self, type_: str, thing_id: str, properties: dict[str, str | None]) -> Thing:
        """Change properties; the search shows the object as it was until its index has caught up."""
        before = self._known(type_, thing_id)
        after = replace(before, properties={**before.properties, **properties}, updated=self.now(), indexed=replace(before, indexed=None))
        self._keep(after)
        self._tell(after, "propertyChange", properties)
        return after

    def archive(self, type_: str, thing_id: str) -> None:
        """Delete it as HubSpot does: it is kept apart for 90 days."""
        thing = replace(self._known(type_, thing_id), archived_at=self.now(), updated=self.now())
        self._keep(thing)
        self._tell(thing, "deletion", {})

    def merge(self, type_: str, survivor_id: str, other_id: str) -> Thing:
        """The other's associations go to the survivor, and so does its id."""
        survivor, other = self._known(type_, survivor_id), self._known(type_, other_id)
        del self.things[type_][other.id]
        self.merged |= {key: survivor.id for key, value in self.merged.items() if value == other.id} | {(type_, other.id): survivor.id}
        links = {to: {**other.links.get(to, {}), **survivor.links.get(to, {})} for to in {*other.links, *survivor.links}}
        ids = ";".join(filter(None, (survivor.properties.get("hs_merged_object_ids"), other.id)))
        merged = replace(survivor, links=links, updated=self.now(), properties={**survivor.properties, "hs_merged_object_ids": ids})
        self._keep(merged)
        for to, others in other.links.items():
            for to_id, type_ids in others.items():
                self._link_back(to, to_id, merged, type_ids, instead_of=other.id)
        self._tell(merged, "merge", {})
        return merged

    def in_index(self, thing: Thing) -> Thing | None:
        """As search shows it now: as it was, or not yet."""
        return thing if thing.updated <= self.now() - timedelta(seconds=self.index_lag_s) else thing.indexed

    def token(self, value: str) -> str | None:
        """What is wrong with a token; None where nothing is."""
        if value not in self.tokens:
            return "INVALID_AUTHENTICATION"
        until = self.tokens[value]
        return "EXPIRED_AUTHENTICATION" if until and until <= self.now() else None

    def _known(self, type_: str, thing_id: str) -> Thing:
        thing = self.find(type_, thing_id)
        if thing is None:
            raise KeyError(f"there is no {type_} {thing_id}")
        return thing

    def _keep(self, thing: Thing) -> None:
        self.things[thing.type][thing.id] = thing

    def _link_back(self, other_type: str, other_id: str, thing: Thing, ids: frozenset[int], *, instead_of: str = "") -> None:
        other = self.find(other_type, other_id)
        if other is not None:
            before = {**other.links.get(thing.type, {})}
            back = frozenset((one - schema.BACK) if one > schema.BACK else (one + schema.BACK) for one in ids)
            links = {**before, thing.id: before.pop(instead_of, back)}
            links.pop(instead_of, None)
            self._keep(replace(other, links={**other.links, thing.type: links}))

    def _tell(self, thing: Thing, what: str, properties: dict[str, str | None]) -> None:
        for tell in self.told:
            tell(thing, what, properties)


def moment(at: datetime) -> str:
    """As HubSpot writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shown(thing: Thing, names: list[str], known: set[str]) -> dict[str, Any]:
    """The object as it is answered: with the properties that were asked for and exist."""
    modified = schema.MODIFIED.get(thing.type, "hs_lastmodifieddate")
    own = {"hs_object_id": thing.id, "hs_createdate": moment(thing.created), "createdate": moment(thing.created), modified: moment(thing.updated)}
    held = {**thing.properties, **own}
    told = {name: held.get(name) for name in [*names, "hs_object_id", "createdate", modified] if name in known}
    answer = {"id": thing.id, "properties": told, "createdAt": moment(thing.created), "updatedAt": moment(thing.updated), "archived": False}
    return answer if thing.archived_at is None else {**answer, "archived": True, "archivedAt": moment(thing.archived_at)}
