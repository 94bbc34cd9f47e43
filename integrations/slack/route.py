"""Where Slack calls us in HTTP mode: one address for clicks, commands, events and modals."""

import json
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import Clock, SignatureVerifier

from integrations.webhooks.reading import check_length, read_body, said_once

PATH = "/slack/events"
_MOMENT_DIGITS = 12
"""More digits than seconds since 1970 have for a long time to come."""


def router(app: AsyncApp, secret: Callable[[], str], wall: Callable[[], datetime]) -> APIRouter:
    """The route. What a stranger sends is read at most up to the size limit, is never parsed, and is answered without a reason.

    `secret`: the signing secret as it is at the moment; while it is empty nobody is let in. `wall`: by which what was signed grows old.
    """
    routes = APIRouter(include_in_schema=False)

    async def receive(request: Request) -> Response:
        check_length(request.headers)
        headers = said_once(request.headers)
        moment, given = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        if not given or not given.isascii() or not moment.isdecimal() or len(moment) > _MOMENT_DIGITS:
            return Response(status_code=401)
        body = await read_body(request)
        signing = secret()
        if not signing or not _signed(SignatureVerifier(signing, ByWall(wall)), body, moment, given):
            return Response(status_code=401)
        if not readable(body, request.headers.get("content-type", "")):
            return Response(status_code=400)
        return to_starlette_response(await app.async_dispatch(to_async_bolt_request(request, body)))

    routes.add_api_route(PATH, receive, methods=["POST"], response_model=None, name="slack")
    return routes


class ByWall(Clock):
    """The clock of Slack's own library, by ours."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self._wall = wall

    def now(self) -> float:
        """Seconds since 1970."""
        return self._wall().timestamp()


def _signed(verifier: SignatureVerifier, body: bytes, moment: str, given: str) -> bool:
    """Whether Slack signed it, lately. The verifier reads the body as UTF-8, and Slack sends nothing else."""
    try:
        return verifier.is_valid(body, moment, given)
    except UnicodeDecodeError:
        return False


def readable(body: bytes, content_type: str) -> bool:
    """Whether the body is one of the shapes that Slack sends: an object as JSON, or a form, perhaps with an object in `payload`."""
    try:
        text = body.decode()
        if "json" in content_type:
            return isinstance(json.loads(text), dict)
        form = parse_qs(text, keep_blank_values=True)
        return bool(form) and ("payload" not in form or isinstance(json.loads(form["payload"][0]), dict))
    except (ValueError, RecursionError):  # ValueError: no UTF-8, or no JSON
        return False
