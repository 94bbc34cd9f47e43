"""The Web API over HTTP: tokens, scopes, arguments in any form that clients send, faults, and the answer."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from integrations.sandbox.slack.calls import Call, Refused
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.faults import Fault
from integrations.sandbox.slack.methods import apps, chat, conversations, people, views
from integrations.sandbox.slack.methods.register import METHODS, Method, need_scope

DECLARED = (apps, chat, conversations, people, views)
"""Importing them declares their methods."""


class Hang(Response):
    """No answer: the caller waits until it gives up, or until the connection breaks."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait; then begin an answer that never ends, which makes the server break the connection."""
        del scope
        try:
            async with asyncio.timeout(self._seconds):
                while (await receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


async def answer(core: Core, request: Request) -> Response:
    """One call: what happens to it by the faults, else what the method says."""
    name = request.path_params["method"]
    faults, fault = core.faults.of(name), core.faults.draw(name)
    if faults.latency_s:
        await asyncio.sleep(faults.latency_s)
    if fault in (Fault.RATE_LIMITED, Fault.ERROR, Fault.LOST_REQUEST):
        core.calls.append((name, fault.value))
        return _failed(fault, faults.retry_after_s, faults.hangs_s)
    response = _performed(core, name, request, await request.body())
    return Hang(faults.hangs_s) if fault is Fault.LOST_ANSWER else response


def _failed(fault: Fault, retry_after_s: int, hangs_s: float) -> Response:
    if fault is Fault.RATE_LIMITED:
        return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"retry-after": str(retry_after_s)})
    return JSONResponse({"ok": False, "error": "internal_error"}, 500) if fault is Fault.ERROR else Hang(hangs_s)


def _performed(core: Core, name: str, request: Request, body: bytes) -> JSONResponse:
    headers: dict[str, str] = {}
    try:
        arguments = _arguments(request, body)
        known = _known(name)
        call = _authorised(core, known, arguments, request.headers.get("authorization", ""))
        headers = {"x-oauth-scopes": ",".join(sorted(call.scopes)), "x-accepted-oauth-scopes": known.scope}
        result = _done(core, known, call)
        core.calls.append((name, "ok"))
    except Refused as refusal:
        core.calls.append((name, refusal.error))
        return JSONResponse(refusal.as_slack(), headers=headers)
    return JSONResponse(result, headers=headers)


def _known(name: str) -> Method:
    if name not in METHODS:
        raise Refused("unknown_method", req_method=name)
    return METHODS[name]


def _done(core: Core, known: Method, call: Call) -> dict[str, Any]:
    if known.scope:
        need_scope(call, known.scope)
    done = known.answer(core, call)
    result = {"ok": True, **done.result}
    if done.changes:
        core.commit(core.app.id, known.name, call.arguments, result, done.changes)
    return result


def _authorised(core: Core, known: Method, arguments: dict[str, Any], header: str) -> Call:
    """The call with the token's scopes. Raises Refused when the token is none of the app's, or of the wrong kind."""
    token = header.removeprefix("Bearer ").strip() or str(arguments.get("token") or "")
    arguments.pop("token", None)
    if not token:
        raise Refused("not_authed")
    kinds = {core.app.bot_token: "bot", core.app.app_token: "app"}
    if token not in kinds:
        raise Refused("invalid_auth")
    if kinds[token] != known.bearer:
        raise Refused("not_allowed_token_type")
    scopes = core.app.scopes if known.bearer == "bot" else ("connections:write",)
    return Call(known.name, arguments, frozenset(scopes))


def _arguments(request: Request, body: bytes) -> dict[str, Any]:
    given: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json" and body:
        return given | _object(body)
    try:
        return given | dict(parse_qsl(body.decode(), keep_blank_values=True))
    except UnicodeDecodeError:
        raise Refused("invalid_charset") from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        raise Refused("invalid_json") from None
    if not isinstance(read, dict):
        raise Refused("json_not_object")
    return read
