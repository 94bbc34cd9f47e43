"""Objects and their associations: one, a page of them, a batch, and what is written to them."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.sandbox.doubles.hubspot import schema
from integrations.sandbox.doubles.hubspot.answers import body, invalid, nothing_there, refused
from integrations.sandbox.doubles.hubspot.portal import Portal, Thing, shown

MOST_OF_A_BATCH, MOST_OF_A_PAGE = 100, 100
ENFORCED_FROM = "2026-09"
"""Versions from this one on keep to the admin's validation rules."""


class Objects:
    """The paths under `/crm/objects` that are not search, and `/crm/associations`."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def routes(self) -> list[Route]:
        """Them."""
        of = "/crm/objects/{version}/{type}"
        linked = "/crm/associations/{version}/{type}/{to}"
        return [
            Route(of, self._page, methods=["GET"]),
            Route(of, self._create, methods=["POST"]),
            Route(f"{of}/batch/read", self._batch, methods=["POST"]),
            Route(f"{of}/merge", self._merge, methods=["POST"]),
            Route(of + "/{id}", self._one, methods=["GET"]),
            Route(of + "/{id}", self._update, methods=["PATCH"]),
            Route(of + "/{id}", self._archive, methods=["DELETE"]),
            Route(of + "/{id}/associations/{to}", self._associated, methods=["GET"]),
            Route(f"{linked}/labels", self._labels, methods=["GET"]),
            Route(f"{linked}/batch/read", self._associations, methods=["POST"]),
        ]

    async def _one(self, request: Request) -> Response:
        type_, thing_id = _of(request)
        thing = self._portal.find(type_, thing_id)
        archived = request.query_params.get("archived") == "true"
        if thing is None or (thing.archived_at is not None) is not archived:
            return nothing_there(type_, thing_id)
        return JSONResponse(self._shown(thing, request.query_params))

    async def _page(self, request: Request) -> Response:
        type_, limit = request.path_params["type"], int(request.query_params.get("limit", "10"))
        if limit > MOST_OF_A_PAGE:
            return invalid(f"limit may be at most {MOST_OF_A_PAGE}", "INVALID_INTEGER", limit=str(limit))
        archived, found = request.query_params.get("archived") == "true", []
        for thing in self._portal.after(type_, int(request.query_params.get("after") or 0)):
            if (thing.archived_at is not None) is archived:
                found.append(thing)
            if len(found) > limit:
                break
        page: dict[str, Any] = {"results": [self._shown(thing, request.query_params) for thing in found[:limit]]}
        if len(found) > limit:
            page["paging"] = {"next": {"after": found[limit - 1].id, "link": str(request.url)}}
        return JSONResponse(page)

    async def _batch(self, request: Request) -> Response:
        type_, asked = request.path_params["type"], await request.json()
        ids = [str(one["id"]) for one in asked["inputs"]]
        if len(ids) > MOST_OF_A_BATCH:
            return invalid(f"at most {MOST_OF_A_BATCH} inputs", "INVALID_LENGTH")
        found = {one: thing for one in ids if (thing := self._portal.find(type_, one)) is not None and thing.archived_at is None}
        names, known = list(asked.get("properties", [])), self._portal.properties[type_]
        results = [shown(thing, names, known) for thing in {thing.id: thing for thing in found.values()}.values()]
        return _several(results, [one for one in ids if one not in found], type_)

    async def _create(self, request: Request) -> Response:
        type_, asked = request.path_params["type"], await request.json()
        properties = {name: None if value is None else str(value) for name, value in asked.get("properties", {}).items()}
        links, wrong = self._links(type_, asked.get("associations", []))
        wrong = wrong or self._wrong(type_, properties, request.path_params["version"])
        if wrong is not None:
            return wrong
        if self._fails_inside():
            return JSONResponse(body("VALIDATION_ERROR", "Property values were not valid"), 200)
        thing = self._portal.create(type_, properties, links)
        self._portal.journal.add(
            thing.created, f"{type_}.create", thing.id, {"properties": properties, "associations": asked.get("associations", [])}
        )
        return JSONResponse(shown(thing, list(properties), self._portal.properties[type_]), 201)

    async def _update(self, request: Request) -> Response:
        type_, thing_id = _of(request)
        properties = {name: None if value is None else str(value) for name, value in (await request.json()).get("properties", {}).items()}
        thing = self._portal.find(type_, thing_id)
        if thing is None or thing.archived_at is not None:
            return nothing_there(type_, thing_id)
        if wrong := self._wrong(type_, {**thing.properties, **properties}, request.path_params["version"]):
            return wrong
        if self._fails_inside():
            return JSONResponse(body("VALIDATION_ERROR", "Property values were not valid"), 200)
        thing = self._portal.update(type_, thing.id, properties)
        self._portal.journal.add(thing.updated, f"{type_}.update", thing.id, {"properties": properties})
        return JSONResponse(shown(thing, list(properties), self._portal.properties[type_]))

    async def _archive(self, request: Request) -> Response:
        type_, thing_id = _of(request)
        if self._portal.find(type_, thing_id) is not None:
            self._portal.archive(type_, thing_id)
            self._portal.journal.add(self._portal.now(), f"{type_}.archive", thing_id, {})
        return Response(status_code=204)

    async def _merge(self, request: Request) -> Response:
        asked = await request.json()
        thing = self._portal.merge(request.path_params["type"], str(asked["primaryObjectId"]), str(asked["objectIdToMerge"]))
        self._portal.journal.add(thing.updated, f"{thing.type}.merge", thing.id, dict(asked))
        return JSONResponse(shown(thing, [], self._portal.properties[thing.type]))

    async def _associated(self, request: Request) -> Response:
        type_, thing_id = _of(request)
        to, limit, after = request.path_params["to"], int(request.query_params.get("limit", "500")), int(request.query_params.get("after") or 0)
        thing = self._portal.find(type_, thing_id)
        if thing is None or thing.archived_at is not None:
            return nothing_there(type_, thing_id)
        ids = [one for one in sorted(thing.links.get(to, {}), key=int) if int(one) > after]
        page: dict[str, Any] = {"results": [self._link(thing, to, one) for one in ids[:limit]]}
        if len(ids) > limit:
            page["paging"] = {"next": {"after": ids[limit - 1]}}
        return JSONResponse(page)

    async def _associations(self, request: Request) -> Response:
        type_, to = request.path_params["type"], request.path_params["to"]
        ids = [str(one["id"]) for one in (await request.json())["inputs"]]
        things = {one: self._portal.find(type_, one) for one in ids}
        results = [
            {"from": {"id": thing.id}, "to": [self._link(thing, to, one) for one in sorted(thing.links[to], key=int)]}
            for thing in things.values()
            if thing is not None and thing.links.get(to)
        ]
        return _several(results, [one for one, thing in things.items() if thing is None], type_)

    async def _labels(self, request: Request) -> Response:
        return JSONResponse({"results": self._types(request.path_params["type"], request.path_params["to"])})

    def _types(self, type_: str, to: str) -> list[dict[str, Any]]:
        """Every kind of association from one type to another."""
        forth, back = self._portal.type_ids.get((type_, to)), self._portal.type_ids.get((to, type_))
        primary = schema.PRIMARY.get((type_, to))
        own = {"Primary": primary} if primary else {}
        made = [{"category": "USER_DEFINED", "typeId": one, "label": label} for label, one in schema.LABELLED.get((type_, to), {}).items()]
        number = forth or (schema.BACK + back if back else None)
        own |= {"": number} if number else {}
        return [{"category": "HUBSPOT_DEFINED", "typeId": one, "label": label or None} for label, one in own.items()] + made

    def _link(self, thing: Thing, to: str, other_id: str) -> dict[str, Any]:
        held = thing.links[to][other_id]
        types = [kind for kind in self._types(thing.type, to) if kind["typeId"] in held]
        return {"toObjectId": other_id, "associationTypes": types}

    def _links(self, type_: str, asked: list[dict[str, Any]]) -> tuple[dict[str, dict[str, frozenset[int]]], Response | None]:
        """What a new object is associated with, or what is wrong with that."""
        links: dict[str, dict[str, frozenset[int]]] = {}
        kinds = {number: to for (from_, to), number in self._portal.type_ids.items() if from_ == type_}
        for one in asked:
            numbers = frozenset(int(kind["associationTypeId"]) for kind in one["types"])
            to = next((kinds[number] for number in numbers if number in kinds), None)
            other = self._portal.find(to, str(one["to"]["id"])) if to else None
            if to is None or other is None or other.archived_at is not None:
                return {}, invalid(f"{sorted(numbers)} is not an association of {type_} with an object that exists", "INVALID_ASSOCIATION")
            links.setdefault(to, {})[other.id] = numbers
        return links, None

    def _wrong(self, type_: str, properties: Mapping[str, str | None], version: str) -> Response | None:
        for name in properties:
            if name not in self._portal.properties[type_]:
                return invalid(f'Property "{name}" does not exist', "PROPERTY_DOESNT_EXIST", propertyName=name)
        owner = properties.get("hubspot_owner_id")
        if owner and (owner not in self._portal.owners or self._portal.owners[owner].archived):
            return invalid(f"{owner} is not a valid owner", "INVALID_OWNER_ID", propertyName="hubspot_owner_id")
        for name in sorted(self._portal.required.get(type_, ())) if version >= ENFORCED_FROM else ():
            if not properties.get(name):
                return invalid(f"{name} is required by a rule of your administrator", "REQUIRED_PROPERTY_MISSING", propertyName=name)
        return None

    def _fails_inside(self) -> bool:
        if self._portal.writes_fail_inside < 1:
            return False
        self._portal.writes_fail_inside -= 1
        return True

    def _shown(self, thing: Thing, query: Mapping[str, str]) -> dict[str, Any]:
        """With its associations inside, where they were asked for."""
        names = [name for name in query.get("properties", "").split(",") if name]
        answer = shown(thing, names, self._portal.properties[thing.type])
        inside = {to: self._inside(thing, to) for to in query.get("associations", "").split(",") if thing.links.get(to)}
        return {**answer, "associations": inside} if inside else answer

    def _inside(self, thing: Thing, to: str) -> dict[str, Any]:
        name = f"{schema.TYPES[thing.type]}_to_{schema.TYPES[to]}"
        results = []
        for other_id in sorted(thing.links[to], key=int):
            if schema.PRIMARY.get((thing.type, to)) in thing.links[to][other_id]:
                results.append({"id": other_id, "type": name})
            results.append({"id": other_id, "type": f"{name}_unlabeled"})
        return {"results": results}


def _of(request: Request) -> tuple[str, str]:
    return request.path_params["type"], request.path_params["id"]


def _several(results: list[dict[str, Any]], lacking: list[str], type_: str) -> Response:
    """A batch: 207 where part of it could not be done."""
    answer: dict[str, Any] = {"status": "COMPLETE", "results": results}
    if not lacking:
        return JSONResponse(answer)
    error = body("OBJECT_NOT_FOUND", f"Could not get some {type_}", context={"ids": lacking})
    return JSONResponse({**answer, "numErrors": 1, "errors": [error]}, 207)


def unknown_type(type_: str) -> Response:
    """There is no such type of object."""
    return refused(400, "VALIDATION_ERROR", f"Unable to infer object type from: {type_}")
