"""The REST API at v67.0 around an org: routes, errors as Salesforce words them, and what every answer says of the day's limit."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.sandbox.doubles.double import Double
from integrations.sandbox.doubles.limits import RateLimit
from integrations.sandbox.doubles.misbehaviour import Fault, Misbehaviour
from integrations.sandbox.doubles.salesforce.org import Org, Refused
from integrations.sandbox.doubles.salesforce.signing_in import Door
from integrations.sandbox.doubles.salesforce.soql import Query, Row, parse
from integrations.sandbox.doubles.salesforce.tricks import tricks_of

BASE = "/services/data/v67.0"
TOKEN = "/services/oauth2/token"  # noqa: S105  a path
MOST_TOGETHER = 25

_NOTHING_THERE = Refused(404, "NOT_FOUND", "The requested resource does not exist")

Answer = tuple[int, Any]
"""A status, and the body: None for none."""


def double(
    org: Org, door: Door, limit: RateLimit, *, misbehaviour: Misbehaviour[Fault] | None = None, late_s: float = 30.0, batch: int = 2000
) -> Double:
    """A Salesforce to be served. `limit`: its calls a day; `batch`: rows that an answer has at most."""
    api = Api(org, door, limit, batch)
    return Double(
        api.application(), org.journal, limit, busy, failed, misbehaviour=misbehaviour or Misbehaviour(), late_s=late_s, free=(TOKEN,),
        vendor="salesforce", tricks=tricks_of(org, door),
    )  # fmt: skip


def busy(wait_s: float) -> Response:
    """Too many calls: a 403 of which only the code tells it from a missing right. Nothing says how long to wait."""
    kind = "TotalRequests" if wait_s > 60 else "ConcurrentRequests (Concurrent API Requests)"
    return JSONResponse([{"message": f"{kind} Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}], 403)


def failed() -> Response:
    """A failure of Salesforce's own."""
    return JSONResponse(
        [{"message": "An unexpected error occurred. Please include this ErrorId if you contact support", "errorCode": "UNKNOWN_EXCEPTION"}], 500
    )


@dataclass
class Api:
    """The routes. `_left`: what further parts of long answers are still to be fetched."""

    org: Org
    door: Door
    limit: RateLimit
    batch: int
    _left: dict[str, tuple[Query, list[Row], int]] = field(default_factory=dict)

    def application(self) -> Starlette:
        """All routes."""
        return Starlette(
            routes=[
                Route(TOKEN, self._token, methods=["POST"]),
                Route(f"{BASE}/query", self._answering(self._query), methods=["GET"]),
                Route(f"{BASE}/queryAll", self._answering(self._query), methods=["GET"]),
                Route(f"{BASE}/query/{{locator}}", self._answering(self._more), methods=["GET"]),
                Route(f"{BASE}/limits", self._answering(self._limits), methods=["GET"]),
                Route(f"{BASE}/composite", self._answering(self._composite), methods=["POST"]),
                Route(f"{BASE}/sobjects/{{object}}", self._answering(self._create), methods=["POST"]),
                Route(f"{BASE}/sobjects/{{object}}/describe", self._answering(self._describe), methods=["GET"]),
                Route(f"{BASE}/sobjects/{{object}}/{{id}}", self._answering(self._record), methods=["GET", "PATCH", "DELETE"]),
                Route(f"{BASE}/sobjects/{{object}}/{{field}}/{{value}}", self._answering(self._upsert), methods=["PATCH"]),
            ]
        )

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        status, body = self.door.grant(form, str(request.base_url).rstrip("/"))
        return JSONResponse(body, status)

    def _answering(self, does: Callable[[Request, Any], Answer]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                self.door.admit(request.headers.get("authorization", ""))
                status, body = does(request, await _json(request))
            except Refused as refused:
                status, body = refused.status, refused.body()
            headers = {"Sforce-Limit-Info": f"api-usage={self.limit.requests - self.limit.left}/{self.limit.requests}"}
            return Response(status_code=status, headers=headers) if body is None else JSONResponse(body, status, headers)

        return answer

    def _query(self, request: Request, _body: Any) -> Answer:
        return self._asked(request.url.path, request.query_params.get("q", ""))

    def _asked(self, path: str, text: str) -> Answer:
        query = parse(self.org, text)
        rows = query.answer(self.org, deleted=path.endswith("/queryAll"))
        if query.counts:
            return 200, {"totalSize": len(rows), "done": True, "records": []}
        return 200, self._part(query, rows, 0)

    def _more(self, request: Request, _body: Any) -> Answer:
        found = self._left.get(request.path_params["locator"])
        if found is None:
            raise Refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return 200, self._part(*found)

    def _part(self, query: Query, rows: list[Row], start: int) -> dict[str, Any]:
        part = rows[start : start + self.batch]
        said: dict[str, Any] = {"totalSize": len(rows), "done": start + self.batch >= len(rows), "records": [_shown(query, row) for row in part]}
        if not said["done"]:
            locator = f"01gHs{len(self._left):010d}-{start + self.batch}"
            self._left[locator] = (query, rows, start + self.batch)
            said["nextRecordsUrl"] = f"{BASE}/query/{locator}"
        return said

    def _limits(self, _request: Request, _body: Any) -> Answer:
        return 200, {"DailyApiRequests": {"Max": self.limit.requests, "Remaining": self.limit.left}}

    def _describe(self, request: Request, _body: Any) -> Answer:
        name = request.path_params["object"]
        try:
            fields = self.org.visible(name)
        except Refused:
            raise _NOTHING_THERE from None
        said = [
            {
                "name": one, "type": "textarea" if kind.type == "richtext" else kind.type, "length": kind.length, "filterable": kind.filterable,
                "unique": kind.unique, "externalId": kind.external, "custom": one.endswith("__c"), "createable": True,
                "htmlFormatted": kind.type == "richtext", "picklistValues": [{"value": value, "active": True} for value in kind.values],
            }
            for one, kind in fields.items()
        ]  # fmt: skip
        return 200, {"name": name, "createable": True, "queryable": True, "fields": said}

    def _create(self, request: Request, body: Any) -> Answer:
        row = self.org.create(_object(self.org, request), _values(body))
        return 201, {"id": row["Id"], "success": True, "errors": []}

    def _record(self, request: Request, body: Any) -> Answer:
        name = _object(self.org, request)
        row = self.org.living(name, request.path_params["id"])
        if request.method == "GET":
            wanted = [one for one in request.query_params.get("fields", "").split(",") if one]
            visible = self.org.visible(name)
            if missing := [one for one in wanted if one not in visible]:
                raise Refused(400, "INVALID_FIELD", f"No such column '{missing[0]}' on sobject of type {name}")
            return 200, {"attributes": _attributes(name, row), **{one: row.get(one) for one in wanted or visible}}
        if request.method == "PATCH":
            self.org.update(name, row, _values(body))
        else:
            self.org.delete(row["Id"])
        return 204, None

    def _upsert(self, request: Request, body: Any) -> Answer:
        name, by, value = _object(self.org, request), request.path_params["field"], request.path_params["value"]
        kind = self.org.visible(name).get(by)
        if kind is None or not kind.external:
            raise Refused(404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {by}")
        same = [row for row in self.org.tables[name].values() if row.get(by) == value and not row.get("IsDeleted")]
        if len(same) > 1:
            return 300, [f"{BASE}/sobjects/{name}/{row['Id']}" for row in same]
        if same:
            self.org.update(name, same[0], _values(body))
            return 200, {"id": same[0]["Id"], "success": True, "errors": [], "created": False}
        row = self.org.create(name, {**_values(body), by: value})
        return 201, {"id": row["Id"], "success": True, "errors": [], "created": True}

    def _composite(self, _request: Request, body: Any) -> Answer:
        """Several questions at once. One that fails does so inside an answer that as a whole is a 200."""
        asked = _values(body).get("compositeRequest")
        if not isinstance(asked, list) or not 0 < len(asked) <= MOST_TOGETHER:
            raise Refused(400, "INVALID_INPUT", f"compositeRequest must hold 1 to {MOST_TOGETHER} requests")
        return 200, {"compositeResponse": [self._within(one) for one in asked]}

    def _within(self, one: Mapping[str, Any]) -> dict[str, Any]:
        path, _, query = str(one.get("url", "")).partition("?q=")
        known = one.get("method") == "GET" and path in (f"{BASE}/query", f"{BASE}/queryAll")
        try:
            status, answer = self._asked(path, unquote_plus(query)) if known else (404, _NOTHING_THERE.body())
        except Refused as refused:
            status, answer = refused.status, refused.body()
        return {"body": answer, "httpHeaders": {}, "httpStatusCode": status, "referenceId": one.get("referenceId")}


async def _json(request: Request) -> Any:
    text = await request.body()
    try:
        return json.loads(text) if text else None
    except ValueError:
        raise Refused(400, "JSON_PARSER_ERROR", "the body is not JSON") from None


def _values(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Refused(400, "JSON_PARSER_ERROR", "the body must be an object")
    return body


def _object(org: Org, request: Request) -> str:
    name = str(request.path_params["object"])
    if name not in org.tables:
        raise _NOTHING_THERE
    return name


def _attributes(name: str, row: Row) -> dict[str, str]:
    return {"type": name, "url": f"{BASE}/sobjects/{name}/{row['Id']}"}


def _shown(query: Query, row: Row) -> dict[str, Any]:
    return {"attributes": _attributes(query.object, row), **{name: row.get(name) for name in query.fields}}
