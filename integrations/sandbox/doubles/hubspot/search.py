"""Search: filters, one order, pages, never more than 10,000 results, over an index that lags behind."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integrations.sandbox.doubles.hubspot import schema
from integrations.sandbox.doubles.hubspot.answers import invalid, too_many
from integrations.sandbox.doubles.hubspot.portal import FIRST_OF_BULK, Portal, Thing, shown
from integrations.sandbox.doubles.limits import RateLimit

MOST, MOST_OF_A_PAGE, MOST_FILTERS = 10_000, 200, 6
_MOMENTS = frozenset({"hs_createdate", "createdate", "hs_lastmodifieddate", "lastmodifieddate"})


@dataclass
class Search:
    """The path of search. It has a limit of its own, and says nothing of how much of it is left."""

    portal: Portal
    limit: RateLimit
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def page(self, request: Request) -> Response:
        """One page of what is found."""
        type_, asked = request.path_params["type"], await request.json()
        self.asked.append(asked)
        wait_s = self.limit.take()
        if wait_s is not None:
            return too_many(wait_s, policy="SECONDLY")
        filters = [one for group in asked.get("filterGroups", []) for one in group["filters"]]
        limit, after, order = int(asked.get("limit", 10)), int(asked.get("after") or 0), (asked.get("sorts") or [{}])[0]
        wrong = self._wrong(type_, filters, limit, after)
        if wrong is not None:
            return wrong
        found = list(self._found(type_, filters, after + limit + 1))
        found.sort(key=lambda thing: _key(thing, order.get("propertyName", "hs_object_id")), reverse=order.get("direction") == "DESCENDING")
        names, known = list(asked.get("properties", [])), self.portal.properties[type_]
        answer: dict[str, Any] = {
            "total": self._total(type_, filters, found),
            "results": [shown(t, names, known) for t in found[after : after + limit]],
        }
        if after + limit < len(found):
            answer["paging"] = {"next": {"after": str(after + limit)}}
        return JSONResponse(answer)

    def _wrong(self, type_: str, filters: list[dict[str, Any]], limit: int, after: int) -> Response | None:
        if len(filters) > MOST_FILTERS or limit > MOST_OF_A_PAGE:
            return invalid(f"at most {MOST_FILTERS} filters and {MOST_OF_A_PAGE} results a page", "INVALID_LENGTH")
        if after + limit > MOST:
            return invalid(f"a search gives at most {MOST} results", "PAGING_LIMIT")
        for one in filters:
            name = one["propertyName"]
            if not name.startswith("associations.") and name not in self.portal.properties[type_]:
                return invalid(f"There was a problem with the request: no property {name}", "PROPERTY_DOESNT_EXIST", propertyName=name)
        return None

    def _found(self, type_: str, filters: list[dict[str, Any]], at_most_of_bulk: int) -> Iterator[Thing]:
        """What matches. Of objects that are made when looked at, no more than anybody asks for: they come in the order of their ids."""
        bulk = self.portal.bulk
        last = max((int(one["value"]) for one in filters if one["propertyName"] == "hs_object_id" and one["operator"] == "GT"), default=0)
        left = at_most_of_bulk if bulk and all(_matches(bulk.thing(type_, FIRST_OF_BULK), one) for one in filters if _is_moment(one)) else 0
        for thing in self.portal.after(type_, last):
            made = int(thing.id) >= FIRST_OF_BULK and thing.id not in self.portal.things[type_]
            if made and left < 1:
                if not bulk or thing.updated == bulk.at:
                    break
                continue
            seen = self.portal.in_index(thing)
            if seen is not None and seen.archived_at is None and all(_matches(seen, one) for one in filters):
                left -= made
                yield seen

    def _total(self, type_: str, filters: list[dict[str, Any]], found: list[Thing]) -> int:
        """HubSpot counts everything, also what it will not give."""
        if not any(int(thing.id) >= FIRST_OF_BULK for thing in found):
            return len(found)
        last = max((int(one["value"]) for one in filters if one["propertyName"] == "hs_object_id" and one["operator"] == "GT"), default=0)
        many = self.portal.bulk.ids(type_) if self.portal.bulk else range(0)
        return sum(int(thing.id) < FIRST_OF_BULK for thing in found) + len(many[max(last + 1 - FIRST_OF_BULK, 0) :])


def _is_moment(one: dict[str, Any]) -> bool:
    return one["propertyName"] in _MOMENTS


def _held(thing: Thing, name: str) -> str | None:
    match name:
        case "hs_object_id":
            return thing.id
        case "hs_createdate" | "createdate":
            return _ms(thing.created)
        case _ if name == schema.MODIFIED.get(thing.type, "hs_lastmodifieddate"):
            return _ms(thing.updated)
    return thing.properties.get(name)


def _key(thing: Thing, name: str) -> tuple[float, int]:
    return _number(_held(thing, name)) or 0.0, int(thing.id)


def _number(value: str | None) -> float | None:
    """Also of a moment, in whichever way it is written."""
    if value is None:
        return None
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp() * 1000
    except ValueError:
        return None


def _matches(thing: Thing, one: dict[str, Any]) -> bool:
    name, operator, value = one["propertyName"], one["operator"], str(one.get("value"))
    if name.startswith("associations."):
        singular = {single: plural for plural, single in schema.TYPES.items()}
        return value in thing.links.get(singular.get(name.removeprefix("associations."), ""), {})
    held = _held(thing, name)
    if operator in _OF_TEXT:
        return _OF_TEXT[operator](held or "", value)
    mine, theirs = _number(held), _number(value)
    return mine is not None and theirs is not None and _OF_NUMBERS[operator](mine, theirs)


_OF_TEXT: Mapping[str, Callable[[str, str], bool]] = {
    "EQ": str.__eq__, "HAS_PROPERTY": lambda held, _: bool(held), "CONTAINS_TOKEN": lambda held, value: value.lower() in held.lower(),
}  # fmt: skip
_OF_NUMBERS: Mapping[str, Callable[[float, float], bool]] = {"GT": gt, "GTE": ge, "LT": lt, "LTE": le}


def _ms(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))
