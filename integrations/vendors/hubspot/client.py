"""Asks HubSpot, and reads its answers strictly: one that is not as it should be says nothing, and nothing is made of it."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from integrations.vendors.caller import Caller
from integrations.vendors.endpoint import Endpoint
from integrations.vendors.errors import Rejected, Unsure
from integrations.vendors.hubspot import dialect, endpoints

MOST_OF_A_PAGE, MOST_OF_A_SEARCH, MOST_OF_A_BATCH = 100, 200, 100
Filter = tuple[str, str, str]
"""Property, operator, value."""


class Thing(BaseModel):
    """One object, with the properties that were asked for."""

    id: str = Field(pattern=r"^\d+$")
    properties: dict[str, str | None]
    updated: datetime = Field(alias="updatedAt")
    created: datetime = Field(alias="createdAt")
    archived: datetime | None = Field(None, alias="archivedAt")


class Owner(BaseModel):
    """A user who may own records."""

    id: str
    email: str | None = None
    first: str | None = Field(None, alias="firstName")
    last: str | None = Field(None, alias="lastName")
    updated: datetime = Field(alias="updatedAt")
    archived: bool = False
    teams: list[dict[str, Any]] = []


class Kind(BaseModel):
    """One kind of association. Without a label it is the plain one."""

    category: str
    number: int = Field(alias="typeId")
    label: str | None = None


class Link(BaseModel):
    """What an object is associated with, and how."""

    id: str = Field(alias="toObjectId", coerce_numbers_to_str=True)
    kinds: list[Kind] = Field(alias="associationTypes")

    def labelled(self, label: str) -> bool:
        """Whether it is the one with that label."""
        return any(kind.label == label for kind in self.kinds)


class Account(BaseModel):
    """The portal itself."""

    id: int = Field(alias="portalId")
    type: str = Field(alias="accountType")
    currency: str = Field(alias="companyCurrency", pattern=r"^[A-Z]{3}$")
    zone: str = Field(alias="timeZone")


class Status(BaseModel):
    """What one address agreed to, of one kind of subscription."""

    subscription: int = Field(alias="subscriptionId")
    status: str
    basis: str | None = Field(None, alias="legalBasis")
    at: datetime | None = Field(None, alias="timestamp")


class _Statuses(BaseModel):
    email: str = Field(alias="subscriberIdString")
    statuses: list[Status]


class _From(BaseModel):
    id: str


class _Linked(BaseModel):
    of: _From = Field(alias="from")
    to: list[Link]
    paging: dict[str, Any] | None = None


class _Next(BaseModel):
    after: str


class _Paging(BaseModel):
    next: _Next | None = None


class _Named(BaseModel):
    name: str


class _Stage(BaseModel):
    id: str
    label: str
    archived: bool = False


class Pipeline(BaseModel):
    """A pipeline with its stages."""

    id: str
    label: str
    stages: list[_Stage]
    archived: bool = False


T = TypeVar("T", bound=BaseModel)


class HubSpot:
    """One portal. Every failure is one of `integrations.vendors.errors`."""

    def __init__(self, caller: Caller, searches: Caller, version: str) -> None:
        self._caller, self._searches, self._version = caller, searches, version

    async def one(self, type_: str, thing_id: str, properties: Iterable[str]) -> Thing:
        """One object; what was merged away is answered with the survivor, which has another id. Raises Gone."""
        endpoint = endpoints.ONE[type_]
        return self._is(Thing, endpoint, await self._ask(endpoint, {"id": thing_id}, query=_listed(properties)))

    async def page(self, type_: str, after: str, properties: Iterable[str], *, archived: bool = False) -> tuple[list[Thing], str | None]:
        """The next objects by id, and after which id it goes on."""
        endpoint = endpoints.PAGE[type_]
        query = {"limit": MOST_OF_A_PAGE, **_listed(properties), "archived": str(archived).lower(), **({"after": after} if after else {})}
        answer = await self._ask(endpoint, query=query)
        return self._are(Thing, endpoint, answer), self._next(endpoint, answer)

    async def search(
        self, type_: str, filters: Sequence[Filter], properties: Iterable[str], *, sort: str = "hs_object_id", newest: bool = False,
        limit: int = MOST_OF_A_SEARCH,
    ) -> tuple[list[Thing], str | None, int]:  # fmt: skip
        """What the index knows by now: the first part, whether (and where) it goes on, and how many there are."""
        endpoint = endpoints.SEARCH[type_]
        group = {"filters": [{"propertyName": name, "operator": how, "value": value} for name, how, value in filters]}
        asked = {
            "filterGroups": [group] if filters else [],
            "sorts": [{"propertyName": sort, "direction": "DESCENDING" if newest else "ASCENDING"}],
            "properties": sorted({*properties}), "limit": limit,
        }  # fmt: skip
        answer = await self._ask(endpoint, json=asked, caller=self._searches)
        total = answer.get("total")
        if not isinstance(total, int):
            raise self._odd(endpoint)
        return self._are(Thing, endpoint, answer), self._next(endpoint, answer), total

    async def search_all(self, type_: str, filters: Sequence[Filter], properties: Iterable[str]) -> AsyncIterator[list[Thing]]:
        """The same to the last, part by part. A search of its own gives no more than 10,000: each part is a new one, after the last id."""
        last = "0"
        while True:
            things, more, _ = await self.search(type_, [*filters, ("hs_object_id", "GT", last)], properties)
            yield things
            if not things or more is None:
                return
            last = things[-1].id

    async def batch(self, type_: str, ids: Sequence[str], properties: Iterable[str]) -> list[Thing]:
        """Those of the objects that exist."""
        endpoint, found, names = endpoints.BATCH[type_], list[Thing](), sorted({*properties})
        for some in _batches(ids):
            answer = await self._ask(endpoint, json={"inputs": [{"id": one} for one in some], "properties": names})
            found += self._are(Thing, endpoint, answer)
        return found

    async def associated(self, type_: str, thing_id: str, to: str) -> list[str]:
        """The ids of what hangs on an object: true at once, unlike what is searched. Raises Gone."""
        endpoint, ids, after = endpoints.ASSOCIATED[type_, to], list[str](), ""
        while True:
            answer = await self._ask(endpoint, {"id": thing_id}, query={"limit": 500, **({"after": after} if after else {})})
            ids += [link.id for link in self._are(Link, endpoint, answer)]
            after = self._next(endpoint, answer) or ""
            if not after:
                return list(dict.fromkeys(ids))

    async def linked(self, type_: str, to: str, ids: Sequence[str]) -> Mapping[str, list[Link]]:
        """What each of the objects is associated with."""
        endpoint, found = endpoints.LINKED[type_, to], dict[str, list[Link]]()
        asked: list[dict[str, str]] = [{"id": one} for one in ids]
        while asked:
            answer = await self._ask(endpoint, json={"inputs": asked[:MOST_OF_A_BATCH]})
            asked = asked[MOST_OF_A_BATCH:]
            for one in self._are(_Linked, endpoint, answer):
                found.setdefault(one.of.id, []).extend(one.to)
                if more := self._next(endpoint, one.model_dump()):
                    asked.append({"id": one.of.id, "after": more})
        return found

    async def kinds(self, type_: str, to: str) -> list[Kind]:
        """The ways in which one type of object is associated with another."""
        endpoint = endpoints.LABELS[type_, to]
        return self._are(Kind, endpoint, await self._ask(endpoint))

    async def owners(self, *, archived: bool) -> list[Owner]:
        """All who own records, or all who did."""
        owners, after = list[Owner](), ""
        while True:
            query = {"limit": MOST_OF_A_PAGE, "archived": str(archived).lower(), **({"after": after} if after else {})}
            answer = await self._ask(endpoints.OWNERS, query=query)
            owners += self._are(Owner, endpoints.OWNERS, answer)
            after = self._next(endpoints.OWNERS, answer) or ""
            if not after:
                return owners

    async def statuses(self, emails: Sequence[str]) -> Mapping[str, list[Status]]:
        """What people agreed to, by their addresses in lower case."""
        found = dict[str, list[Status]]()
        for some in _batches(emails):
            answer = await self._ask(endpoints.STATUSES, json={"inputs": some}, query={"channel": "EMAIL"})
            found |= {one.email.lower(): one.statuses for one in self._are(_Statuses, endpoints.STATUSES, answer)}
        return found

    async def pipelines(self, type_: str) -> list[Pipeline]:
        """The pipelines in use."""
        endpoint = endpoints.PIPELINES[type_]
        return [one for one in self._are(Pipeline, endpoint, await self._ask(endpoint)) if not one.archived]

    async def properties(self, type_: str) -> set[str]:
        """The names of the properties that a type of object has."""
        endpoint = endpoints.PROPERTIES[type_]
        return {one.name for one in self._are(_Named, endpoint, await self._ask(endpoint))}

    async def account(self) -> Account:
        """The portal."""
        return self._is(Account, endpoints.ACCOUNT, await self._ask(endpoints.ACCOUNT))

    async def create(self, type_: str, properties: Mapping[str, str], links: Sequence[tuple[str, int]]) -> Thing:
        """A new task or note, hung on what it is about. Raises Unsure where nobody can say whether it is there."""
        endpoint = endpoints.CREATE[type_]
        hung = [{"to": {"id": to}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]} for to, number in links]
        answer = await self._caller.ask(endpoint, {"version": self._version}, json={"properties": dict(properties), "associations": hung})
        return self._is(Thing, endpoint, answer)

    async def _ask(
        self, endpoint: Endpoint, parts: Mapping[str, str] | None = None, *, query: Mapping[str, Any] | None = None, json: Any = None,
        caller: Caller | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """What is read. An error may also come with a status that says all is well, for all of it or for a part."""
        answer = await (caller or self._caller).ask(endpoint, {"version": self._version, **(parts or {})}, query=query, json=json)
        if not isinstance(answer, dict):
            raise self._odd(endpoint)
        errors = [answer] if answer.get("status") == "error" else answer.get("errors", [])
        wrong = [error for error in errors if not isinstance(error, dict) or error.get("category") != "OBJECT_NOT_FOUND"]
        if wrong:
            why = dialect.why(wrong[0]) if isinstance(wrong[0], dict) else ""
            raise Rejected(self._caller.vendor, f"{endpoint.name}: {why or 'an error'} inside an answer that says all is well")
        return answer

    def _is(self, model: type[T], endpoint: Endpoint, answer: Any) -> T:
        try:
            return model.model_validate(answer)
        except ValidationError:
            raise self._odd(endpoint) from None

    def _are(self, model: type[T], endpoint: Endpoint, answer: Mapping[str, Any]) -> list[T]:
        results = answer.get("results")
        if not isinstance(results, list):
            raise self._odd(endpoint)
        return [self._is(model, endpoint, one) for one in results]

    def _next(self, endpoint: Endpoint, answer: Mapping[str, Any]) -> str | None:
        paging = self._is(_Paging, endpoint, answer.get("paging") or {})
        return paging.next.after if paging.next else None

    def _odd(self, endpoint: Endpoint) -> Unsure:
        return Unsure(self._caller.vendor, f"{endpoint.name}: its answer is not of the form that HubSpot documents")


def _listed(properties: Iterable[str]) -> dict[str, str]:
    """As a query; none of them is HubSpot's own choice, which is always told."""
    names = ",".join(sorted({*properties}))
    return {"properties": names} if names else {}


def _batches(ids: Sequence[str]) -> Iterator[list[str]]:
    return (list(ids[start : start + MOST_OF_A_BATCH]) for start in range(0, len(ids), MOST_OF_A_BATCH))
