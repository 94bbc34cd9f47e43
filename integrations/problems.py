"""Errors as the HTTP doors tell them: RFC 9457 problem details that say what is wrong and what to do next."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match

from agent.errors import InvalidInput, NextplayError, NotFound, Refused, Unauthorised, Unavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = timedelta(seconds=5)

_STATUS: tuple[tuple[type[NextplayError], int], ...] = (
    (InvalidInput, 422),
    (NotFound, 404),
    (Refused, 409),
    (Unauthorised, 403),
    (Unavailable, 503),
)


class WrongField(BaseModel):
    """One field of a request that is not valid."""

    where: str
    what: str


class Problem(BaseModel):
    """An error. `detail` says what is wrong; `next_step`, where there is one, what to do about it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    next_step: str | None = None
    fields: list[WrongField] | None = None


def problem(
    status: int,
    detail: str,
    *,
    next_step: str = "",
    fields: list[WrongField] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Render an error; a 503 always says when to try again."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, next_step=next_step or None, fields=fields)
    extra = {"Retry-After": str(math.ceil(RETRY_AFTER.total_seconds()))} if status == 503 else {}
    return JSONResponse(body.model_dump(exclude_none=True), status, extra | dict(headers or {}), media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let the app answer every anticipated error with problem details, and describe them as such."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        schema = describe()
        for response in _error_responses(schema):
            content = response.get("content", {})
            if "application/json" in content:
                content[MEDIA_TYPE] = content.pop("application/json")
        return schema

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI documents
    app.add_exception_handler(NextplayError, _nextplay_error)
    app.add_exception_handler(StarletteHTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)


def _error_responses(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in schema.get("paths", {}).values():
        for route in methods.values():
            yield from (response for status, response in route["responses"].items() if status[0] in "45")


async def _nextplay_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, NextplayError):
        raise error
    return problem(status_of(error), error.message, next_step=error.next_step)


def status_of(error: NextplayError) -> int:
    """The HTTP status that an error has."""
    return next((code for kind, code in _STATUS if isinstance(error, kind)), 500)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, StarletteHTTPException):
        raise error
    headers = {"Allow": ", ".join(_taken_at(request))} if error.status_code == 405 else {}
    return problem(error.status_code, str(error.detail), headers=dict(error.headers or {}) | headers)


def _taken_at(request: Request) -> list[str]:
    """The methods that this address takes. A route knows only its own, and two may share an address."""
    matching = (route for route in _each(request.app.routes) if route.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for route in matching for method in getattr(route, "methods", None) or ()})


def _each(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """Also those of routers that were taken in. Ours say their whole path themselves."""
    for route in routes:
        inside = getattr(route, "original_router", None)
        yield from [route] if inside is None else _each(inside.routes)


async def _validation_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    fields = [WrongField(where=".".join(str(step) for step in found["loc"]), what=str(found["msg"])) for found in error.errors()]
    return problem(422, "The request is not valid.", next_step="Correct the fields named here and send it again.", fields=fields)


def unauthenticated() -> HTTPException:
    """Build the answer to a request without a live token."""
    return HTTPException(
        401,
        "The request has no valid token: send Authorization: Bearer np_…, made with `nextplay people token EMAIL --role ROLE`.",
        headers={"WWW-Authenticate": "Bearer"},
    )
